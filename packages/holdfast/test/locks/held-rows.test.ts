import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { type ConnectionOptions, openStore, type Store, type StoreOptions } from "../../src/index.ts";
import { describeOnServers, type FreshDatabase } from "../support/databases.ts";
import { until } from "../support/waiting.ts";
import { Observer, urlOf } from "./support.ts";

// Another session holds rows for a long time. Calls on other rows do not notice, and a call waits for its own rows only.

const leaseMs = 3_600_000;
const bytes = Buffer.from("bytes");
const numbers = Array.from({ length: 100 }, (_, n) => String(n).padStart(3, "0"));

/** Settings of a test's store. */
type Settings = Pick<StoreOptions, "coalesce"> &
  Pick<Extract<ConnectionOptions, { readonly url: string }>, "poolMax" | "statementTimeoutMs" | "connectTimeoutMs"> & {
    readonly url?: string;
  };

/** The held calls wait as long as the other calls take, which on a busy machine is longer than the default limits. */
const patient: Settings = { statementTimeoutMs: 0, connectTimeoutMs: 120_000 };

/** One kind of call on one row. */
interface Kind {
  readonly name: string;
  /** Locks the rows of calls whose names begin with $1. */
  readonly lock: string;
  readonly call: (store: Store, name: string) => Promise<unknown>;
  /** Counts how often the call was done on each of those rows, where that is known. */
  readonly count?: string;
}

const executionLock = "select from holdfast.executions where starts_with(id, $1) order by id for update";
const taskLock = "select from holdfast.tasks where starts_with(id, $1) order by id for update";

const transitions: Kind = {
  name: "transitions",
  lock: executionLock,
  call: ({ executions }, id) => executions.transition(id, { usage: { n: 1 } }),
  count: "select id as name, (usage ->> 'n')::int as n from holdfast.executions where starts_with(id, $1)",
};

const appends: Kind = {
  name: "appends",
  lock: executionLock,
  call: ({ history }, id) => history.append(id, [{ kind: "k" }]),
  count: `select execution_id as name, count(*)::int as n from holdfast.history_entries
    where starts_with(execution_id, $1) group by 1`,
};

const kinds: readonly Kind[] = [
  transitions,
  appends,
  {
    name: "status changes",
    lock: taskLock,
    call: ({ tasks }, id) => tasks.setStatus(id, "running"),
    count: "select id as name, version::int - 1 as n from holdfast.tasks where starts_with(id, $1)",
  },
  {
    name: "kv sets",
    lock: "select from holdfast.kv_entries where starts_with(key, $1) order by key for update",
    call: ({ kv }, key) => kv.set({ prefix: "p", key, value: bytes }),
  },
  {
    name: "task saves",
    lock: taskLock,
    call: ({ tasks }, id) => tasks.save({ id, executionId: "of-tasks", name: "t", output: 1 }),
    count: "select id as name, version::int - 1 as n from holdfast.tasks where starts_with(id, $1)",
  },
  {
    name: "heartbeats",
    lock: "select from holdfast.leases where starts_with(id, $1) order by id for update",
    call: async ({ jobs }, id) => {
      const token = tokens.get(id);
      if (token === undefined) throw new Error(`${id} was not claimed`);
      expect(await jobs.heartbeat([{ id, token }], { leaseMs })).toEqual([expect.any(Date)]);
    },
  },
  {
    name: "saves of many",
    lock: executionLock,
    call: ({ executions }, id) => executions.saveMany([{ id, state: id }]),
    count: "select id as name, version::int - 1 as n from holdfast.executions where starts_with(id, $1)",
  },
];

const tokens = new Map<string, Awaited<ReturnType<Store["jobs"]["claim"]>>[number]["token"]>();

/** Makes a row of each kind for each name. */
async function fill({ executions, tasks, kv, jobs }: Store, names: readonly string[]): Promise<void> {
  await executions.saveMany(["of-tasks", ...names].map((id) => ({ id, status: "running" })));
  await tasks.saveMany(names.map((id) => ({ id, executionId: "of-tasks", name: "t" })));
  await kv.setMany(names.map((key) => ({ prefix: "p", key, value: bytes })));
  await jobs.pushMany(names.map((id) => ({ id, queue: "q" })));
  for (const { id, token } of await jobs.claim({ queues: ["q"], limit: 1000, leaseMs })) tokens.set(id, token);
}

/** The parts that concurrent tests share. */
type Running = Pick<TestContext, "onTestFinished">;

