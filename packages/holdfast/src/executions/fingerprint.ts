import { plainBytes } from "../core/bytes-codec.ts";
import type { Codec } from "../core/codec.ts";
import type { DefinitionColumns } from "./execution.ts";

/**
 * Digests of a request, which distinguish a repeated request from another one under the same idempotency key. The first is stored. A
 * request is the same if the stored digest is among its own. The order of properties does not matter. They are computed from the values,
 * not from their encoded text, because a codec that encrypts writes the same value differently each time. That codec computes them, so
 * they reveal nothing to anyone without its keys.
 */
export function fingerprintsOf(
  { bytes = plainBytes }: Codec,
  { definitionName, definitionVersion }: DefinitionColumns,
  input: unknown,
): readonly string[] {
  const text = JSON.stringify([definitionName, definitionVersion, input === undefined ? [] : [input]], canonical);
  return bytes.digests(Buffer.from(text), "fingerprint");
}

/**
 * Sorts properties, and marks values that JSON cannot express but the store's codec may. Reads the original property, because
 * JSON.stringify passes on what the toJSON of a Date or a Buffer returned.
 */
function canonical(this: Readonly<Record<string, unknown>>, key: string, given: unknown): unknown {
  const value = this[key];
  if (value instanceof Date) return { date: String(value.getTime()) };
  if (value === undefined && Array.isArray(this)) return { undefined: "" };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  if (Object.is(value, -0)) return { number: "-0" };
  if (value instanceof RegExp) return { regexp: String(value) };
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  if (Buffer.isBuffer(value)) return { buffer: value.toString("base64") };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
}
