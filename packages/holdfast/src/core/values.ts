import { CorruptError, InvalidInputError } from "./errors.ts";

/** A value on its way to PostgreSQL: bytes travel in binary, everything else as text. */
export type ParameterValue = string | Uint8Array | null;

/** A scalar parameter of a statement. */
export type Scalar = string | number | boolean | Date | Uint8Array | null | undefined;

/** A parameter of a statement: a scalar, or an array of scalars. */
export type Parameter = Scalar | readonly Scalar[];

/** The type of the elements of an array that travels in binary. */
export type ElementType = "bytea" | "int8" | "json" | "text";

/**
 * Writes a value in PostgreSQL's text format, or an array in binary if its element type is given.
 *
 * The driver's own conversion is not used. It writes dates in the process's time zone, and takes four times as long for the arrays of
 * set-based statements.
 */
export function encodeParameter(value: Parameter, element?: ElementType): ParameterValue {
  if (!Array.isArray(value)) return encodeScalar(value as Scalar);
  if (element === undefined) return encodeArray(value);
  return element === "int8" ? encodeWholeNumbers(value) : encodeBinaryArray(value, element);
}

function encodeScalar(value: Scalar): ParameterValue {
  switch (typeof value) {
    case "string":
      return value;
    case "undefined":
      return null;
    case "object":
      if (value === null) return null;
      return value instanceof Date ? encodeInstant(value) : value;
    default:
      return String(value);
  }
}

/** JavaScript's first and last instant represent the infinities, in both directions. */
export const endOfTimeMs = 8.64e15;

/** PostgreSQL reads ISO 8601 within the years 1 to 9999. It writes other years without a sign and, before Christ, with an era. */
function encodeInstant(instant: Date): string {
  const year = instant.getUTCFullYear();
  if (year >= 1 && year <= 9999) return instant.toISOString();
  if (Math.abs(instant.getTime()) === endOfTimeMs) return instant.getTime() > 0 ? "infinity" : "-infinity";
  const [, dayAndTime = ""] = /-(\d\d-\d\dT.*)$/.exec(instant.toISOString()) ?? [];
  return year > 0 ? `${year}-${dayAndTime}` : `${String(1 - year).padStart(4, "0")}-${dayAndTime} BC`;
}

const needsEscape = /["\\]/;

function encodeArray(values: readonly Scalar[]): string {
  let text = "{";
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ",";
    const value = values[i];
    if (typeof value === "string") {
      text += needsEscape.test(value) ? `"${value.replaceAll(/["\\]/g, "\\$&")}"` : `"${value}"`;
    } else {
      const scalar = encodeScalar(value);
      text += scalar === null ? "NULL" : `"${String(scalar)}"`;
    }
  }
  return `${text}}`;
}

/**
 * An array in PostgreSQL's binary form: dimensions, type and elements. In text its elements would be escaped, and bytes twice as long.
 * The server would take twice as long to read a batch of documents.
 */
function encodeBinaryArray(values: readonly Scalar[], element: Exclude<ElementType, "int8">): Uint8Array {
  const elements = values.map(binaryElement);
  const sizes = elements.map(valueSize);
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 4 + Math.max(size, 0), arrayHeadBytes));
  const end = writeArrayHead(bytes, { hasNulls: sizes.includes(-1), element, length: values.length });
  writeValues(bytes, end, elements, sizes);
  return bytes;
}

const arrayHeadBytes = 20;

/** Writes the head of an array with one dimension, which begins at 1. Returns where the head ends. */
function writeArrayHead(
  bytes: Buffer,
  { hasNulls, element, length }: { readonly hasNulls: boolean; readonly element: ElementType; readonly length: number },
): number {
  let end = 0;
  for (const number of [1, hasNulls ? 1 : 0, oid[element], length, 1]) end = bytes.writeInt32BE(number, end);
  return end;
}

/** Writes 64-bit integers, each in two halves. A number that JavaScript holds exactly is written exactly. */
function encodeWholeNumbers(values: readonly Scalar[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(arrayHeadBytes + 12 * values.length);
  const hasNulls = values.some((value) => value === null || value === undefined);
  let end = writeArrayHead(bytes, { hasNulls, element: "int8", length: values.length });
  for (const value of values) {
    if (value === null || value === undefined) {
      end = bytes.writeInt32BE(-1, end);
      continue;
    }
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      throw new TypeError(`An array of whole numbers takes no other ${typeof value}.`);
    }
    const high = Math.floor(value / 2 ** 32);
    end = bytes.writeInt32BE(8, end);
    end = bytes.writeInt32BE(high, end);
    end = bytes.writeUInt32BE(value - high * 2 ** 32, end);
  }
  return bytes.subarray(0, end);
}

/** Returns an element of another type that goes in binary: all of those are text or bytes. */
function binaryElement(value: Scalar): ParameterValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  throw new TypeError(`An array that goes in binary takes text and bytes alone, not a ${typeof value}.`);
}

/** The type numbers that are not read as text, or whose arrays travel in binary. */
export const oid = {
  bool: 16,
  bytea: 17,
  text: 25,
  json: 114,
  int8: 20,
  int2: 21,
  int4: 23,
  float4: 700,
  float8: 701,
  timestamptz: 1184,
  textArray: 1009,
};

/**
 * Parses PostgreSQL's text format, for `pg`'s `types`: int8 as a checked number, timestamptz as a Date, bytea as bytes. Everything
 * without an exact counterpart stays text. So does JSON, for the store's codec to read.
 */
export const typeParsers: { getTypeParser(oid: number, format?: string): (text: string) => unknown } = {
  getTypeParser: (type) => parsers.get(type) ?? asText,
};

