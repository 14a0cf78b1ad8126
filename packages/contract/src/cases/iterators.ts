import assert from "node:assert/strict";
import type { Nouns } from "holdfast/transactions";
import type { ContractCase } from "../case.ts";
import { type Listing, listings, newRows } from "./listings.ts";

const rows = 250;
const ids = newRows(rows).map(({ name }) => name);

/** What pages hold that are read by hand. */
async function pagesOf(nouns: Nouns, { page }: Listing): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let read = await page(nouns, {});
  while (read.items.length > 0) {
    items.push(...read.items);
    if (read.next === null) break;
    read = await page(nouns, { after: read.next });
  }
  return items;
}

async function allOf(items: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The iterators beside lists. */
export const iteratorsContract: readonly ContractCase[] = [
  ...Object.entries<Listing>(listings).map(([name, listing]): ContractCase => ({
    name: `the iterator beside ${name} gives every row once, in the order of the pages`,
    async run({ store }) {
      assert.deepEqual(await allOf(listing.each(store)), []);
      await listing.prepare?.(store);
      await listing.add(store, newRows(rows));
      const listed = await pagesOf(store, listing);
      assert.equal(listed.length, rows);
      assert.deepEqual(await allOf(listing.each(store)), listed);
      // In pages that are full to the last row, and in one.
      assert.deepEqual(await allOf(listing.each(store.with({ timeoutMs: 60_000 }), { limit: 125 })), listed);
      // What a transaction reads of all executions is what was committed before it.
      assert.deepEqual(await store.transaction((tx) => allOf(listing.each(tx, { limit: 1000 }))), listed);
      await assert.rejects(allOf(listing.each(store, { limit: 0 })), { code: "invalid_input" });
    },
  })),
  {
    name: "an iterator reads no more than it is asked for, and holds nothing meanwhile",
    async run({ store }) {
      await store.jobs.pushMany(ids.map((id) => ({ id, queue: "q" })));
      const seen: string[] = [];
      for await (const { id } of store.jobs.iterate({ queue: "q", limit: 2 })) {
        seen.push(id);
        // With one connection too, the loop may write; what it writes ahead of it is met.
        await store.transaction((tx) => tx.jobs.cancel(id));
        if (seen.length === 1) await store.jobs.push({ queue: "q", id: "n001-later" });
        if (seen.length === 5) break;
      }
      assert.deepEqual(seen, ["n000", "n001", "n001-later", "n002", "n003"]);
      const controller = new AbortController();
      const limited = store.with({ signal: controller.signal });
      await assert.rejects(
        async () => {
          for await (const { id } of limited.jobs.iterate({ limit: 2 })) if (id === "n001") controller.abort();
        },
        (error) => error instanceof Error,
      );
    },
  },
  {
    name: "a request of an iterator is checked when its first item is asked for, and read once",
    async run({ store }) {
      for (const wrong of [new Map(), [], 1, null, { limt: 1 }]) {
        const items = store.kv.iterate("p", wrong as never);
        await assert.rejects(items.next(), { code: "invalid_input" });
      }
      await store.kv.setMany(ids.map((key) => ({ prefix: "p", key, value: null })));
      const request = { limit: 100, lt: "n120" };
      const items = store.kv.iterate("p", request);
      await items.next();
      request.lt = "n999";
      assert.equal((await allOf(items)).length, 119);
    },
  },
];
