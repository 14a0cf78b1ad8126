/** A record as JSON carries it: times and 64-bit numbers as text. */
export type Plain<T> = T extends Date | bigint
  ? string
  : T extends readonly (infer E)[]
    ? readonly Plain<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Plain<T[K]> }
      : T;

/** Converts a record without payloads to what JSON carries. Its names are known, so none is left out. */
export function plain<T>(record: T): Plain<T> {
  return convert(record) as Plain<T>;
}

function convert(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, convert(inner)]));
}

interface AnyPage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly cursors: readonly string[];
}

/** A page with its items converted. */
export function pageOf<T, U>({ items, next, cursors }: AnyPage<T>, convertItem: (item: T) => U): AnyPage<U> {
  return { items: items.map(convertItem), next, cursors };
}
