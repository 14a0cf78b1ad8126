import { InvalidInputError } from "./errors.ts";
import { checkInteger, checkText, describeType, invalid, type PageRequest } from "./input.ts";
import { didYouMean } from "./nearest.ts";
import { fieldCharsMax, shorten } from "./quote.ts";

/**
 * The names of an object. `true` marks a field that an input of type T may have, `false` one that only a record of type R has. The
 * compiler refuses a list that lacks one of either.
 */
type Names<T, R> = { readonly [K in keyof T]-?: true } & { readonly [K in Exclude<keyof R, keyof T>]-?: false };

/** Reads objects of one kind from callers. */
export interface Fields<T extends object> {
  /**
   * Makes a shallow copy of an argument, reading each own field once. `field` is the argument's name, or its place in a list.
   *
   * @throws InvalidInputError unless it is a plain object with known names only.
   */
  read<G extends T>(given: G, field: string): G;
  /** Like `read`, for an optional argument. */
  readOptional(given: T | undefined, field: string): Partial<T>;
  /** Like `read`, for an object inside an argument, whose fields are named behind `field` and a dot. */
  readInner(given: T, field: string): T;
}

/**
 * Reads objects whose fields have these names. A record of type R is also accepted instead of a T: its extra fields are known, and
 * ignored. Records are recognized by their names, because callers spread them.
 */
export function fieldsOf<T extends object, R extends object = T>(names: Names<T, R>): Fields<T> {
  const entries = Object.entries<boolean>(names);
  const known: ReadonlySet<string> = new Set(entries.map(([name]) => name));
  const used = entries.flatMap(([name, isUsed]) => (isUsed ? [name] : []));
  const read = <G extends T>(given: G, field: string, prefix: string): G => {
    const copy = copyPlain(given, field);
    for (const name in copy) if (!known.has(name)) throw unknownName(name, field, prefix, used);
    return copy;
  };
  return {
    read: (given, field) => read(given, field, ""),
    readOptional: (given, field) => (given === undefined ? {} : read(given, field, "")),
    readInner: (given, field) => read(given, field, `${field}.`),
  };
}

/** Copies the own fields of a plain object, reading each once. Every value comes from the caller, never by inheritance. */
export function copyPlain<T extends object>(given: T, field: string): T {
  const value: unknown = given;
  if (!isPlain(value)) {
    throw invalid(field, `must be a plain object, and is ${describeType(value)}`);
  }
  const copy: T = { ...given };
  // Only then, because it takes as long as all the rest.
  if (areInherited()) Object.setPrototypeOf(copy, null);
  if (Object.getOwnPropertySymbols(copy).length > 0) {
    throw invalid(field, "has a symbol among its names: give it known names only");
  }
  return copy;
}

/** Whether other code has added fields to the prototype of every object. */
function areInherited(): boolean {
  for (const _name in Object.prototype) return true;
  return false;
}

/**
 * Whether an object is a literal or has no prototype. Accepts objects of another realm, such as a test runner's, which has its own
 * Object.
 */
export function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return (
    typeof prototype === "object" &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf") &&
    !Array.isArray(value)
  );
}

function unknownName(name: string, field: string, prefix: string, known: readonly string[]): InvalidInputError {
  const told = `${shorten(prefix, fieldCharsMax)}${shorten(name)}`;
  const problem = `is not known in ${field}, which may have: ${known.join(", ")}.${didYouMean(name, known)}`;
  return new InvalidInputError(`${told} ${problem}`, { facts: { field: told } });
}

/** The fields of a request for a page. */
export const pageNames = { after: true, limit: true, order: true } as const;

/** A request for a page, and nothing else. */
export const pageRequest: Fields<PageRequest> = fieldsOf<PageRequest>(pageNames);

/** The most values of one object, such as labels, because all of them are read and written together. */
const namesMax = 1000;

/** The values of an object whose names the caller chose, after checking the names. */
export function namedValuesOf(values: object, field: string): readonly (readonly [string, unknown])[] {
  // A property set to undefined counts as absent, as in JSON.
  const entries = Object.entries(copyPlain(values, field)).filter(([, value]) => value !== undefined);
  checkInteger(entries.length, `the number of entries of ${field}`, { min: 0, max: namesMax });
  for (const [name] of entries) checkText(name, `a name in ${field}`);
  return entries;
}
