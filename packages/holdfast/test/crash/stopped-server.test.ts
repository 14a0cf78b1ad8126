import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type JobHandler, openStore, startWorker, type Store, UnavailableError } from "../../src/index.ts";
import { ownServer } from "../support/own-server.ts";
import { processesTimeoutMs, until } from "../support/waiting.ts";
import { kindsOf } from "./support.ts";

// PostgreSQL is stopped and started, or dies and is started, while workers run and clients push.

async function opened(url: string): Promise<Store> {
  const store = await openStore({ url });
  onTestFinished(() => store.close());
  return store;
}

/** Does a job's work and its acknowledgement in one step, which is there once however often it is tried. */
const work: JobHandler = async (job, context) => {
  await sleep(5);
  await context.complete(undefined, { step: { usage: { jobs: 1 }, history: [{ kind: job.id }] } });
};

/** Pushes jobs over and over, and goes on after an outage; answers the ids of those that were acknowledged. */
async function pushing(store: Store, name: string, isOver: () => boolean): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let turn = 0; !isOver(); turn++) {
    const id = `${name}-${turn}`;
    try {
      await store.jobs.push({ id, queue: "q", executionId: "e" });
      acknowledged.push(id);
      await sleep(2);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      await sleep(20);
    }
  }
  return acknowledged;
}

for (const end of ["stop", "kill"] as const) {
  const title = `workers go on after a ${end} of the server, and lose and repeat no acknowledged work`;
  test(title, { timeout: processesTimeoutMs }, async (context) => {
    const server = await ownServer(context, { major: 18 });
    const store = await opened(server.url);
    await store.executions.create({ id: "e" });
    const worker = await startWorker(store, {
      queues: { q: work },
      leaseMs: 1000,
    });
    let isOver = false;
    const pushed = Array.from({ length: 3 }, (_, i) => pushing(store, `client-${i}`, () => isOver));
    for (let outage = 0; outage < 2; outage++) {
      await sleep(150);
      if (end === "kill") await server.kill();
      await server.restart();
    }
    await sleep(150);
    isOver = true;
    const acknowledged = (await Promise.all(pushed)).flat();
    await until(async () => {
      const { ready, scheduled, running } = await store.queues.counts();
      return ready + scheduled + running === 0;
    });
    await worker.stop();
    const done = await kindsOf(store, "e");
    expect(new Set(done).size).toBe(done.length);
    expect(acknowledged.filter((id) => !done.includes(id))).toEqual([]);
    expect(await store.queues.counts()).toMatchObject({ succeeded: done.length, dead: 0 });
    expect((await store.executions.require("e")).usage).toEqual({ jobs: done.length });
  });
}

test(
  "a worker is woken by pushes of other processes again after the server was away",
  { timeout: processesTimeoutMs },
  async (context) => {
    const server = await ownServer(context, { major: 18 });
    const store = await opened(server.url);
    const other = await opened(server.url);
    const heard: (string | null)[] = [];
    await store.onHint((topic) => heard.push(topic));
    const ran: string[] = [];
    // It would not look for work by itself during the test.
    const worker = await startWorker(store, { queues: { q: async (job) => ran.push(job.id) }, pollMs: 3_600_000 });
    await other.jobs.push({ id: "before", queue: "q" });
    await until(() => ran.includes("before"));
    await server.restart();
    // Null says that hints may have been missed meanwhile.
    await until(() => heard.includes(null));
    await until(() => other.jobs.push({ id: "after", queue: "q" }).then(Boolean, () => false));
    await until(() => ran.includes("after"));
    await worker.stop();
    expect(ran).toEqual(["before", "after"]);
  },
);
