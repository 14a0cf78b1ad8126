import { quoted, RecordingFault } from "./fault.ts";

/** A JSON object whose members are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The store's own limit on ids, minus the prefix that makes them unique in the store. */
const idBytesMax = 200;

/** Half of a character: JavaScript strings and JSON may contain one, UTF-8 cannot. */
export const loneSurrogate: RegExp = /\p{Surrogate}/u;

// A hundred years: anything above is another unit, or damage.
const secondsMax = 3_155_760_000;

/** The value as an object. */
export function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(value, path, "an object");
  return value as JsonObject;
}

/** The value as a list. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(value, path, "a list");
  return value;
}

/** The value as a list that may be left out. */
export function optionalListAt(value: unknown, path: string): readonly unknown[] {
  return value === undefined ? [] : listAt(value, path);
}

/** The value as text. */
export function textAt(value: unknown, path: string): string {
  if (typeof value !== "string") throw wrong(value, path, "a text");
  return value;
}

/** The value as text that may be left out. */
export function optionalTextAt(value: unknown, path: string): string | undefined {
  return value === undefined ? undefined : textAt(value, path);
}

/** The value as an id or a name that the store accepts: 1 to 200 bytes, no NUL, no half of a character. */
export function idAt(value: unknown, path: string): string {
  const text = textAt(value, path);
  if (text === "") throw new RecordingFault(`${path} is empty: give it at least one character`, path);
  if (text.includes("\0")) throw new RecordingFault(`${path} holds a NUL character: leave it out`, path);
  if (loneSurrogate.test(text)) throw new RecordingFault(`${path} holds a lone surrogate: leave it out`, path);
  const bytes = Buffer.byteLength(text);
  if (bytes > idBytesMax) {
    throw new RecordingFault(`${path} has ${bytes} bytes, above the limit of ${idBytesMax}: shorten it`, path);
  }
  return text;
}

/** The value as a duration in seconds, neither negative nor absurdly long. */
export function secondsAt(value: unknown, path: string): number {
  if (typeof value !== "number") throw wrong(value, path, "a number of seconds");
  if (value >= 0 && value <= secondsMax) return value;
  throw new RecordingFault(`${path} is ${value}: give a number of seconds from 0 to ${secondsMax}`, path);
}

/** The value as a number of bytes. */
export function bytesAt(value: unknown, path: string): number {
  if (typeof value !== "number") throw wrong(value, path, "a number of bytes");
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RecordingFault(`${path} is ${value}: give a whole number of bytes from 0 to 2^53 - 1`, path);
}

function wrong(value: unknown, path: string, expected: string): RecordingFault {
  const problem = value === undefined ? "is missing" : `is ${describe(value)}`;
  return new RecordingFault(`${path} ${problem}: WfFormat has ${expected} there`, path);
}

/** A JSON value in a few words. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the text ${quoted(value)}`;
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
