import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openStore, startTimerPump, startWorker, type Store } from "../../src/index.ts";
import { urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { until } from "../support/waiting.ts";

// No test would end in time if it waited for a poll.
const pollMs = 3_600_000;

describeOnServers("where notifications are lost", (database) => {
  async function opened({ isDeaf }: { readonly isDeaf: boolean }): Promise<Store> {
    const store = await openStore({ url: await urlOf(database), pooler: isDeaf ? "transaction" : "none" });
    onTestFinished(() => store.close());
    return store;
  }

  /** Starts a worker that has found its queue empty; `seen` are the payloads of its jobs. */
  async function idleWorker(store: Store, queue: string): Promise<{ readonly seen: readonly unknown[] }> {
    const seen: unknown[] = [];
    let looked = 0;
    const next: Store["jobs"]["next"] = async (queues) => {
      const found = await store.jobs.next(queues);
      looked++;
      return found;
    };
    const handler = async ({ payload }: { readonly payload: unknown }): Promise<void> => void seen.push(payload);
    const worker = await startWorker(
      { ...store, jobs: { ...store.jobs, next } },
      { queues: { [queue]: handler }, pollMs },
    );
    onTestFinished(() => worker.stop());
    await until(() => looked > 0);
    return { seen };
  }

  test("a worker finds at once what its own store pushes", async () => {
    const store = await opened({ isDeaf: true });
    const { seen } = await idleWorker(store, "own");
    for (let i = 0; i < 3; i++) {
      await store.jobs.push({ queue: "own", payload: i });
      await until(() => seen.length > i);
    }
    expect(seen).toEqual([0, 1, 2]);
  });

  test("a worker finds soon what others push after it has found something", async () => {
    const [store, other] = [await opened({ isDeaf: true }), await opened({ isDeaf: false })];
    const { seen } = await idleWorker(store, "others");
    await store.jobs.push({ queue: "others", payload: 0 });
    await until(() => seen.length > 0);
    for (let i = 1; i < 4; i++) {
      await other.jobs.push({ queue: "others", payload: i });
      await until(() => seen.length > i);
    }
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  test("a timer pump finds soon what others schedule after it has found something", async () => {
    const [store, other] = [await opened({ isDeaf: true }), await opened({ isDeaf: false })];
    const fired: string[] = [];
    await store.executions.create({ id: "e" });
    await store.timers.schedule({ executionId: "e", step: "0", afterMs: 0 });
    const pump = await startTimerPump(store, { handler: async (timer) => void fired.push(timer.step), pollMs });
    onTestFinished(() => pump.stop());
    for (let i = 0; i < 3; i++) {
      await until(() => fired.length > i);
      await other.timers.schedule({ executionId: "e", step: `${i + 1}`, afterMs: 0 });
    }
    await until(() => fired.length > 3);
    expect(fired).toEqual(["0", "1", "2", "3"]);
  });

  test("a worker whose connection for them was cut finds what was pushed meanwhile when it has another", async () => {
    const [store, other] = [await opened({ isDeaf: false }), await opened({ isDeaf: false })];
    const { seen } = await idleWorker(store, "cut");
    const client = new pg.Client(await urlOf(database));
    await client.connect();
    onTestFinished(() => client.end());
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'`,
    );
    expect(rowCount).toBeGreaterThan(0);
    await other.jobs.push({ queue: "cut" });
    await until(() => seen.length > 0);
  });
});
