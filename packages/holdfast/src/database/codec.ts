import { CorruptError, HoldfastError, InvalidInputError } from "../errors.ts";
import { fieldCharsMax, quote, shorten } from "../quote.ts";
import { type BytesCodec, plainBytes } from "./bytes-codec.ts";
import { checkMethods, classNameOf, loneSurrogate } from "./input.ts";

/** How deep arrays and objects may lie in each other: far less than what writing and reading them can bear. */
export const depthMax = 1000;

/** A value written as JSON: what the schema's `json` and `jsonb` columns take and give. */
export type JsonText = string;

/**
 * How payloads (input, output, state, error, and the payloads of jobs, timers, events and history) are written and read.
 *
 * `encode` gets the name of the field for its error messages, and throws InvalidInputError for what it cannot keep exactly.
 */
export interface Codec {
  encode(value: unknown, field: string): JsonText;
  decode(text: JsonText): unknown;
  /** For payloads that are bytes, those of snapshots; without it they are stored as they are. */
  readonly bytes?: BytesCodec;
}

/**
 * The default codec: plain JSON, written verbatim. A value that JSON would change silently (NaN, an infinity, -0, a bigint,
 * undefined inside an array, a Date, a Map, any instance of a class without toJSON, a symbol key, a cycle) is refused with the path to it.
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

/** What the text of an encrypted payload begins with, and how `richCodec` begins an object that stands for another value. */
export const encryptedMark: string = '"~aes-256-gcm.';
const richMark = '{"~';

/** A caller's own values that look like marks, with a tilde that does not: the other way to write it in JSON. */
function withoutMarks(text: JsonText): JsonText {
  // Where a quote follows a brace, an object begins; within a string there would be a backslash between them.
  return withoutEncryptedMark(text.includes(richMark) ? text.replaceAll(richMark, '{"\\u007e') : text);
}

/** As the text of a caller's own string that looks encrypted is written. */
export function withoutEncryptedMark(text: JsonText): JsonText {
  return text.startsWith(encryptedMark) ? `"\\u007e${text.slice(2)}` : text;
}

/** For codecs that do not decrypt: a payload that is encrypted is no string to go on with. */
export function refuseEncrypted(text: JsonText): void {
  if (text.startsWith(encryptedMark)) throw otherCodec("encryptingCodec");
}

function otherCodec(codec: string): CorruptError {
  return new CorruptError(`A stored payload was written by ${codec}: open the store with the codec that wrote it.`, {
    facts: { codec },
  });
}

/** As `jsonCodec`, for columns that the database searches (`jsonb`): there NUL characters and lone surrogates are refused too. */
export const searchableCodec: Codec = {
  encode: (value, field) => {
    const text = plainText(value, field);
    refuseUnsearchable(value, field);
    return text;
  },
  // What the database searches is written by no other codec.
  decode: (text) => JSON.parse(text) as unknown,
};

/** Encodes a value that may be left out; undefined is SQL NULL, and null is the JSON value. */
export function encodeOptional(codec: Codec, value: unknown, field: string): JsonText | null {
  return value === undefined ? null : codec.encode(value, field);
}

/** Decodes a column that may be SQL NULL, which becomes undefined, so that the JSON value null stays a value. */
export function decodeOptional(codec: Codec, text: JsonText | null): unknown {
  return text === null ? undefined : codec.decode(text);
}

/** Decodes the payload of what was just claimed, and stays so until its lease runs out: an error names it, so that it can be canceled. */
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

/** Checks that an object has a codec's methods; those of its bytes too, where it has any. */
export function checkCodec(codec: Codec, field: string): void {
  checkMethods(codec, field, ["encode", "decode"]);
  if (codec.bytes !== undefined) checkMethods(codec.bytes, `${field}.bytes`, ["encode", "decode", "digests"]);
}

/** A store's codec, whose failure to read what is stored is a CorruptError. */
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

/** What of a value would not come back as it is: where it lies below the value, and why. */
interface Loss {
  readonly path: string;
  readonly reason: string;
}

/** The path is made where something is found alone: to make one for each value takes longer than to look at it. */
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
  // Most values are flat: an empty array that one is pushed to has room for seventeen.
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
    // A property set to undefined reads the same as one that is absent, which is what JSON makes of it.
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

/** The refusal of a value that would not come back as it is. */
export function lossy(path: string, reason: string): InvalidInputError {
  const field = shorten(path, fieldCharsMax);
  return new InvalidInputError(
    `${field} cannot be stored exactly: ${reason}. Convert it first, or, where it is a payload, give the store a codec that keeps it.`,
    {
      facts: { field },
    },
  );
}