// Each spends most of its time waiting for locks, so they run concurrently, on rows and under session names of their own.
describeOnServers("with a hundred rows held by another session", (database) => {
  let server: Observer;
  let filler: Store;
  let ordinal = 0;
  beforeAll(async () => {
    filler = await openStore(await database.prepared());
    server = await Observer.on(database);
  });
  afterAll(async () => {
    await filler.close();
    await server.close();
  });

  /** A store, row names for one test, and a session that holds half of those rows. */
  async function holding({ onTestFinished }: Running, lock: string, options: Settings = {}) {
    const name = `${database.name}-${++ordinal}`;
    const prefix = `${name}-held-`;
    const held = numbers.map((n) => `${prefix}${n}`);
    const free = numbers.map((n) => `${name}-free-${n}`);
    await fill(filler, [...held, ...free]);
    const store = await openStore({
      url: await urlOf(database),
      applicationName: name,
      migrate: false,
      ...patient,
      ...options,
    });
    onTestFinished(() => store.close());
    const letGo = await lockRows(database, lock, prefix);
    onTestFinished(letGo);
    const isWaiting = async (): Promise<boolean> => (await server.waits(name)).length > 0;
    return { prefix, held, free, store, letGo, isWaiting };
  }

  describe.each([{ coalesce: true }, { coalesce: false }])("coalesce: $coalesce", ({ coalesce }) => {
    test.concurrent.for(kinds)(
      "$name on free rows go on, and those on held ones succeed once each after it",
      async (kind, running) => {
        const { expect } = running;
        const { prefix, held, free, store, letGo, isWaiting } = await holding(running, kind.lock, { coalesce });
        let settled = 0;
        const waiting = [...held, ...held].map((name) => kind.call(store, name).finally(() => settled++));
        void Promise.allSettled(waiting);
        await until(isWaiting);
        for (let turn = 0; turn < 5; turn++) await Promise.all(free.map((name) => kind.call(store, name)));
        for (const other of kinds) await Promise.all(free.map((name) => other.call(store, name)));
        for (const name of free.slice(0, 20)) await kind.call(store, name);
        expect(settled).toBe(0);
        await letGo();
        await Promise.all(waiting);
        const counts = kind.count === undefined ? [] : await server.counts(kind.count, prefix);
        expect(counts.filter(({ n }) => n !== 2)).toEqual([]);
      },
    );
  });

  test.concurrent("calls on one key keep their order behind a held one", async (running) => {
    const { expect } = running;
    const { held, free, store, letGo, isWaiting } = await holding(running, executionLock);
    const [id = ""] = held;
    const first = Array.from({ length: 60 }, (_, n) => store.history.append(id, [{ kind: `k${n}` }]));
    await until(isWaiting);
    const last = store.history.append(id, [{ kind: "last" }]);
    await store.history.append(free[0] ?? "", [{ kind: "k" }]);
    await letGo();
    const given = (await Promise.all([...first, last])).flat().map(Number);
    expect(given).toEqual(given.map((_number, n) => n + 1));
  });

  test.concurrent("the statement timeout fails the held calls alone, counted from when they were sent", async (running) => {
    const { expect } = running;
    const { held, free, store } = await holding(running, executionLock, { statementTimeoutMs: 3000 });
    const startedAt = performance.now();
    const failing = Promise.allSettled(held.map((name) => transitions.call(store, name)));
    for (let turn = 0; turn < 5; turn++) await Promise.all(free.map((name) => transitions.call(store, name)));
    for (const outcome of await failing) {
      expect(outcome).toMatchObject({ reason: { code: "unavailable", facts: { sqlstate: "57014" } } });
    }
    expect(performance.now() - startedAt).toBeGreaterThan(2900);
  });

  test.concurrent("a lock timeout of the caller's own fails the held calls alone", async (running) => {
    const { expect } = running;
    const url = `${await urlOf(database)}?options=-c%20lock_timeout%3D700`;
    const { held, free, store } = await holding(running, executionLock, { url });
    const failing = Promise.allSettled(held.slice(0, 10).map((name) => transitions.call(store, name)));
    await Promise.all(free.map((name) => transitions.call(store, name)));
    for (const outcome of await failing) {
      expect(outcome).toMatchObject({ reason: { code: "conflict", facts: { sqlstate: "55P03" } } });
    }
  });

  test.concurrent.for([1, 2, 3, 4])("a pool of %i serves free rows too", async (poolMax, running) => {
    const { expect } = running;
    const { held, free, store, letGo, isWaiting } = await holding(running, executionLock, { poolMax });
    const waiting = held.flatMap((name) => [transitions, appends].map(({ call }) => call(store, name)));
    await until(isWaiting);
    for (const { call } of kinds) for (const name of free.slice(0, 5)) await call(store, name);
    await letGo();
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
  });
});

/** Locks a hundred rows in a session of its own, until the function that it gives is called. */
async function lockRows(database: FreshDatabase, lock: string, prefix: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: await urlOf(database) });
  await client.connect();
  let isOpen = true;
  const letGo = async (): Promise<void> => {
    if (isOpen) await client.end();
    isOpen = false;
  };
  await client.query("begin");
  expect((await client.query(lock, [prefix])).rowCount).toBe(numbers.length);
  return letGo;
}
