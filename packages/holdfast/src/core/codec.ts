import { type BytesCodec, plainBytes } from "./bytes-codec.ts";
import { CorruptError, HoldfastError, InvalidInputError } from "./errors.ts";
import { checkMethods, classNameOf, loneSurrogate } from "./input.ts";
import { fieldCharsMax, quote, shorten } from "./quote.ts";

/** The deepest nesting of arrays and objects: far less than writing and reading can handle. */
export const depthMax = 1000;

/** A value as JSON text, the form of the schema's `json` and `jsonb` columns. */
export type JsonText = string;

/**
 * Writes and reads payloads (input, output, state, error, and the payloads of jobs, timers, events and history).
 *
 * `encode` gets the name of the field for its error messages, and throws an InvalidInputError for a value that it cannot keep exactly.
 */
export interface Codec {
  encode(value: unknown, field: string): JsonText;
  decode(text: JsonText): unknown;
  /** For payloads that are bytes, those of snapshots and checkpoints. Without it they are stored as they are. */
  readonly bytes?: BytesCodec;
}

/**
 * The default codec: plain JSON, written verbatim. It refuses a value that JSON would change silently, with the path to it. Such values
 * are NaN, an infinity, -0, a bigint, undefined inside an array, a symbol key and a cycle. So are a Date, a Map, and any instance of a
 * class without toJSON.
 */
export const jsonCodec: Codec = {
  encode: (value, field) => withoutMarks(plainText(value, field)),
  decode: (text) => {
    refuseEncrypted(text);
    if (text.includes(richMark)) throw otherCodec("richCodec");
    return JSON.parse(text) as unknown;
  },
};

function plainText(value: unknown, field: string): JsonText {
  const loss = findLoss(value, null);
  if (loss) throw lossy(field + loss.path, loss.reason);
  return JSON.stringify(value);
}

/** The start of an encrypted payload's text, and the start of an object by which `richCodec` represents another value. */
export const encryptedMark: string = '"~aes-256-gcm.';
const richMark = '{"~';

/** Escapes the tilde of a caller's own values that look like marks, which JSON reads the same. */
function withoutMarks(text: JsonText): JsonText {
  // A quote after a brace begins an object; within a string there would be a backslash between them.
  return withoutEncryptedMark(text.includes(richMark) ? text.replaceAll(richMark, '{"\\u007e') : text);
}

/** Escapes a caller's own string that looks encrypted. */
export function withoutEncryptedMark(text: JsonText): JsonText {
  return text.startsWith(encryptedMark) ? `"\\u007e${text.slice(2)}` : text;
}

/** For codecs that do not decrypt: an encrypted payload must not pass as a string. */
export function refuseEncrypted(text: JsonText): void {
  if (text.startsWith(encryptedMark)) throw otherCodec("encryptingCodec");
}

function otherCodec(codec: string): CorruptError {
  return new CorruptError(`A stored payload was written by ${codec}: open the store with the codec that wrote it.`, {
    facts: { codec },
  });
}

/** Like `jsonCodec`, for columns that the database searches (`jsonb`). It also refuses NUL characters and lone surrogates. */
export const searchableCodec: Codec = {
  encode: (value, field) => {
    const text = plainText(value, field);
    refuseUnsearchable(value, field);
    return text;
  },
  // No other codec writes what the database searches.
  decode: (text) => JSON.parse(text) as unknown,
};

/** Encodes an optional value. undefined is SQL NULL, and null is the JSON value. */
export function encodeOptional(codec: Codec, value: unknown, field: string): JsonText | null {
  return value === undefined ? null : codec.encode(value, field);
}

/** Decodes a column. SQL NULL becomes undefined, so that the JSON value null stays a value. */
export function decodeOptional(codec: Codec, text: JsonText | null): unknown {
  return text === null ? undefined : codec.decode(text);
}

/**
 * Decodes the payload of a claimed row. If that fails, the row stays claimed until its lease expires, and the error names it, so that it
 * can be canceled.
 */
export function decodeClaimed(
  codec: Codec,
  { id, payload }: { readonly id: string; readonly payload: JsonText | null },
  kind: "job" | "timer",
): unknown {
  try {
    return decodeOptional(codec, payload);
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    throw new CorruptError(`The payload of ${kind} ${quote(id)} cannot be decoded: cancel it, or see the cause.`, {
      cause: error,
      facts: { field: "payload", kind, id },
    });
  }
}

/** Checks that an object has a codec's methods, including those of its bytes if it has any. */
export function checkCodec(codec: Codec, field: string): void {
  checkMethods(codec, field, ["encode", "decode"]);
  if (codec.bytes !== undefined) checkMethods(codec.bytes, `${field}.bytes`, ["encode", "decode", "digests"]);
}

