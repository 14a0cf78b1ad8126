import type { Page, Store } from "holdfast";
import type { PageRequest } from "holdfast/lists";
import type { Nouns } from "holdfast/transactions";
import { formerStates } from "./executions-former-states.ts";
import { feedHasAllOf } from "./feed.ts";
import { addDead, addInStatuses, type NewRow } from "./job-rows.ts";
import { logLines } from "./jobs-reports.ts";
import type { ListName } from "./list-names.ts";

/** A list and its iterator, on rows that are made for them. */
export interface Listing {
  /** Makes what rows need. */
  readonly prepare?: (store: Store) => Promise<unknown>;
  readonly add: (store: Store, rows: readonly NewRow[]) => Promise<unknown>;
  readonly page: (nouns: Nouns, request: PageRequest) => Promise<Page<unknown>>;
  readonly each: (nouns: Nouns, request?: PageRequest) => AsyncIterable<unknown>;
  /** The order where none is asked for; "asc" by default. */
  readonly order?: "desc";
  /** Whether any name is a cursor. */
  readonly isByName?: true;
}

/** So many rows to make. */
export function newRows(count: number): readonly NewRow[] {
  return Array.from({ length: count }, (_, i) => ({ name: `n${String(i).padStart(3, "0")}`, i }));
}

const oneExecution = async ({ executions }: Store): Promise<unknown> => executions.create({ id: "e" });
const addExecutions: Listing["add"] = async ({ executions }, rows) =>
  executions.createMany(
    rows.map(({ name, i }) => ({ id: name, parentId: "parent", labels: { place: 1000 - i, kind: i % 3 } })),
  );
const childrenOfOne = {
  prepare: async ({ executions }: Store): Promise<unknown> => executions.create({ id: "parent" }),
  add: addExecutions,
};
const childTasks = {
  prepare: async ({ executions, tasks }: Store): Promise<unknown> => {
    await executions.create({ id: "e" });
    return tasks.save({ id: "parent", executionId: "e", name: "parent" });
  },
  add: async ({ tasks }: Store, rows: readonly NewRow[]): Promise<unknown> =>
    tasks.createChildren(
      "parent",
      rows.map(({ name }) => ({ id: name, name: "child" })),
    ),
};
const entries = {
  prepare: oneExecution,
  add: async ({ history }: Store, rows: readonly NewRow[]): Promise<unknown> =>
    history.append(
      "e",
      rows.map(({ name }) => ({ kind: name })),
    ),
};
const addTimers: Listing["add"] = async ({ timers }, rows) =>
  timers.scheduleMany(
    rows.map(({ name, i }) => ({ executionId: "e", step: name, afterMs: 3_600_000 * (1 + (i % 7)) })),
  );
const addDefinitions: Listing["add"] = async ({ definitions }, rows) =>
  Promise.all(rows.map(({ name }) => definitions.publish({ name, document: { a: 1, name } })));

const addEntries: Listing["add"] = ({ kv }, rows) =>
  kv.setMany(rows.map(({ name, i }) => ({ prefix: `p/${i % 3}`, key: name, value: null, labels: { a: 1 } })));

