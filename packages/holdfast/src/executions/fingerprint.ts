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

/**
 * Sorts properties, and names what JSON has no form for, which a store's codec may well have. Looked at where it stands, for
 * JSON.stringify hands on what the toJSON of a Date or a Buffer has made of it.
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