/** Wraps a store's codec: its failure to read a stored payload is a CorruptError. */
export function checkedCodec(codec: Codec): Codec {
  const { bytes = plainBytes } = codec;
  return {
    encode: (value, field) => codec.encode(value, field),
    decode: (text) => readOrCorrupt(() => codec.decode(text), "characters", text.length),
    bytes: {
      encode: (value, place) => bytes.encode(value, place),
      decode: (stored, place) => readOrCorrupt(() => bytes.decode(stored, place), "bytes", stored.bytes.byteLength),
      digests: (value, place) => bytes.digests(value, place),
    },
  };
}

function readOrCorrupt<T>(read: () => T, unit: "characters" | "bytes", amount: number): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CorruptError(
      `A stored payload of ${amount} ${unit} cannot be decoded (${reason}): open the store with the codec that wrote it.`,
      { cause: error, facts: { [unit]: amount } },
    );
  }
}

/** A part of a value that would not come back unchanged: where, and why. */
interface Loss {
  readonly path: string;
  readonly reason: string;
}

/** The path is built only if something is found: building one for each value takes longer than checking it. */
function findLoss(value: unknown, ancestors: object[] | null): Loss | null {
  switch (typeof value) {
    case "string":
    case "boolean":
      return null;
    case "number":
      if (!Number.isFinite(value)) return lossHere(`${value} has no JSON form`);
      return Object.is(value, -0) ? lossHere("-0 would become 0") : null;
    case "object":
      return value === null ? null : findLossInside(value, ancestors);
    default:
      return lossHere(`${value === undefined ? "undefined" : `a ${typeof value}`} has no JSON form`);
  }
}

function findLossInside(value: object, ancestors: object[] | null): Loss | null {
  if (ancestors?.includes(value)) return lossHere("it contains itself");
  if (ancestors && ancestors.length >= depthMax) return lossHere(`it lies more than ${depthMax} levels deep`);
  // Most values are flat: pushing to an empty array allocates room for seventeen.
  const line = ancestors ?? [value];
  if (ancestors) line.push(value);
  const loss = Array.isArray(value) ? findLossInArray(value, line) : findLossInObject(value, line);
  line.pop();
  return loss;
}

function findLossInArray(array: readonly unknown[], ancestors: object[]): Loss | null {
  if ("toJSON" in array) return lossHere("its toJSON would replace it");
  if (Object.keys(array).length > array.length) return lossHere("it has properties besides its elements");
  for (let i = 0; i < array.length; i++) {
    const loss = findLoss(array[i], ancestors);
    if (loss) return { ...loss, path: `[${i}]${loss.path}` };
  }
  return null;
}

function findLossInObject(object: object, ancestors: object[]): Loss | null {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && prototype !== Object.prototype) {
    return lossHere(`a ${classNameOf(object)} would not come back as one`);
  }
  if ("toJSON" in object) return lossHere("its toJSON would replace it");
  if (Object.getOwnPropertySymbols(object).length > 0) return lossHere("a symbol for a key has no JSON form");
  for (const key of Object.keys(object)) {
    const member = (object as Readonly<Record<string, unknown>>)[key];
    // A property set to undefined reads like an absent one, and JSON treats it so.
    const loss = member === undefined ? null : findLoss(member, ancestors);
    if (loss) return { ...loss, path: `.${key}${loss.path}` };
  }
  return null;
}

function lossHere(reason: string): Loss {
  return { path: "", reason };
}

function refuseUnsearchable(value: unknown, path: string): void {
  if (typeof value === "string") {
    if (loneSurrogate.test(value)) throw lossy(path, "PostgreSQL's jsonb cannot hold a lone surrogate");
    if (value.includes("\0")) throw lossy(path, "PostgreSQL's jsonb cannot hold the character \\u0000");
  } else if (Array.isArray(value)) {
    for (const [i, member] of value.entries()) refuseUnsearchable(member, `${path}[${i}]`);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      refuseUnsearchable(key, `${path} (a key)`);
      refuseUnsearchable(member, `${path}.${key}`);
    }
  }
}

/** The refusal of a value that would not come back unchanged. */
export function lossy(path: string, reason: string): InvalidInputError {
  const field = shorten(path, fieldCharsMax);
  return new InvalidInputError(
    `${field} cannot be stored exactly: ${reason}. Convert it first, or, where it is a payload, give the store a codec that keeps it.`,
    {
      facts: { field },
    },
  );
}