/** The compiler refuses a list of the store that is missing here. */
export const listings: Readonly<Record<ListName, Listing>> = {
  "definitions.list": {
    add: addDefinitions,
    isByName: true,
    page: ({ definitions }, request) => definitions.list(request),
    each: ({ definitions }, request) => definitions.iterate(request),
  },
  "definitions.versions": {
    add: ({ definitions }, rows) =>
      Promise.all(rows.map(({ name }) => definitions.publish({ name: "n", document: { name } }))),
    order: "desc",
    page: ({ definitions }, request) => definitions.versions("n", request),
    each: ({ definitions }, request) => definitions.iterateVersions("n", request),
  },
  "definitions.find": {
    add: addDefinitions,
    page: ({ definitions }, request) => definitions.find({ a: 1 }, request),
    each: ({ definitions }, request) => definitions.iterateFind({ a: 1 }, request),
  },
  "executions.list": {
    ...childrenOfOne,
    page: ({ executions }, request) => executions.list({ ...request, labels: { place: { gt: 0 } } }),
    each: ({ executions }, request) => executions.iterate({ ...request, labels: { place: { gt: 0 } } }),
  },
  "executions.children": {
    ...childrenOfOne,
    page: ({ executions }, request) => executions.children("parent", request),
    each: ({ executions }, request) => executions.iterateChildren("parent", request),
  },
  "tasks.list": {
    ...childTasks,
    page: ({ tasks }, request) => tasks.list({ ...request, name: "child" }),
    each: ({ tasks }, request) => tasks.iterate({ ...request, name: "child" }),
  },
  "tasks.children": {
    ...childTasks,
    page: ({ tasks }, request) => tasks.children("parent", request),
    each: ({ tasks }, request) => tasks.iterateChildren("parent", request),
  },
  "components.list": {
    prepare: oneExecution,
    add: ({ components }, rows) =>
      components.saveMany(rows.map(({ name }) => ({ executionId: "e", component: name, state: 1 }))),
    isByName: true,
    page: ({ components }, request) => components.list("e", request),
    each: ({ components }, request) => components.iterate("e", request),
  },
  "correlations.list": {
    prepare: oneExecution,
    add: ({ correlations }, rows) =>
      correlations.waitMany(rows.map(({ name }) => ({ key: "k", executionId: "e", step: name }))),
    page: ({ correlations }, request) => correlations.list({ ...request, key: "k" }),
    each: ({ correlations }, request) => correlations.iterate({ ...request, key: "k" }),
  },
  "correlations.events": {
    add: ({ correlations }, rows) =>
      Promise.all(rows.map(({ name }) => correlations.deliver({ key: "k", payload: name }))),
    page: ({ correlations }, request) => correlations.events({ ...request, key: "k" }),
    each: ({ correlations }, request) => correlations.iterateEvents({ ...request, key: "k" }),
  },
  "timers.list": {
    prepare: oneExecution,
    add: addTimers,
    page: ({ timers }, request) => timers.list(request),
    each: ({ timers }, request) => timers.iterate(request),
  },
  "schedules.list": {
    add: ({ schedules }, rows) =>
      schedules.saveMany(rows.map(({ name }) => ({ id: name, everyMs: 60_000, queue: "q" }))),
    isByName: true,
    page: ({ schedules }, request) => schedules.list(request),
    each: ({ schedules }, request) => schedules.iterate(request),
  },
  "history.read": {
    ...entries,
    page: ({ history }, request) => history.read("e", request),
    each: ({ history }, request) => history.iterate("e", request),
  },
  "history.readAll": {
    ...entries,
    add: (store, rows) => entries.add(store, rows).then(() => feedHasAllOf(store, "e")),
    page: ({ history }, request) => history.readAll(request),
    each: ({ history }, request) => history.iterateAll(request),
  },
  "executions.formerStates": formerStates,
  "jobs.list": {
    add: ({ jobs }, rows) => jobs.pushMany(rows.map(({ name }) => ({ id: name, queue: "q" }))),
    isByName: true,
    page: ({ jobs }, request) => jobs.list({ ...request, queue: "q" }),
    each: ({ jobs }, request) => jobs.iterate({ ...request, queue: "q" }),
  },
  "jobs.deadLetters": {
    add: addDead,
    isByName: true,
    page: ({ jobs }, request) => jobs.deadLetters("q", request),
    each: ({ jobs }, request) => jobs.iterateDeadLetters("q", request),
  },
  "jobs.log": logLines,
  "queues.list": {
    add: ({ jobs }, rows) => jobs.pushMany(rows.map(({ name }) => ({ queue: name }))),
    isByName: true,
    page: ({ queues }, request) => queues.list({ ...request, countUpTo: 1 }),
    each: ({ queues }, request) => queues.iterate({ ...request, countUpTo: 1 }),
  },
  "kv.list": {
    add: ({ kv }, rows) => kv.setMany(rows.map(({ name }) => ({ prefix: "p", key: name, value: null }))),
    page: ({ kv }, request) => kv.list("p", request),
    each: ({ kv }, request) => kv.iterate("p", request),
    isByName: true,
  },
  "kv.scan": {
    add: addEntries,
    page: ({ kv }, request) => kv.scan("p/", request),
    each: ({ kv }, request) => kv.iterateScan("p/", request),
  },
  "kv.search": {
    add: addEntries,
    page: ({ kv }, request) => kv.search("p/", { ...request, labels: { a: 1 } }),
    each: ({ kv }, request) => kv.iterateSearch("p/", { ...request, labels: { a: 1 } }),
  },
  "kv.prefixes": {
    add: ({ kv }, rows) =>
      kv.setMany(rows.flatMap(({ name }) => ["", "k"].map((key) => ({ prefix: name, key, value: null })))),
    isByName: true,
    page: ({ kv }, request) => kv.prefixes("", request),
    each: ({ kv }, request) => kv.iteratePrefixes("", request),
  },
  "snapshots.list": {
    add: ({ snapshots }, rows) =>
      snapshots.writeMany(rows.map(({ name }) => ({ persistenceId: name, version: 1n, payload: new Uint8Array() }))),
    isByName: true,
    page: ({ snapshots }, request) => snapshots.list(request),
    each: ({ snapshots }, request) => snapshots.iterate(request),
  },
  "snapshots.versions": {
    add: (store, rows) =>
      store.transaction(async ({ snapshots }) => {
        const input = { persistenceId: "p", payload: new Uint8Array(), keep: "all" } as const;
        for (const { i } of rows) await snapshots.write({ ...input, version: BigInt(i) });
      }),
    order: "desc",
    page: ({ snapshots }, request) => snapshots.versions("p", request),
    each: ({ snapshots }, request) => snapshots.iterateVersions("p", request),
  },
  "checkpoints.list": {
    add: ({ checkpoints }, rows) =>
      Promise.all(
        rows.map(({ name, i }) => checkpoints.write({ thread: `t${i % 3}`, id: name, state: new Uint8Array() })),
      ),
    order: "desc",
    page: ({ checkpoints }, request) => checkpoints.list(request),
    each: ({ checkpoints }, request) => checkpoints.iterate(request),
  },
  "checkpoints.threads": {
    add: ({ checkpoints }, rows) =>
      Promise.all(rows.map(({ name }) => checkpoints.write({ thread: name, id: "c", state: new Uint8Array() }))),
    isByName: true,
    page: ({ checkpoints }, request) => checkpoints.threads(request),
    each: ({ checkpoints }, request) => checkpoints.iterateThreads(request),
  },
  "blobs.list": {
    add: ({ blobs }, rows) => Promise.all(rows.map(({ name }) => blobs.upload(name, new Uint8Array()))),
    isByName: true,
    page: ({ blobs }, request) => blobs.list(request),
    each: ({ blobs }, request) => blobs.iterate(request),
  },
};

