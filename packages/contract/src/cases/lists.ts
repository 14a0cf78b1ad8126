import assert from "node:assert/strict";
import type { Page, Store } from "holdfast";
import type { JobFilter } from "holdfast/jobs";
import type { Order, PageRequest } from "holdfast/lists";
import type { Nouns } from "holdfast/transactions";
import type { ContractCase } from "../case.ts";
import { furtherListings, type Listing, listings, newRows } from "./listings.ts";

const rows = newRows(40);
const orders = ["asc", "desc"] as const;

/** Every page of a list; `between` runs after each. */
async function pagesOf(
  nouns: Nouns,
  { page }: Listing,
  request: PageRequest,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<Omit<Page<unknown>, "next">> {
  const items: unknown[] = [];
  const cursors: string[] = [];
  let after: string | undefined;
  for (let pages = 0; ; pages += 1) {
    const read = await page(nouns, { after, ...request });
    assert.equal(read.cursors.length, read.items.length);
    items.push(...read.items);
    cursors.push(...read.cursors);
    // The feed of all executions has always a next page.
    if (read.next === null || read.items.length === 0) return { items, cursors };
    assert.equal(read.next, read.cursors.at(-1));
    after = read.next;
    await between(pages);
  }
}

async function fill(store: Store, listing: Listing): Promise<void> {
  await listing.prepare?.(store);
  await listing.add(store, rows);
}

async function hasBothOrders(store: Store, listing: Listing): Promise<void> {
  await fill(store, listing);
  const { items, cursors } = await pagesOf(store, listing, { order: "asc", limit: 7 });
  assert.equal(items.length, rows.length);
  assert.equal(new Set(cursors).size, rows.length);
  const reversed = { items: items.toReversed(), cursors: cursors.toReversed() };
  for (const limit of [1, 7, 20, 1000]) {
    assert.deepEqual(await pagesOf(store, listing, { order: "desc", limit }), reversed);
  }
  const [first] = listing.order === "desc" ? reversed.items : items;
  assert.deepEqual((await listing.page(store, { limit: 1 })).items, [first]);
  await store.transaction(async (tx) => {
    const all: unknown[] = [];
    for await (const item of listing.each(tx, { order: "desc", limit: 15 })) all.push(item);
    assert.deepEqual(all, reversed.items);
  });
  for (const at of [0, 1, 19, 38, 39]) {
    const after = cursors[at];
    const up = await listing.page(store, { after, order: "asc", limit: 5 });
    const down = await listing.page(store, { after, order: "desc", limit: 5 });
    assert.deepEqual(up.items, items.slice(at + 1, at + 6));
    assert.deepEqual(down.items, items.slice(0, at).toReversed().slice(0, 5));
  }
}

/** Rows that are there all the time come once and in order, whatever is written between two pages; others come at most once. */
async function holdsWhileRowsAreWritten(store: Store, listing: Listing): Promise<void> {
  await fill(store, listing);
  const { cursors } = await pagesOf(store, listing, { order: "asc" });
  const there = new Set(cursors);
  let written = rows.length;
  for (const order of orders) {
    const seen = await pagesOf(store, listing, { order, limit: 7 }, async (page) => {
      if (page > 6) return;
      const i = written++;
      await listing.add(store, [{ name: `n0${(i * 7) % 40}-${i}`, i }]);
    });
    assert.equal(new Set(seen.cursors).size, seen.cursors.length);
    const expected = order === "asc" ? cursors : cursors.toReversed();
    assert.deepEqual(
      seen.cursors.filter((cursor) => there.has(cursor)),
      expected,
    );
  }
  assert.equal((await pagesOf(store, listing, { order: "asc" })).items.length, written);
}

async function refusesOtherCursors(store: Store, listing: Listing): Promise<void> {
  const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
  const others: readonly unknown[] = [
    "\0",
    "\ud800",
    7,
    null,
    "x".repeat(5000),
    ...(listing.isByName ? [] : ["x", "", "1.x"]),
  ];
  for (const order of orders) {
    for (const after of others) {
      await assert.rejects(listing.page(store, { after: after as string, order }), refused("after"));
    }
  }
  await assert.rejects(listing.page(store, { order: "up" as Order }), refused("order"));
}

const casesOfLists: readonly ContractCase[] = Object.entries<Listing>({
  ...listings,
  ...furtherListings,
}).flatMap(([name, listing]): readonly ContractCase[] => [
  {
    name: `${name} pages forwards, backwards and from any item`,
    run: async ({ store }) => hasBothOrders(store, listing),
  },
  {
    name: `${name} gives each row once while rows are written`,
    run: async ({ store }) => holdsWhileRowsAreWritten(store, listing),
  },
  {
    name: `${name} refuses a cursor or an order that is none`,
    run: async ({ store }) => refusesOtherCursors(store, listing),
  },
]);

/** What every list promises: both orders, a cursor at each item, and no gaps. */
export const listsContract: readonly ContractCase[] = [
  ...casesOfLists,
  {
    name: "a cursor tells apart what happened in one millisecond",
    async run({ store: { executions, timers } }) {
      await executions.create({ id: "e" });
      const steps: string[] = [];
      for (const { name } of rows) {
        // One at a time, each at its own microsecond.
        await timers.schedule({ executionId: "e", step: name, afterMs: 60_000 });
        steps.push(name);
      }
      for (const filter of [{}, { executionId: "e" }]) {
        for (const order of orders) {
          const seen: string[] = [];
          for await (const { step } of timers.iterate({ ...filter, order, limit: 1 })) seen.push(step);
          assert.deepEqual(seen, order === "asc" ? steps : steps.toReversed());
        }
      }
    },
  },
  {
    name: "a tree of tasks comes backwards, and goes on at any node",
    async run({ store: { executions, tasks } }) {
      await executions.create({ id: "e" });
      await tasks.save({ id: "root", executionId: "e", name: "root" });
      for (const parent of ["root", "root-1", "root-1-2"]) {
        await tasks.createChildren(
          parent,
          [0, 1, 2].map((i) => ({ id: `${parent}-${i}`, name: "child" })),
        );
      }
      const { nodes, cursors } = await tasks.tree("root");
      const ids = nodes.map(({ id }) => id);
      assert.deepEqual([ids.length, cursors.length], [10, 10]);
      const idsFrom = async (order: Order, after?: string): Promise<readonly string[]> => {
        const tree = await tasks.tree("root", { order, after, limit: 4 });
        const rest = tree.next === null ? [] : await idsFrom(order, tree.next);
        return [...tree.nodes.map(({ id }) => id), ...rest];
      };
      assert.deepEqual(await idsFrom("desc"), ids.toReversed());
      assert.deepEqual(await idsFrom("desc", cursors[6]), ids.slice(0, 6).toReversed());
      assert.deepEqual(await idsFrom("asc", cursors[6]), ids.slice(7));
      await assert.rejects(tasks.tree("root", { after: "7" }), { code: "invalid_input", facts: { field: "after" } });
      await assert.rejects(tasks.tree("root", { order: 1 as never }), { facts: { field: "order" } });
    },
  },
  {
    name: "jobs are listed in several statuses, and without payloads",
    async run({ store: { executions, jobs } }) {
      await executions.create({ id: "e" });
      await jobs.pushMany([
        { id: "a", queue: "q", payload: 1, executionId: "e" },
        { id: "b", queue: "q", payload: 2, runAt: new Date("2999-01-01"), executionId: "e" },
        { id: "c", queue: "q", payload: 3, after: ["a"] },
        { id: "d", queue: "other", payload: 4 },
      ]);
      const [claim] = await jobs.claim({ queues: ["other"], limit: 1 });
      assert.ok(claim);
      await jobs.complete(claim, { result: "r" });
      const idsOf = async (filter: JobFilter): Promise<string> =>
        (await jobs.list(filter)).items.map(({ id }) => id).join("");
      assert.equal(await idsOf({ status: ["ready", "blocked"] }), "ac");
      assert.equal(await idsOf({ status: ["succeeded", "scheduled"] }), "bd");
      assert.equal(await idsOf({ status: ["succeeded", "scheduled"], queue: "q" }), "b");
      assert.equal(await idsOf({ status: ["ready", "scheduled"], executionId: "e", order: "desc" }), "ba");
      assert.equal(await idsOf({ status: ["running", "dead", "canceled"] }), "");
      assert.deepEqual(
        (await jobs.list()).items.map(({ payload, result }) => [payload, result]),
        [1, 2, 3, 4].map((payload) => [payload, payload === 4 ? "r" : undefined]),
      );
      const bare = (await jobs.list({ payloads: false })).items;
      assert.ok(bare.every(({ payload, result }) => payload === undefined && result === undefined));
      await assert.rejects(jobs.list({ status: [] }), { facts: { field: "status" } });
      await assert.rejects(jobs.list({ payloads: 1 as never }), { facts: { field: "payloads" } });
    },
  },
];
