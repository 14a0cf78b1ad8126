import { plainBytes } from "../database/bytes-codec.ts";
import type { Codec } from "../database/codec.ts";
import type { DefinitionColumns } from "./execution.ts";

/**
 * Digests of what an execution was asked to do, by which a repeated request is told from another one under the same
 * idempotency key: the first is stored, and a request is the same where the stored one is among its own. The order of properties
 * does not matter. They are taken of the values, not of their encoded text, for a codec that encrypts writes the same value
 * differently each time; and by that codec, whose digests tell nothing to those without its keys.
 */
export function fingerprintsOf(
  { bytes = plainBytes }: Codec,
  { definitionName, definitionVersion }: DefinitionColumns,
  input: unknown,
): readonly string[] {
  const text = JSON.stringify([definitionName, definitionVersion, input === undefined ? [] : [input]], canonical);
  return bytes.digests(Buffer.from(text), "fingerprint");
}

/** Sorts properties, and names what JSON has no form for, which a store's codec may well have. */
function canonical(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  if (Object.is(value, -0)) return { number: "-0" };
  if (value instanceof RegExp) return { regexp: String(value) };
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
