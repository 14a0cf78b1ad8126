import type { KvEntry, Store, Transaction } from "holdfast";
import type { LabelRange, Labels } from "holdfast/executions";
import { type Condition, labelsOfConditions, passes } from "./filter.ts";
import { nameOf, valueOf } from "./items.ts";
import type { Vectors } from "./vectors/vectors.ts";

/** The items to find: below a namespace's prefix, those that pass all conditions. */
export interface Search {
  readonly start: string;
  readonly conditions: readonly Condition[];
  readonly limit: number;
  readonly offset: number;
}

/** An item that was found, with its similarity to the query. */
export interface Found {
  readonly entry: KvEntry;
  readonly score?: number;
}

type Kv = Pick<Store["kv"], "getMany" | "iterateScan" | "iterateSearch">;

/** The most items of a page. */
const pageMax = 1000;

/** The items that pass, by namespace and key. */
export async function findByFilter(kv: Kv, search: Search): Promise<readonly Found[]> {
  const found: Found[] = [];
  let skipped = 0;
  if (search.limit <= 0) return found;
  for await (const entry of passing(kv, search)) {
    if (skipped++ >= search.offset) found.push({ entry });
    // Not at the next item, which would take another page.
    if (found.length >= search.limit) break;
  }
  return found;
}

/** The items that pass, nearest to a vector first; then those without vectors, by namespace and key. */
export async function findNearest(
  tx: Pick<Transaction, "query"> & { readonly kv: Kv },
  vectors: Vectors,
  vector: string,
  search: Search,
): Promise<readonly Found[]> {
  const { limit, offset } = search;
  const ranked = new Set<string>();
  const found: Found[] = [];
  if (limit <= 0) return found;
  for await (const each of nearest(tx, vectors, vector, search)) {
    ranked.add(nameOf(each.entry));
    if (ranked.size > offset) found.push(each);
    if (found.length >= limit) return found;
  }
  let skipped = ranked.size;
  for await (const entry of passing(tx.kv, search)) {
    if (ranked.has(nameOf(entry)) || skipped++ < offset) continue;
    found.push({ entry });
    if (found.length >= limit) break;
  }
  return found;
}

/** The items with vectors that pass, nearest first. Each page is twice as long as the one before, since each compares all vectors again. */
async function* nearest(
  tx: Pick<Transaction, "query"> & { readonly kv: Kv },
  vectors: Vectors,
  vector: string,
  search: Search,
): AsyncGenerator<Found, void, undefined> {
  const { start, conditions } = search;
  const request = { start, vector, ...labelsAndRanges(conditions) };
  let limit = pageSize(search);
  for (let offset = 0; ;) {
    const near = await vectors.near(tx, { ...request, limit, offset });
    for (let from = 0; from < near.length; from += pageMax) {
      const some = near.slice(from, from + pageMax);
      const entries = await tx.kv.getMany(some.map(({ prefix, key }) => ({ prefix, key })));
      for (const [i, { version, score }] of some.entries()) {
        const entry = entries[i] ?? null;
        // A vector of a former version of an item, or of an expired one, does not count.
        if (entry?.version === version && passes(valueOf(entry), conditions)) yield { entry, score };
      }
    }
    if (near.length < limit) return;
    offset += limit;
    limit *= 2;
  }
}

/** The items that pass. The database compares the labels of the filter; what remains of it is compared here. */
async function* passing(kv: Kv, search: Search): AsyncGenerator<KvEntry, void, undefined> {
  const { start, conditions } = search;
  const page = { limit: pageSize(search) };
  const entries =
    conditions.length === 0
      ? kv.iterateScan(start, page)
      : kv.iterateSearch(start, { ...page, labels: labelsOfConditions(conditions) });
  for await (const entry of entries) if (passes(valueOf(entry), conditions)) yield entry;
}

/** A page holds what is asked for, if everything passes that the database finds. */
function pageSize({ limit, offset }: Search): number {
  return Math.max(1, Math.min(pageMax, limit + offset));
}

/** What the database compares: labels, and ranges of numbers as a path. */
function labelsAndRanges(conditions: readonly Condition[]): {
  readonly labels: Labels;
  readonly ranges: string | null;
} {
  const labels: [name: string, value: string | number | boolean][] = [];
  const ranges: string[] = [];
  for (const [name, value] of Object.entries(labelsOfConditions(conditions))) {
    if (typeof value === "object") ranges.push(...pathsOfRange(name, value));
    else labels.push([name, value]);
  }
  return { labels: Object.fromEntries(labels), ranges: ranges.length === 0 ? null : ranges.join(" && ") };
}

function pathsOfRange(name: string, { gt, gte, lt, lte }: LabelRange): readonly string[] {
  const ends = Object.entries({ ">": gt, ">=": gte, "<": lt, "<=": lte });
  return ends.flatMap(([sign, end]) => (end === undefined ? [] : [`$.${JSON.stringify(name)} ${sign} ${end}`]));
}
