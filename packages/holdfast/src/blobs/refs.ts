import { checkKey, invalid } from "../core/input.ts";
import { checkSha256 } from "./upload-input.ts";

/**
 * A blob as a value inside a state, an input or any other JSON. With `sha256`, it means exactly these bytes, not what the key may have
 * later.
 */
export interface BlobRef {
  readonly $blob: string;
  readonly sha256?: string;
  /** Set by `spill`: the blob stands for a value, encoded by the store's codec. */
  readonly spilled?: true;
}

const fields = new Set(["$blob", "sha256", "spilled"]);

/** Whether a value from a state refers to a blob. */
export function isBlobRef(value: unknown): value is BlobRef {
  if (typeof value !== "object" || value === null || !("$blob" in value) || typeof value.$blob !== "string") {
    return false;
  }
  return Object.keys(value).every((name) => fields.has(name));
}

/** Refers to a key or, given the outcome of an upload, to exactly its bytes. */
export function refTo(blob: string | { readonly key: string; readonly sha256: string }): BlobRef {
  if (typeof blob === "string") return { $blob: checkKey(blob, "blob") };
  if (typeof blob !== "object" || blob === null) throw invalid("blob", "is neither a key nor what is known of a blob");
  return { $blob: checkKey(blob.key, "blob.key"), sha256: checkSha256(blob.sha256, "blob.sha256") };
}
