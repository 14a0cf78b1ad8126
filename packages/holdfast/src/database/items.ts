import { InvalidInputError } from "../errors.ts";
import { quote } from "../quote.ts";
import { checkOneOf, describeType, invalid } from "./input.ts";

/**
 * A copy of an array, in which nothing is missing, of at most `max` items. Made item by item, for an array of a class of the
 * caller's may have methods of its own.
 */
export function checkList<T>(list: readonly T[], field: string, max: number = Infinity): readonly T[] {
  const given: unknown = list;
  if (!Array.isArray(given)) throw invalid(field, `must be an array, and is ${describeType(given)}`);
  const { length } = list;
  if (length > max) throw invalid(field, `has ${length} items, above the limit of ${max} a call: cut it`);
  const items: T[] = [];
  for (let i = 0; i < length; i++) {
    const item = list[i];
    if (item === null || item === undefined) throw invalid(`${field}[${i}]`, `is ${describeType(item)}`);
    items.push(item);
  }
  return items;
}

/** As {@link checkList}, each item checked by what is given its place, as `ids[2]`. */
export function checkEach<I, T>(
  items: readonly I[],
  field: string,
  check: (item: I, place: string) => T,
  max: number = Infinity,
): readonly T[] {
  return checkList(items, field, max).map((item, i) => check(item, `${field}[${i}]`));
}

/** What tells the items of a call apart; undefined for one that may be like any other. */
type KeyOf<T> = (item: T) => string | undefined;

/** Items whose keys are all different. */
export function checkDistinct<T>(items: readonly T[], field: string, keyOf: KeyOf<T>): readonly T[] {
  const seen = new Set<string>();
  for (let i = 0; i < items.length; i++) {
    const key = keyOf(items[i] as T);
    if (key === undefined) continue;
    if (seen.has(key)) throw invalid(`${field}[${i}]`, `repeats ${tellKey(key)}, which a batch may hold once`);
    seen.add(key);
  }
  return items;
}

/** A key of several parts has a NUL between them, which none of them can hold. */
function tellKey(key: string): string {
  return key
    .split("\0")
    .map((part) => quote(part))
    .join(" ");
}

/** Checks and encodes an item, whose place is `field`. */
type Encode<I, E> = (item: I, field: string) => E;

/**
 * The items of a call that takes any number of them, for its write is made by `session.writeAll`: each encoded. What is wrong
 * with a field of one is said of the field in its place, as of `jobs[2].queue`.
 */
export function encodeEach<I, E>(
  items: readonly I[],
  field: string,
  encode: Encode<I, E>,
  max: number = Infinity,
): readonly E[] {
  return checkList(items, field, max).map((item, i) => encodeAt(item, `${field}[${i}]`, encode));
}

function encodeAt<I, E>(item: I, place: string, encode: Encode<I, E>): E {
  try {
    return encode(item, place);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const { message, cause, facts } = error;
    const { field } = facts;
    if (typeof field !== "string" || field === place || !message.startsWith(field)) throw error;
    throw new InvalidInputError(`${place}.${message}`, { cause, facts: { ...facts, field: `${place}.${field}` } });
  }
}

/** As {@link encodeEach}, of items with ids; made up or given, an id comes once. */
export function encodeItems<I, E extends { readonly id: string }>(
  items: readonly I[],
  field: string,
  encode: Encode<I, E>,
  max: number = Infinity,
): readonly E[] {
  return checkDistinct(encodeEach(items, field, encode, max), field, ({ id }) => id);
}

/** One of the words, or several of them; none where nothing is given. */
export function checkSome<T extends string>(
  given: T | readonly T[] | undefined,
  field: string,
  words: readonly T[],
): readonly T[] {
  if (given === undefined) return [];
  if (typeof given === "string") return [checkOneOf(given, field, words)];
  const some = checkEach(given, field, (one, place) => checkOneOf(one, place, words));
  if (some.length === 0) throw invalid(field, "is empty: give at least one");
  return some;
}
