import { loneOf, mapPlan, type Plan } from "./plan.ts";
import type { Write } from "./write.ts";

/** The most bytes of values that one statement returns, not counting its first one's, so that large values do not fill the memory. */
export const readBytesMax: number = 16 * 1024 * 1024;

/** The result of a batch read at a place; undefined if the read ended before it for reasons of size. */
export type Found<T> = T | null | undefined;

/** What a statement returns with each row of a batch read. */
export interface FoundRow {
  /** The number of the row's input, from 1 on. */
  readonly position: number;
  /** The number of rows found, before removing those that exceed the size limit. */
  readonly found: number;
}

/** One result per input, in input order: its row, null if there is none, and undefined if the read ended before. */
export function foundRows<R extends FoundRow>(inputs: number, rows: readonly R[]): readonly Found<R>[] {
  const isWhole = rows.length === (rows[0]?.found ?? 0);
  const end = isWhole ? inputs : (rows.at(-1)?.position ?? 0);
  const results = Array.from({ length: inputs }, (_, i): Found<R> => (i < end ? null : undefined));
  for (const row of rows) results[row.position - 1] = row;
  return results;
}

/**
 * A read of single items that shares round trips with concurrent callers, as writes do. A lone caller has a faster statement. Rows are
 * returned raw, so that an error in reading one concerns only its own caller.
 */
export interface SharedRead<K, R> {
  readonly one: (key: K) => Plan<R | null>;
  /** One result a key, in the order of the keys. The first key is always read; undefined asks for another statement. */
  readonly together: Write<K, Found<R>>;
}

/** Makes a shared read of its two plans. */
export function sharedRead<K, R>({
  name,
  one,
  many,
}: {
  readonly name: string;
  readonly one: SharedRead<K, R>["one"];
  readonly many: Write<K, Found<R>>["plan"];
}): SharedRead<K, R> {
  const plan = (keys: readonly K[]): Plan<readonly Found<R>[]> => {
    const only = loneOf(keys);
    return only !== undefined ? mapPlan(one(only), (row) => [row]) : many(keys);
  };
  // Reads never exclude each other.
  return { one, together: { name, isApart: true, keys: () => [], plan } };
}