const asText = (text: string): unknown => text;

const parsers = new Map<number, (text: string) => unknown>([
  [oid.bool, (text) => text === "t"],
  [oid.bytea, parseBytes],
  [oid.int8, (text) => checkedCount(Number(text))],
  [oid.int2, Number],
  [oid.int4, Number],
  [oid.float4, Number],
  [oid.float8, Number],
  [oid.timestamptz, parseInstant],
  [oid.textArray, parseTextArray],
]);

/** Checks a 64-bit integer, which is a count unless it is cast to text. A number must represent it exactly. */
export function checkedCount(count: number): number {
  if (Number.isSafeInteger(count)) return count;
  throw countTooLarge();
}

/** The error for a count that a number would round. */
export function countTooLarge(cause?: unknown): CorruptError {
  return new CorruptError(
    "The database holds a count beyond 2^53 - 1, which Holdfast never writes: look what else writes its tables, and correct it.",
    { cause },
  );
}

/** PostgreSQL's ISO style: `2026-11-21 10:30:00.123456+05:30`. Old offsets have seconds, old years an era. */
const instantPattern =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/;

/**
 * Rounds microseconds down to JavaScript's milliseconds, towards the past, so that an instant is the same in every zone.
 *
 * Nearly every server writes a four-digit year at offset zero. That is read digit by digit, ten times as fast as by the pattern; every
 * row has a few instants.
 */
function parseInstant(text: string): Date {
  const fractionEnd = text.length - 3;
  const isUsual = fractionEnd <= 26 && fractionEnd >= 19 && text.charCodeAt(4) === code.dash && text.endsWith("+00");
  const year = isUsual ? numberAt(text, 0, 4) : 0;
  // Date.UTC maps the years 0 to 99 to the twentieth century.
  if (year < 100) return parseUnusualInstant(text);
  // The milliseconds among the digits after the point.
  let ms = 0;
  for (let at = 20; at < 23; at++) ms = ms * 10 + (at < fractionEnd ? text.charCodeAt(at) - code.zero : 0);
  const day = numberAt(text, 8, 2);
  const [hour, minute, second] = [numberAt(text, 11, 2), numberAt(text, 14, 2), numberAt(text, 17, 2)];
  return new Date(Date.UTC(year, numberAt(text, 5, 2) - 1, day, hour, minute, second, ms));
}

const code = { dash: 45, zero: 48 };

function numberAt(text: string, start: number, digits: number): number {
  let number = 0;
  for (let at = start; at < start + digits; at++) number = number * 10 + text.charCodeAt(at) - code.zero;
  return number;
}

/** Other zones, years beyond 9999 or before Christ, and the infinities, which become JavaScript's first and last instant. */
function parseUnusualInstant(text: string): Date {
  if (text === "infinity") return new Date(endOfTimeMs);
  if (text === "-infinity") return new Date(-endOfTimeMs);
  const parts = instantPattern.exec(text);
  if (!parts) {
    throw new InvalidInputError(
      "The database writes instants in another style than ISO: set DateStyle to ISO for the role, the database or the connection.",
      { facts: { field: "DateStyle" } },
    );
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const ms = Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3));
  const offsetMs = 1000 * (Number(parts[9]) * 3600 + Number(parts[10] ?? 0) * 60 + Number(parts[11] ?? 0));
  const instant = new Date(0);
  // Not Date.UTC, which maps the years 0 to 99 to the twentieth century.
  instant.setUTCFullYear(parts[12] ? 1 - year : year, month - 1, day);
  instant.setUTCHours(hour, minute, second, ms);
  return new Date(instant.getTime() - (parts[8] === "-" ? -offsetMs : offsetMs));
}

/** Bytes in either of PostgreSQL's two styles, which a session setting decides (bytea_output). */
function parseBytes(text: string): Uint8Array {
  if (text.startsWith("\\x")) {
    // In its own memory: Buffer.from takes small buffers from a pool, and a caller that keeps one would keep the whole pool.
    const bytes = Buffer.allocUnsafeSlow((text.length - 2) >> 1);
    bytes.write(text.slice(2), "hex");
    return new Uint8Array(bytes.buffer);
  }
  const plain = text.replaceAll(/\\(\\|[0-7]{3})/g, (_, code: string) =>
    code === "\\" ? code : String.fromCodePoint(Number.parseInt(code, 8)),
  );
  return new Uint8Array(Buffer.from(plain, "latin1"));
}

/** Reads the array literal of a `text[]`. Elements with special characters are quoted. */
function parseTextArray(text: string): (string | null)[] {
  const elements: (string | null)[] = [];
  const pattern = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/g;
  for (const [, quoted, plain] of text.matchAll(pattern)) {
    if (quoted !== undefined) elements.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else elements.push(plain === "NULL" ? null : (plain ?? null));
  }
  return elements;
}

/** The size of a value in bytes, as its prefix on the wire; -1 for NULL. */
export function valueSize(value: ParameterValue): number {
  if (value === null) return -1;
  return typeof value === "string" ? Buffer.byteLength(value) : value.byteLength;
}

/** Writes values as in messages and arrays, each behind its size, which the caller knows. Returns where they end. */
export function writeValues(
  bytes: Buffer,
  start: number,
  values: readonly ParameterValue[],
  sizes: readonly number[],
): number {
  let end = start;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    end = bytes.writeInt32BE(sizes[i] as number, end);
    if (typeof value === "string") end += bytes.write(value, end);
    else if (value) {
      bytes.set(value, end);
      end += value.byteLength;
    }
  }
  return end;
}
