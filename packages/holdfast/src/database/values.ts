import type { ParameterValue } from "./plan.ts";

/** A scalar that a statement's parameter takes. */
export type Scalar = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

/** What a statement's parameter takes: a scalar, or an array of them. */
export type Parameter = Scalar | readonly Scalar[];

/**
 * Writes a value in PostgreSQL's text format.
 *
 * The driver's own conversion is not used: it writes dates in the process's time zone, and takes four times as long
 * over the arrays that every set-based statement is made of.
 */
export function encodeParameter(value: Parameter): ParameterValue {
  if (Array.isArray(value)) return encodeArray(value);
  return encodeScalar(value as Scalar);
}

function encodeScalar(value: Scalar): ParameterValue {
  switch (typeof value) {
    case "string":
      return value;
    case "undefined":
      return null;
    case "object":
      if (value === null) return null;
      return value instanceof Date ? value.toISOString() : value;
    default:
      return String(value);
  }
}

const needsEscape = /["\\]/;

function encodeArray(values: readonly Scalar[]): string {
  let text = "{";
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ",";
    const value = values[i];
    if (typeof value === "string") {
      text += needsEscape.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : `"${value}"`;
    } else if (value instanceof Uint8Array) {
      text += `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}"`;
    } else {
      const scalar = encodeScalar(value);
      text += scalar === null ? "NULL" : `"${String(scalar)}"`;
    }
  }
  return `${text}}`;
}

const oid = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, float4: 700, float8: 701, timestamptz: 1184, textArray: 1009 };

/**
 * How values in PostgreSQL's text format become JavaScript values, for `pg`'s `types`: bigint for int8, Date for timestamptz,
 * bytes for bytea, and text for everything without an exact counterpart; JSON stays text, for the store's codec to read.
 */
export const typeParsers: { getTypeParser(oid: number, format?: string): (text: string) => unknown } = {
  getTypeParser: (type) => parsers.get(type) ?? asText,
};

const asText = (text: string): unknown => text;

const parsers = new Map<number, (text: string) => unknown>([
  [oid.bool, (text) => text === "t"],
  [oid.bytea, (text) => new Uint8Array(Buffer.from(text.slice(2), "hex"))],
  [oid.int8, BigInt],
  [oid.int2, Number],
  [oid.int4, Number],
  [oid.float4, Number],
  [oid.float8, Number],
  [oid.timestamptz, parseInstant],
  [oid.textArray, parseTextArray],
]);

/** Reads `2026-11-21 10:30:00.123456+00`; microseconds are cut to JavaScript's milliseconds. */
function parseInstant(text: string): Date {
  const instant = new Date(`${text.slice(0, 10)}T${text.slice(11)}${text.length - text.lastIndexOf("+") === 3 ? ":00" : ""}`);
  if (!Number.isNaN(instant.getTime())) return instant;
  return parseUnusualInstant(text);
}

/** Years beyond 9999, negative or fractional offsets, and the infinities, which become JavaScript's first and last instant. */
function parseUnusualInstant(text: string): Date {
  if (text === "infinity") return new Date(8.64e15);
  if (text === "-infinity") return new Date(-8.64e15);
  const parts = /^(\d+)-(\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)(:\d\d)?(?::\d\d)?( BC)?$/.exec(text);
  if (!parts) return new Date(Number.NaN);
  const [, digits = "", day, time, hours, minutes = ":00", era] = parts;
  const year = era ? 1 - Number(digits) : Number(digits);
  const sign = year < 0 ? "-" : "+";
  const isoYear = year >= 0 && year <= 9999 ? String(year).padStart(4, "0") : sign + String(Math.abs(year)).padStart(6, "0");
  return new Date(`${isoYear}-${day}T${time}${hours}${minutes}`);
}

/** Reads the array literal of a `text[]`, whose elements are quoted where they hold anything but plain characters. */
function parseTextArray(text: string): (string | null)[] {
  const elements: (string | null)[] = [];
  const pattern = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/g;
  for (const [, quoted, plain] of text.matchAll(pattern)) {
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/g, "$1"));
    else elements.push(plain === "NULL" ? null : (plain ?? null));
  }
  return elements;
}
