import type { KvEntry, Store, Transaction } from "holdfast";
import type { Labels } from "holdfast/executions";
import { type Condition, labelsOfConditions, passes } from "./filter.ts";
import { nameOf, valueOf } from "./items.ts";
import type { Vectors } from "./vectors.ts";

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
  const { start, conditions, limit, offset } = search;
  const labels = equalLabels(conditions);
  const size = pageSize(search);
  const ranked = new Set<string>();
  const found: Found[] = [];
  for (let from = 0; found.length < limit; from += size) {
    const near = await vectors.near(tx, { start, labels, vector, limit: size, offset: from });
    const entries = await tx.kv.getMany(near.map(({ prefix, key }) => ({ prefix, key })));
    for (const [i, { version, score }] of near.entries()) {
      const entry = entries[i] ?? null;
      // A vector of a former version of an item, or of an expired one, does not count.
      if (entry?.version !== version || !passes(valueOf(entry), conditions)) continue;
      ranked.add(nameOf(entry));
      if (ranked.size > offset && found.length < limit) found.push({ entry, score });
    }
    if (near.length < size) break;
  }
  let skipped = ranked.size;
  if (found.length >= limit) return found;
  for await (const entry of passing(tx.kv, search)) {
    if (ranked.has(nameOf(entry)) || skipped++ < offset) continue;
    found.push({ entry });
    if (found.length >= limit) break;
  }
  return found;
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

function equalLabels(conditions: readonly Condition[]): Labels {
  const labels = Object.entries(labelsOfConditions(conditions));
  return Object.fromEntries(
    labels.flatMap(([name, value]) => (typeof value === "object" ? [] : [[name, value] as const])),
  );
}
