import { InvalidInputError } from "../errors.ts";
import { fieldCharsMax, shorten } from "../quote.ts";
import { describeType, invalid, type PageRequest } from "./input.ts";
import { didYouMean } from "./settings/nearest.ts";

/**
 * The names of an object: `true` for each field that an input of type T may have, and `false` for each that only a record of type R
 * has. The compiler refuses a list that misses one of either.
 */
type Names<T, R> = { readonly [K in keyof T]-?: true } & { readonly [K in Exclude<keyof R, keyof T>]-?: false };

/** Reads objects of one kind that callers give. */
export interface Fields<T extends object> {
  /**
   * A shallow copy of an argument, each of its own fields read once. `field` is the argument's name, or its place in a list.
   *
   * @throws InvalidInputError unless it is a plain object that has known names only.
   */
  read<G extends T>(given: G, field: string): G;
  /** As `read`, of an argument that may be left out. */
  readOptional(given: T | undefined, field: string): Partial<T>;
  /** As `read`, of an object inside an argument, whose fields are named behind `field` and a dot. */
  readInner(given: T, field: string): T;
}

/**
 * Reads objects whose fields have these names. A record of type R may be given back where a T is expected: what it has besides is
 * known, and not used. Records are told by their names, for callers spread them.
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

/** A copy of the own fields of a plain object, each read once. What is read of it is the caller's, and never inherited. */
export function copyPlain<T extends object>(given: T, field: string): T {
  const value: unknown = given;
  if (!isPlain(value)) {
    throw invalid(field, `must be a plain object, and is ${describeType(value)}`);
  }
  const copy: T = { ...given };
  // Only then, for it takes as long as all the rest.
  if (areInherited()) Object.setPrototypeOf(copy, null);
  if (Object.getOwnPropertySymbols(copy).length > 0) {
    throw invalid(field, "has a symbol among its names: give it known names only");
  }
  return copy;
}

/** Whether every object inherits fields, for other code has put some into their prototype. */
function areInherited(): boolean {
  for (const _name in Object.prototype) return true;
  return false;
}

/** Whether an object is a literal or has no prototype; of another realm too, such as a test runner's, whose Object is its own. */
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

/** A request for a page, and nothing else. */
export const pageRequest: Fields<PageRequest> = fieldsOf<PageRequest>({ after: true, limit: true });
