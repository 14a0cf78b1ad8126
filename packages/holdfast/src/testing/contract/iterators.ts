import assert from "node:assert/strict";
import type { PageRequest } from "../../database/input.ts";
import type { Nouns, Store } from "../../store.ts";
import type { ContractCase } from "./case.ts";

/** What any list answers: of history, `next` is a number. */
interface AnyPage {
  readonly items: readonly unknown[];
  readonly next: string | number | null;
}

/** The methods of a noun that answer a page. */
type ListOf<N> = {
  [M in keyof N & string]: N[M] extends (...args: never) => Promise<infer P> ? (P extends AnyPage ? M : never) : never;
}[keyof N & string];

/** Every list of a store, such as "jobs.deadLetters". */
export type ListName = { [N in keyof Nouns]: `${N}.${ListOf<Nouns[N]>}` }[keyof Nouns];

/** The name of the iterator beside a list. */
export type IteratorName<M extends string> = M extends "list" | "read"
  ? "iterate"
  : M extends "readAll"
    ? "iterateAll"
    : `iterate${Capitalize<M>}`;

/** A list and its iterator, on rows that are made for them. */
interface Listing {
  readonly fill: (store: Store) => Promise<unknown>;
  readonly page: (nouns: Nouns, request: PageRequest) => Promise<AnyPage>;
  readonly each: (nouns: Nouns, request?: PageRequest) => AsyncIterable<unknown>;
  /** The pages that follow are asked for otherwise. */
  readonly following?: (nouns: Nouns, next: AnyPage["next"]) => Promise<AnyPage>;
}

const rows = 250;
const numbers = Array.from({ length: rows }, (_, i) => i);
const nameOf = (i: number): string => `n${String(i).padStart(3, "0")}`;
const ids = numbers.map(nameOf);

const executionsIn = async ({ executions }: Store): Promise<unknown> => {
  await executions.create({ id: "parent" });
  return executions.createMany(ids.map((id, i) => ({ id, parentId: "parent", labels: { place: rows - i } })));
};
const tasksIn = async ({ executions, tasks }: Store): Promise<unknown> => {
  await executions.create({ id: "e" });
  await tasks.save({ id: "parent", executionId: "e", name: "parent" });
  return tasks.createChildren(
    "parent",
    ids.map((id) => ({ id, name: "child" })),
  );
};
const entriesIn = async ({ executions, history }: Store): Promise<unknown> => {
  await executions.create({ id: "e" });
  return history.append(
    "e",
    ids.map((kind) => ({ kind })),
  );
};
const deadIn = async ({ jobs }: Store): Promise<unknown> => {
  await jobs.pushMany(ids.map((id) => ({ id, queue: "q", maxAttempts: 1 })));
  const claims = await jobs.claim({ queues: ["q"], limit: rows });
  return jobs.failMany(claims.map((claim) => ({ claim, error: "x" })));
};

