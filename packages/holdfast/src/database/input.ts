import { InvalidInputError } from "../errors.ts";
import { fieldCharsMax, quote, shorten } from "../quote.ts";

/** How many bytes an id, a name or a key has, which is also what the schema checks. */
const idBytes = { min: 1, max: 255 } as const;

/** The most rows of a page, and how many it has when nothing is said. */
export const pageLimitMax = 1000;
const pageLimitDefault = 100;

/** The most items of one statement: more would hold its locks and take its memory for long. */
export const batchItemsMax = 10_000;

/** A lone surrogate: text that UTF-8 cannot carry, and that would silently become another text. */
export const loneSurrogate: RegExp = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** An InvalidInputError about one field: `problem` continues the sentence that the field's name begins. */
export function invalid(field: string, problem: string): InvalidInputError {
  const name = shorten(field, fieldCharsMax);
  return new InvalidInputError(`${name} ${problem}.`, { facts: { field: name } });
}

/** Text that PostgreSQL keeps exactly: a string without NUL and without lone surrogates. */
export function checkText(value: unknown, field: string): string {
  if (typeof value !== "string") throw invalid(field, `must be a string, and is ${describeType(value)}`);
  if (value.includes("\0")) {
    throw invalid(field, "holds a NUL character, which PostgreSQL cannot keep: remove or encode it");
  }
  if (loneSurrogate.test(value)) throw invalid(field, "holds a lone surrogate, which UTF-8 cannot keep: encode it");
  return value;
}

/** Text of so many bytes of UTF-8. */
export function checkTextOf(
  value: unknown,
  field: string,
  bytes: { readonly min: 0 | 1; readonly max: number },
): string {
  const text = checkText(value, field);
  if (text === "" && bytes.min > 0) throw invalid(field, "is empty: give it at least one character");
  // Only a long string can be over: one UTF-16 unit is at most three bytes.
  if (text.length * 3 > bytes.max && Buffer.byteLength(text) > bytes.max) {
    throw invalid(field, `has ${Buffer.byteLength(text)} bytes, above the limit of ${bytes.max}: use a shorter one`);
  }
  return text;
}

/** An id, name or key: text of 1 to 255 bytes of UTF-8. */
export function checkId(value: unknown, field: string): string {
  return checkTextOf(value, field, idBytes);
}

/** An id that may be left out: undefined and null both mean that there is none. */
export function checkOptionalId(value: unknown, field: string): string | null {
  return value === undefined || value === null ? null : checkId(value, field);
}

/** An input of what belongs to an execution, which may leave the execution out where that is known. */
export type Inside<T extends { readonly executionId: string }> = Omit<T, "executionId"> & {
  readonly executionId?: string | undefined;
};

/** An id that is known already, `own`: where it is given again, it is the same. As {@link checkId} where none is known. */
export function checkOwnId(value: unknown, field: string, own: string | undefined): string {
  if (own === undefined) return checkId(value, field);
  if (value === undefined || value === own) return own;
  throw invalid(field, `must be ${JSON.stringify(own)}, which it is inside of, or be left out`);
}

/** A whole number within bounds. */
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

/** What Holdfast counts, such as a version, a number or a token: a whole number from `min` to 2^53 - 1. */
export function checkCount(value: unknown, field: string, min: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
  const given = typeof value === "number" ? String(value) : describeType(value);
  const advice = typeof value === "bigint" ? ": give a number" : "";
  throw invalid(field, `must be a whole number from ${min} to 2^53 - 1, and is ${given}${advice}`);
}

/** As {@link checkCount}, where undefined and null mean that nothing is expected. */
export function checkOptionalCount(value: unknown, field: string, min: number): number | null {
  return value === undefined || value === null ? null : checkCount(value, field, min);
}

/** True or false, where something is said at all. */
export function checkOptionalBoolean(value: unknown, field: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw invalid(field, `must be true or false, and is ${describeType(value)}`);
}

/** An object with methods of these names, such as a codec. */
export function checkMethods(value: unknown, field: string, names: readonly string[]): void {
  if (typeof value !== "object" || value === null) {
    throw invalid(field, `must be an object with methods, and is ${describeType(value)}`);
  }
  for (const name of names) checkFunction(Reflect.get(value, name), `${field}.${name}`);
}

/** A function, such as the work of a transaction. */
export function checkFunction(value: unknown, field: string): void {
  if (typeof value !== "function") throw invalid(field, `must be a function, and is ${describeType(value)}`);
}

/** A moment: a valid Date between the years 1 and 9999, which PostgreSQL and ISO 8601 both write plainly. */
export function checkInstant(value: unknown, field: string): Date {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw invalid(field, "must be a valid Date");
  const year = value.getUTCFullYear();
  if (year < 1 || year > 9999) throw invalid(field, "must lie between the years 1 and 9999");
  return value;
}

/** A moment that may be left out. */
export function checkOptionalInstant(value: unknown, field: string): Date | null {
  return value === undefined || value === null ? null : checkInstant(value, field);
}

/** One of a fixed set of words. */
export function checkOneOf<T extends string>(value: unknown, field: string, words: readonly T[]): T {
  const word = words.find((known) => known === value);
  if (word === undefined) {
    const given = typeof value === "string" ? quote(value) : describeType(value);
    throw invalid(field, `is ${given}, which is none of: ${words.join(", ")}`);
  }
  return word;
}

/** Which page of a list: the page after `after` (a former page's `next`), of at most `limit` items (100; at most 1,000). */
export interface PageRequest {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of a list; `next` asks for the following one, and is null on the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** The page's size, checked. */
export function checkLimit(limit: number | undefined): number {
  return checkInteger(limit ?? pageLimitDefault, "limit", { min: 1, max: pageLimitMax });
}

/** A cursor over a sequence number; `start` where there is none. */
export function checkSequenceCursor(after: string | undefined, start: number): number {
  return after === undefined ? start : sequenceOf(typeof after === "string" ? after : undefined, "page");
}

/** A sequence number out of a cursor's text; undefined where the text has none. */
export function sequenceOf(text: string | undefined, former: string): number {
  const sequence = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(sequence)) throw invalid("after", `is not the \`next\` of a former ${former}`);
  return sequence;
}

/**
 * A page out of rows that were read with a limit of one more than the page holds: the extra row only tells that there is
 * a next page.
 */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  convert: (row: R) => T,
  cursorOf: (row: R) => string,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(convert), next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** What a value is, for messages: never the value itself. */
export function describeType(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? `an instance of ${classNameOf(value)}` : `of type ${typeof value}`;
}

/** The name of an object's class, for messages; an object may have no prototype, or a constructor that is anything. */
export function classNameOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === "function" ? constructor.name : "object";
}
