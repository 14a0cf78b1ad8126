import { createHash } from "node:crypto";
import type { DefinitionColumns } from "./execution.ts";

/**
 * A digest of what an execution was asked to do, by which a repeated request is told from another one under the same
 * idempotency key. The order of properties does not matter. It is taken of the values, not of their encoded text, for a codec
 * that encrypts writes the same value differently each time.
 */
export function fingerprintOf({ definitionName, definitionVersion }: DefinitionColumns, input: unknown): string {
  const text = JSON.stringify([definitionName, definitionVersion, input === undefined ? [] : [input]], canonical);
  return createHash("sha256").update(text).digest("base64url");
}

/** Sorts properties, and names what JSON has no form for, which a store's codec may well have. */
function canonical(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