/** The compiler refuses a list of the store that is missing here. */
const listings: Readonly<Record<ListName, Listing>> = {
  "definitions.list": {
    fill: ({ definitions }) => Promise.all(ids.map((name) => definitions.publish({ name, document: 1 }))),
    page: ({ definitions }, request) => definitions.list(request),
    each: ({ definitions }, request) => definitions.iterate(request),
  },
  "definitions.versions": {
    fill: ({ definitions }) => Promise.all(ids.map((name) => definitions.publish({ name: "n", document: { name } }))),
    page: ({ definitions }, request) => definitions.versions("n", request),
    each: ({ definitions }, request) => definitions.iterateVersions("n", request),
  },
  "definitions.find": {
    fill: ({ definitions }) => Promise.all(ids.map((name) => definitions.publish({ name, document: { a: 1, name } }))),
    page: ({ definitions }, request) => definitions.find({ a: 1 }, request),
    each: ({ definitions }, request) => definitions.iterateFind({ a: 1 }, request),
  },
  "executions.list": {
    fill: executionsIn,
    page: ({ executions }, request) => executions.list({ ...request, orderBy: { label: "place" } }),
    each: ({ executions }, request) => executions.iterate({ ...request, orderBy: { label: "place" } }),
  },
  "executions.children": {
    fill: executionsIn,
    page: ({ executions }, request) => executions.children("parent", { ...request, newestFirst: true }),
    each: ({ executions }, request) => executions.iterateChildren("parent", { ...request, newestFirst: true }),
  },
  "tasks.list": {
    fill: tasksIn,
    page: ({ tasks }, request) => tasks.list({ ...request, name: "child" }),
    each: ({ tasks }, request) => tasks.iterate({ ...request, name: "child" }),
  },
  "tasks.children": {
    fill: tasksIn,
    page: ({ tasks }, request) => tasks.children("parent", request),
    each: ({ tasks }, request) => tasks.iterateChildren("parent", request),
  },
  "components.list": {
    fill: async ({ executions, components }) => {
      await executions.create({ id: "e" });
      return components.saveMany(ids.map((component) => ({ executionId: "e", component, state: 1 })));
    },
    page: ({ components }, request) => components.list("e", request),
    each: ({ components }, request) => components.iterate("e", request),
  },
  "correlations.list": {
    fill: async ({ executions, correlations }) => {
      await executions.create({ id: "e" });
      return correlations.waitMany(ids.map((step) => ({ key: "k", executionId: "e", step })));
    },
    page: ({ correlations }, request) => correlations.list({ ...request, key: "k" }),
    each: ({ correlations }, request) => correlations.iterate({ ...request, key: "k" }),
  },
  "correlations.events": {
    fill: ({ correlations }) => Promise.all(ids.map((payload) => correlations.deliver({ key: "k", payload }))),
    page: ({ correlations }, request) => correlations.events({ ...request, key: "k" }),
    each: ({ correlations }, request) => correlations.iterateEvents({ ...request, key: "k" }),
  },
  "timers.list": {
    fill: async ({ executions, timers }) => {
      await executions.create({ id: "e" });
      return timers.scheduleMany(ids.map((step, i) => ({ executionId: "e", step, afterMs: 60_000 * (1 + (i % 7)) })));
    },
    page: ({ timers }, request) => timers.list(request),
    each: ({ timers }, request) => timers.iterate(request),
  },
  "schedules.list": {
    fill: ({ schedules }) => schedules.saveMany(ids.map((id) => ({ id, everyMs: 60_000, queue: "q" }))),
    page: ({ schedules }, request) => schedules.list(request),
    each: ({ schedules }, request) => schedules.iterate(request),
  },
  "history.read": {
    fill: entriesIn,
    page: ({ history }, { limit }) => history.read("e", { limit }),
    following: ({ history }, next) => history.read("e", { from: next as never }),
    each: ({ history }, request) => history.iterate("e", request && { limit: request.limit }),
  },
  "history.readAll": {
    fill: entriesIn,
    page: ({ history }, request) => history.readAll(request),
    each: ({ history }, request) => history.iterateAll(request),
  },
  "jobs.list": {
    fill: ({ jobs }) => jobs.pushMany(ids.map((id) => ({ id, queue: "q" }))),
    page: ({ jobs }, request) => jobs.list({ ...request, queue: "q" }),
    each: ({ jobs }, request) => jobs.iterate({ ...request, queue: "q" }),
  },
  "jobs.deadLetters": {
    fill: deadIn,
    page: ({ jobs }, request) => jobs.deadLetters("q", request),
    each: ({ jobs }, request) => jobs.iterateDeadLetters("q", request),
  },
  "queues.list": {
    fill: ({ jobs }) => jobs.pushMany(ids.map((queue) => ({ queue }))),
    page: ({ queues }, request) => queues.list({ ...request, countUpTo: 1 }),
    each: ({ queues }, request) => queues.iterate({ ...request, countUpTo: 1 }),
  },
  "kv.list": {
    fill: ({ kv }) => kv.setMany(ids.map((key) => ({ prefix: "p", key, value: null }))),
    page: ({ kv }, request) => kv.list("p", { ...request, reverse: true }),
    each: ({ kv }, request) => kv.iterate("p", { ...request, reverse: true }),
  },
  "kv.scan": {
    fill: ({ kv }) => kv.setMany(ids.map((key, i) => ({ prefix: `p/${i % 3}`, key, value: null }))),
    page: ({ kv }, request) => kv.scan("p/", request),
    each: ({ kv }, request) => kv.iterateScan("p/", request),
  },
  "kv.prefixes": {
    fill: ({ kv }) => kv.setMany(ids.map((prefix) => ({ prefix, key: "k", value: null }))),
    page: ({ kv }, request) => kv.prefixes("", request),
    each: ({ kv }, request) => kv.iteratePrefixes("", request),
  },
  "snapshots.list": {
    fill: ({ snapshots }) =>
      snapshots.writeMany(ids.map((persistenceId) => ({ persistenceId, version: 1n, payload: new Uint8Array() }))),
    page: ({ snapshots }, request) => snapshots.list(request),
    each: ({ snapshots }, request) => snapshots.iterate(request),
  },
  "snapshots.versions": {
    fill: (store) =>
      store.transaction(async ({ snapshots }) => {
        const input = { persistenceId: "p", payload: new Uint8Array(), keep: "all" } as const;
        for (const i of numbers) await snapshots.write({ ...input, version: BigInt(i) });
      }),
    page: ({ snapshots }, request) => snapshots.versions("p", request),
    each: ({ snapshots }, request) => snapshots.iterateVersions("p", request),
  },
  "blobs.list": {
    fill: ({ blobs }) => Promise.all(ids.map((key) => blobs.upload(key, new Uint8Array()))),
    page: ({ blobs }, request) => blobs.list(request),
    each: ({ blobs }, request) => blobs.iterate(request),
  },
};

/** What pages hold that are read by hand. */
async function pagesOf(nouns: Nouns, { page, following }: Listing): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let read = await page(nouns, {});
  while (read.items.length > 0) {
    items.push(...read.items);
    if (read.next === null) break;
    read = await (following ? following(nouns, read.next) : page(nouns, { after: String(read.next) }));
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
      await listing.fill(store);
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