/** Lists again, in other orders and with filters that other statements serve. */
export const furtherListings: Readonly<Record<string, Listing>> = {
  "definitions.list by creation": {
    add: addDefinitions,
    page: ({ definitions }, request) => definitions.list({ ...request, orderBy: "createdAt" }),
    each: ({ definitions }, request) => definitions.iterate({ ...request, orderBy: "createdAt" }),
  },
  "executions.list by a label": {
    ...childrenOfOne,
    page: ({ executions }, request) => executions.list({ ...request, orderBy: { label: "kind" } }),
    each: ({ executions }, request) => executions.iterate({ ...request, orderBy: { label: "kind" } }),
  },
  "executions.list in several statuses": {
    ...childrenOfOne,
    page: ({ executions }, request) =>
      executions.list({ ...request, parentId: "parent", status: ["pending", "failed"], payloads: false }),
    each: ({ executions }, request) =>
      executions.iterate({ ...request, parentId: "parent", status: ["pending", "failed"], payloads: false }),
  },
  "correlations.list of waits that are over": {
    prepare: oneExecution,
    add: async ({ correlations }, rows) => {
      await correlations.waitMany(rows.map(({ name }) => ({ key: name, executionId: "e", step: "s" })));
      return correlations.deliverMany(rows.map(({ name }) => ({ key: name })));
    },
    page: ({ correlations }, request) => correlations.list({ ...request, executionId: "e", status: "delivered" }),
    each: ({ correlations }, request) => correlations.iterate({ ...request, executionId: "e", status: "delivered" }),
  },
  "timers.list of an execution": {
    prepare: oneExecution,
    add: addTimers,
    page: ({ timers }, request) => timers.list({ ...request, executionId: "e" }),
    each: ({ timers }, request) => timers.iterate({ ...request, executionId: "e" }),
  },
  "jobs.list in several statuses": {
    add: addInStatuses,
    page: ({ jobs }, request) =>
      jobs.list({ ...request, queue: "q", status: ["ready", "scheduled", "dead"], payloads: false }),
    each: ({ jobs }, request) =>
      jobs.iterate({ ...request, queue: "q", status: ["ready", "scheduled", "dead"], payloads: false }),
    isByName: true,
  },
};
