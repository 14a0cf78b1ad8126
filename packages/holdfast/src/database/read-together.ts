import { loneOf } from "./batches.ts";
import { mapPlan, type Plan } from "./plan.ts";
import type { Session, Write } from "./session.ts";

/** The most bytes of values that one statement gives, but for its first one's, so that large values do not fill the memory. */
export const readBytesMax: number = 16 * 1024 * 1024;

/** What a read of many found at a place: undefined where it ended before, for the size of what it had found until then. */
export type Found<T> = T | null | undefined;

/** What a statement tells with each row of a read of many. */
export interface FoundRow {
  /** Of which input the row is, from 1 on. */
  readonly position: number;
  /** How many rows there were before those went that would be too large together. */
  readonly found: number;
}

/** One result an input, in input order: its row, null where there is none, and undefined where the read ended before. */
export function foundRows<R extends FoundRow>(inputs: number, rows: readonly R[]): readonly Found<R>[] {
  const isWhole = rows.length === (rows[0]?.found ?? 0);
  const end = isWhole ? inputs : (rows.at(-1)?.position ?? 0);
  const results = Array.from({ length: inputs }, (_, i): Found<R> => (i < end ? null : undefined));
  for (const row of rows) results[row.position - 1] = row;
  return results;
}

/**
 * A read of one thing by many callers at once, who travel together as writes do; a lone one has a statement that is quicker. What
 * a row fails with is for its caller alone: rows are given as they come.
 */
export interface SharedRead<K, R> {
  readonly name: string;
  readonly one: (key: K) => Plan<R | null>;
  /** One result a key, in the order of the keys; the first is always read. */
  readonly many: (keys: readonly K[]) => Plan<readonly Found<R>[]>;
}

/** Gives the function that reads one thing so. */
export function sharedRead<K, R>({
  name,
  one,
  many,
}: SharedRead<K, R>): (session: Session, key: K) => Promise<R | null> {
  const together: Write<K, Found<R>> = {
    name,
    isApart: true,
    // Reads never exclude each other.
    keys: () => [],
    plan: (keys) => {
      const only = loneOf(keys);
      return only !== undefined ? mapPlan(one(only), (row) => [row]) : many(keys);
    },
  };
  return async (session, key) => {
    const found = await session.write(together, key);
    return found === undefined ? session.run(one(key)) : found;
  };
}
