import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { until } from "../support/waiting.ts";

// Calls of concurrent callers are one transaction, whatever their kinds. No call notices the outcome of another.

const bytes = new Uint8Array([1]);

describeOnServers("calls of several kinds at once", (database) => {
  let store: Store;
  let admin: pg.Client;
  let ordinal = 0;
  beforeAll(async () => {
    store = await openStore({ url: await urlOf(database) });
    admin = new pg.Client({ connectionString: await urlOf(database) });
    await admin.connect();
  });
  afterAll(async () => {
    await store.close();
    await admin.end();
  });

  /** An execution with a task, both under a new name. */
  async function fresh(): Promise<string> {
    const id = `f${++ordinal}`;
    await store.executions.save({ id, status: "running" });
    await store.tasks.save({ id, executionId: id, name: "t", status: "running" });
    return id;
  }

  /** Calls of seven kinds, one of each, on rows of one name. */
  const callsOn = (id: string): readonly Promise<unknown>[] => [
    store.kv.set({ prefix: "p", key: id, value: bytes }),
    store.timers.schedule({ id, executionId: id, step: "s", afterMs: 3_600_000 }),
    store.executions.transition(id, { usage: { n: 1 } }),
    store.jobs.push({ id, queue: "q" }),
    store.snapshots.write({ persistenceId: id, version: 1n, payload: bytes, manifest: "m" }),
    store.tasks.setStatus(id, "succeeded"),
    store.components.save({ executionId: id, component: "c", state: 1 }),
  ];

  /** How often each kind was written, by the transaction that wrote it. */
  async function transactionsOf(id: string): Promise<readonly number[]> {
    const { rows } = await admin.query<{ n: number }>(
      `select count(*)::int as n from (
         select xmin::text from holdfast.kv_entries where key = $1
         union all select xmin::text from holdfast.timers where id = $1
         union all select xmin::text from holdfast.executions where id = $1
         union all select xmin::text from holdfast.jobs where id = $1
         union all select xmin::text from holdfast.snapshots where persistence_id = $1
         union all select xmin::text from holdfast.tasks where id = $1
         union all select xmin::text from holdfast.component_states where execution_id = $1
       ) as written group by xmin order by n`,
      [id],
    );
    return rows.map(({ n }) => n);
  }

  test("are one transaction", async () => {
    const id = await fresh();
    await Promise.all(callsOn(id));
    expect(await transactionsOf(id)).toEqual([7]);
  });

  test("that arrive while others are under way are one transaction too", async () => {
    const id = await fresh();
    const first = store.kv.set({ prefix: "p", key: "first", value: bytes });
    await new Promise(setImmediate);
    await Promise.all([first, ...callsOn(id)]);
    expect(await transactionsOf(id)).toEqual([7]);
  });

  test("claim executions in it too, also those that it makes, and each caller gets the next in line", async () => {
    const queue = `claimed-${++ordinal}`;
    const ids = ["a", "b", "c", "d", "e"].map((name) => `${queue}-${name}`);
    const create = ids.map((id) => store.executions.create({ id, queue }));
    const claims = [2, 1, 5, 1].map((limit) => store.executions.claim({ queues: [queue], limit }));
    const elsewhere = store.executions.claim({ queues: [queue, "elsewhere"], limit: 1 });
    await Promise.all(create);
    const claimed = (await Promise.all(claims)).map((line) => line.map(({ id }) => id));
    expect(claimed).toEqual([ids.slice(0, 2), ids.slice(2, 3), ids.slice(3), []]);
    expect(await elsewhere).toEqual([]);
    const { rows } = await admin.query<{ n: number }>(
      `select count(*)::int as n from (
         select xmin::text from holdfast.executions where id = any($1)
         union all select xmin::text from holdfast.leases where id = any($1)
       ) as written group by xmin`,
      [ids],
    );
    expect(rows).toEqual([{ n: 10 }]);
  });

  test("go together without a call that fails, and the others of its kind go with them or after", async () => {
    const id = await fresh();
    const failing = store.tasks.setStatus("nowhere", "running");
    const [failed, ...others] = await Promise.allSettled([failing, ...callsOn(id)]);
    expect(failed).toMatchObject({ reason: { code: "not_found" } });
    expect(others.map(({ status }) => status)).toEqual(others.map(() => "fulfilled"));
    // All other kinds go at once, and then the other call of the failed kind.
    expect(await transactionsOf(id)).toEqual([1, 6]);
  });

  test("continue together while one waits for a row, and that one succeeds once the row is free", async () => {
    const [held, id] = [await fresh(), await fresh()];
    await admin.query("begin");
    await admin.query("select from holdfast.tasks where id = $1 for update", [held]);
    let isDone = false;
    const waiting = store.tasks.setStatus(held, "succeeded").then(() => (isDone = true));
    await Promise.all(callsOn(id));
    expect(isDone).toBe(false);
    await admin.query("commit");
    await waiting;
    expect((await transactionsOf(id)).at(-1)).toBeGreaterThanOrEqual(6);
    expect((await store.tasks.require(held)).version).toBe(2);
  });

  test("of a kind that failed a moment ago are a transaction of their own, and join the others later", async () => {
    const [soon, later] = [await fresh(), await fresh()];
    const failing = [
      store.tasks.setStatus("nowhere", "running"),
      store.kv.set({ prefix: "p", key: soon, value: bytes }),
    ];
    await Promise.allSettled(failing);
    await Promise.all(callsOn(soon));
    expect(await transactionsOf(soon)).toEqual([1, 6]);
    await sleep(1100);
    await Promise.all(callsOn(later));
    expect(await transactionsOf(later)).toEqual([7]);
  });

  test("on one key keep their order", async () => {
    const places = Array.from({ length: 20 }, (_, n) => ({ prefix: "order", key: `k${n}` }));
    for (let turn = 0; turn < 10; turn++) {
      const removed = places.map(async (place) => {
        const set = store.kv.set({ ...place, value: bytes });
        const gone = store.kv.remove(place.prefix, place.key);
        const appended = store.kv.append({ ...place, value: new Uint8Array([2]) });
        return [(await set).version > 0, await gone, (await appended).version > 0];
      });
      expect(await Promise.all(removed)).toEqual(places.map(() => [true, true, true]));
      for (const place of places) {
        expect((await store.kv.get(place.prefix, place.key))?.value).toEqual(new Uint8Array([2]));
      }
    }
  });

  test("on one execution are numbered in their order", async () => {
    const id = await fresh();
    const numbers: number[] = [];
    const append = async (kind: string) => numbers.push(...(await store.history.append(id, [{ kind }])));
    const step = async (kind: string) => {
      const { entries } = await store.executions.transition(id, { history: [{ kind }] });
      numbers.push(...entries);
    };
    await Promise.all([append("a"), step("b"), append("c"), append("d"), step("e"), step("f"), append("g")]);
    const { items } = await store.history.read(id);
    expect(items.map(({ kind }) => kind).join("")).toBe("abcdefg");
    expect(numbers.map(Number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("that lose their connection end with an unknown outcome, and are not sent again", async () => {
    const id = await fresh();
    await admin.query(`create function public.dally() returns trigger language plpgsql
      as 'begin perform pg_sleep(20); return new; end'`);
    await admin.query(
      "create trigger dally before insert on holdfast.kv_entries for each row execute function public.dally()",
    );
    onTestFinished(async () => void (await admin.query("drop function public.dally cascade")));
    const outcomes = Promise.allSettled(callsOn(id));
    await until(async () => {
      const { rowCount } = await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and pid <> pg_backend_pid()",
      );
      return rowCount === 1;
    });
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ reason: { code: "unavailable", facts: { outcome: "unknown" } } });
    }
    await admin.query("drop trigger dally on holdfast.kv_entries");
    await sleep(100);
    // The execution and its task are as they were.
    expect(await transactionsOf(id)).toEqual([1, 1]);
    await Promise.all(callsOn(id));
    expect(await transactionsOf(id)).toEqual([7]);
  });

  test("of a caller who gives up in time are not made, and the others are", async () => {
    const id = await fresh();
    const controller = new AbortController();
    const { kv } = store.with({ signal: controller.signal });
    const left = kv.set({ prefix: "left", key: id, value: bytes });
    const others = callsOn(id);
    controller.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await Promise.all(others);
    expect(await transactionsOf(id)).toEqual([7]);
    expect(await store.kv.get("left", id)).toBeNull();
  });

  test("of two stores on the same rows all succeed, each once", async () => {
    const other = await openStore({ url: await urlOf(database), migrate: false });
    onTestFinished(() => other.close());
    const ids = [await fresh(), await fresh(), await fresh(), await fresh()];
    const rounds = 60;
    const work = async ({ executions, history, tasks }: Store, order: readonly string[]) => {
      for (let round = 0; round < rounds; round++) {
        await Promise.all(
          order.flatMap((id, i): readonly Promise<unknown>[] => {
            if ((round + i) % 2 === 0) return [executions.addUsage(id, { n: 1 }), tasks.addUsage(id, { n: 1 })];
            return [executions.transition(id, { usage: { n: 1 } }), history.append(id, [{ kind: "k" }])];
          }),
        );
      }
    };
    await Promise.all([work(store, ids), work(other, ids.toReversed())]);
    for (const id of ids) {
      const { usage } = await store.executions.require(id);
      const { items } = await store.history.read(id, { limit: 1000 });
      const task = await store.tasks.require(id);
      expect([Number(usage["n"]), items.length + Number(task.usage["n"])]).toEqual([2 * rounds, 2 * rounds]);
    }
  });
});
