import { InvalidInputError } from "./errors.ts";
import { fieldCharsMax, quote, shorten } from "./quote.ts";

/** The length of an id in bytes, as the schema checks it too. */
const idBytes = { min: 1, max: 255 } as const;

/** The length in bytes of a key or a name from an engine. The schema checks the same, and S3 has the same limit for keys. */
const keyBytes = { min: 1, max: 1024 } as const;

/** The most rows of a page; the default is 100. */
export const pageLimitMax = 1000;
const pageLimitDefault = 100;

/** The most items of one statement. More would hold its locks and its memory for long. */
export const batchItemsMax = 10_000;

/** A lone surrogate, which UTF-8 cannot encode, and which would silently become another character. */
export const loneSurrogate: RegExp = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** An InvalidInputError about one field. `problem` continues the sentence that the field's name begins. */
export function invalid(field: string, problem: string): InvalidInputError {
  const name = shorten(field, fieldCharsMax);
  return new InvalidInputError(`${name} ${problem}.`, { facts: { field: name } });
}

/** Checks text that PostgreSQL stores exactly: a string without NUL and without lone surrogates. */
export function checkText(value: unknown, field: string): string {
  if (typeof value !== "string") throw invalid(field, `must be a string, and is ${describeType(value)}`);
  if (value.includes("\0")) {
    throw invalid(field, "holds a NUL character, which PostgreSQL cannot keep: remove or encode it");
  }
  if (loneSurrogate.test(value)) throw invalid(field, "holds a lone surrogate, which UTF-8 cannot keep: encode it");
  return value;
}

/** Checks text of a bounded number of UTF-8 bytes. */
export function checkTextOf(
  value: unknown,
  field: string,
  bytes: { readonly min: 0 | 1; readonly max: number },
): string {
  const text = checkText(value, field);
  if (text === "" && bytes.min > 0) throw invalid(field, "is empty: give it at least one character");
  // Only a long string can exceed the limit: one UTF-16 unit is at most three bytes.
  if (text.length * 3 > bytes.max && Buffer.byteLength(text) > bytes.max) {
    throw invalid(field, `has ${Buffer.byteLength(text)} bytes, above the limit of ${bytes.max}: use a shorter one`);
  }
  return text;
}

/** Checks an id, or the name of a queue or a definition: text of 1 to 255 bytes of UTF-8. */
export function checkId(value: unknown, field: string): string {
  return checkTextOf(value, field, idBytes);
}

/** Checks an optional id: undefined and null both mean none. */
export function checkOptionalId(value: unknown, field: string): string | null {
  return value === undefined || value === null ? null : checkId(value, field);
}

/** Checks a key or a name from an engine: text of 1 to 1,024 bytes of UTF-8. */
export function checkKey(value: unknown, field: string): string {
  return checkTextOf(value, field, keyBytes);
}

/** Checks an optional key: undefined and null both mean none. */
export function checkOptionalKey(value: unknown, field: string): string | null {
  return value === undefined || value === null ? null : checkKey(value, field);
}

/** An input for a part of an execution, which may omit the execution if that is known. */
export type Inside<T extends { readonly executionId: string }> = Omit<T, "executionId"> & {
  readonly executionId?: string | undefined;
};

/** Checks an id that must equal the known one, `own`, if it is given. Like {@link checkId} if none is known. */
export function checkOwnId(value: unknown, field: string, own: string | undefined): string {
  if (own === undefined) return checkId(value, field);
  if (value === undefined || value === own) return own;
  throw invalid(field, `must be ${JSON.stringify(own)}, which it is inside of, or be left out`);
}

/** Checks an integer within bounds. */
export function checkInteger(
  value: unknown,
  field: string,
  bounds: { readonly min: number; readonly max: number },
): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < bounds.min || value > bounds.max) {
    const given = typeof value === "number" ? String(value) : describeType(value);
    throw invalid(field, `must be a whole number from ${bounds.min} to ${bounds.max}, and is ${given}`);
  }
  return value;
}

