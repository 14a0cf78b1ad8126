import { InvalidInputError } from "./errors.ts";
import { checkOneOf, describeType, invalid } from "./input.ts";
import { quote } from "./quote.ts";

/**
 * Copies an array without holes, of at most `max` items. Copies item by item, because an array of the caller's class may have its own
 * methods.
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

/** Like {@link checkList}; also checks each item, given its place, such as `ids[2]`. */
export function checkEach<I, T>(
  items: readonly I[],
  field: string,
  check: (item: I, place: string) => T,
  max: number = Infinity,
): readonly T[] {
  return checkList(items, field, max).map((item, i) => check(item, `${field}[${i}]`));
}

/** The key that distinguishes the items of a call; undefined for an item that may equal others. */
type KeyOf<T> = (item: T) => string | undefined;

/** Checks that the keys of items are all different. */
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

/** The parts of a compound key cannot contain the NUL that separates them. */
function tellKey(key: string): string {
  return key
    .split("\0")
    .map((part) => quote(part))
    .join(" ");
}

/** Checks and encodes an item, whose place is `field`. */
type Encode<I, E> = (item: I, field: string) => E;

/**
 * Encodes the items of a call of any size, whose write is made by `session.writeAll`. An error names the field with its place, such as
 * `jobs[2].queue`.
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

/** Like {@link encodeEach}, for items with ids. Generated or given, ids must be distinct. */
export function encodeItems<I, E extends { readonly id: string }>(
  items: readonly I[],
  field: string,
  encode: Encode<I, E>,
  max: number = Infinity,
): readonly E[] {
  return checkDistinct(encodeEach(items, field, encode, max), field, ({ id }) => id);
}

/** Checks one word, or several; none if nothing is given. */
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