/** Checks a number that Holdfast counts, such as a version, a number or a token: an integer from `min` to 2^53 - 1. */
export function checkCount(value: unknown, field: string, min: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
  const given = typeof value === "number" ? String(value) : describeType(value);
  const advice = typeof value === "bigint" ? ": give a number" : "";
  throw invalid(field, `must be a whole number from ${min} to 2^53 - 1, and is ${given}${advice}`);
}

/** Like {@link checkCount}; undefined and null mean that nothing is expected. */
export function checkOptionalCount(value: unknown, field: string, min: number): number | null {
  return value === undefined || value === null ? null : checkCount(value, field, min);
}

/** Checks an optional boolean. */
export function checkOptionalBoolean(value: unknown, field: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw invalid(field, `must be true or false, and is ${describeType(value)}`);
}

/** Checks an object with methods of these names, such as a codec. */
export function checkMethods(value: unknown, field: string, names: readonly string[]): void {
  if (typeof value !== "object" || value === null) {
    throw invalid(field, `must be an object with methods, and is ${describeType(value)}`);
  }
  for (const name of names) checkFunction(Reflect.get(value, name), `${field}.${name}`);
}

/** Checks a function, such as the work of a transaction. */
export function checkFunction(value: unknown, field: string): void {
  if (typeof value !== "function") throw invalid(field, `must be a function, and is ${describeType(value)}`);
}

/** Checks an instant: a valid Date between the years 1 and 9999, which PostgreSQL and ISO 8601 both write plainly. */
export function checkInstant(value: unknown, field: string): Date {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw invalid(field, "must be a valid Date");
  const year = value.getUTCFullYear();
  if (year < 1 || year > 9999) throw invalid(field, "must lie between the years 1 and 9999");
  return value;
}

/** Checks an optional instant. */
export function checkOptionalInstant(value: unknown, field: string): Date | null {
  return value === undefined || value === null ? null : checkInstant(value, field);
}

/** Checks a word of a fixed set. */
export function checkOneOf<T extends string>(value: unknown, field: string, words: readonly T[]): T {
  const word = words.find((known) => known === value);
  if (word === undefined) {
    const given = typeof value === "string" ? quote(value) : describeType(value);
    throw invalid(field, `is ${given}, which is none of: ${words.join(", ")}`);
  }
  return word;
}

/** The order of a list: from the first item on, or from the last one back. */
export type Order = "asc" | "desc";

/**
 * A page of a list: at most `limit` items (100; at most 1,000) behind `after`, which is a former page's `next` or one of its `cursors`. A
 * cursor serves both orders.
 */
export interface PageRequest {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  /** "asc" by default, unless the list says otherwise. */
  readonly order?: Order | undefined;
}

/** A page of a list; `next` asks for the following one, and is null on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  /** One cursor per item. In either order, it leads to the items after that one. */
  readonly cursors: readonly string[];
}

/** Checks the size of a page. */
export function checkLimit(limit: number | undefined): number {
  return checkInteger(limit ?? pageLimitDefault, "limit", { min: 1, max: pageLimitMax });
}

/** Checks the order of a list. */
export function checkOrder(order: Order | undefined, fallback: Order = "asc"): Order {
  return order === undefined ? fallback : checkOneOf(order, "order", ["asc", "desc"]);
}

/** Makes a page of rows that were read with one extra: that row only shows that there is a next page. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  convert: (row: R) => T,
  cursorOf: (row: R) => string,
): Page<T> {
  const shown = rows.slice(0, limit);
  const cursors = shown.map(cursorOf);
  return { items: shown.map(convert), next: rows.length > limit ? (cursors.at(-1) ?? null) : null, cursors };
}

/** Describes a value for messages, never by the value itself. */
export function describeType(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? `an instance of ${classNameOf(value)}` : `of type ${typeof value}`;
}

/** The name of an object's class for messages. The object may have no prototype, or any constructor. */
export function classNameOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === "function" ? constructor.name : "object";
}
