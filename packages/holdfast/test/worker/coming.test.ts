import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openStore, startWorker } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";

describeOnServers("what an idle worker of the same process gets", (database) => {
  async function idle() {
    const store = await openStore(await database.prepared());
    const jobs: string[] = [];
    const executions: string[] = [];
    const { promise: released, resolve: release } = withResolvers();
    let answered = 0;
    const watched = {
      ...store.jobs,
      next: async (queues: readonly string[]) => {
        const next = await store.jobs.next(queues);
        answered++;
        return next;
      },
    };
    const worker = await startWorker(
      { ...store, jobs: watched },
      {
        queues: { q: ({ id }) => (jobs.push(id), released) },
        executions: { q: ({ id }) => (executions.push(id), released) },
        pollMs: 60_000,
      },
    );
    onTestFinished(async () => {
      release();
      await worker.stop();
      await store.close();
    });
    // Both loops have found nothing, know when the next is due, and sleep.
    await until(() => answered === 2);
    return { store, jobs, executions };
  }

  const sql = (table: string): string =>
    `select made.xmin = lease.xmin as together from holdfast.${table} as made join holdfast.leases as lease using (id) where id = $1`;

  test("is claimed in the transaction that makes it", async () => {
    const { store, jobs, executions } = await idle();
    const options = await database.prepared();
    const client = new pg.Client("url" in options ? options.url : undefined);
    await client.connect();
    onTestFinished(() => client.end());
    const job = await store.jobs.push({ queue: "q" });
    const { execution } = await store.executions.create({ queue: "q" });
    await until(() => jobs.length + executions.length === 2);
    expect([jobs, executions]).toEqual([[job.id], [execution.id]]);
    const together = async (table: string, id: string): Promise<unknown> => (await client.query(sql(table), [id])).rows;
    expect(await together("jobs", job.id)).toEqual([{ together: true }]);
    expect(await together("executions", execution.id)).toEqual([{ together: true }]);
  });

  test("is claimed in the transaction that makes it, beside a call that came before", async () => {
    const { store, jobs } = await idle();
    const [, job] = await Promise.all([store.executions.create({ id: "before" }), store.jobs.push({ queue: "q" })]);
    await until(() => jobs.length === 1);
    const { rows } = await store.transaction((tx) =>
      tx.query(
        `select (select xmin from holdfast.executions where id = 'before') = lease.xmin as together
         from holdfast.leases as lease where id = $1`,
        [job.id],
      ),
    );
    expect(rows).toEqual([{ together: true }]);
  });

  test("can be had by hand, by a claim that is made at once", async () => {
    const store = await openStore(await database.prepared());
    onTestFinished(() => store.close());
    const claims: Promise<readonly { readonly id: string }[]>[] = [];
    const stop = await store.onHint(
      () => undefined,
      (topic) => {
        if (topic === "jobs:hand") claims.push(store.jobs.claim({ queues: ["hand"], limit: 2 }));
        if (topic === "executions:hand") claims.push(store.executions.claim({ queues: ["hand"], limit: 2 }));
      },
    );
    const job = await store.jobs.push({ queue: "hand" });
    const { execution } = await store.executions.create({ queue: "hand" });
    expect((await Promise.all(claims)).map((found) => found.map(({ id }) => id))).toEqual([[job.id], [execution.id]]);
    await stop();
    await store.jobs.push({ queue: "hand" });
    expect(claims).toHaveLength(2);
    await expect(store.onHint("jobs:hand" as never)).rejects.toMatchObject({ facts: { field: "listener" } });
    await expect(store.onHint(() => undefined, {} as never)).rejects.toMatchObject({ facts: { field: "onComing" } });
  });

  test("is none of what is refused, and all of the rest, once each", async () => {
    const { store, jobs, executions } = await idle();
    const refused = Array.from({ length: 10 }, () => store.jobs.push({ queue: "q", executionId: "missing" }));
    const pushed = Array.from({ length: 40 }, (_, i) => store.jobs.push({ queue: "q", priority: i % 3 }));
    const created = Array.from({ length: 10 }, (_, i) =>
      store.executions.create({ queue: "q", idempotencyKey: `k${i % 5}` }),
    );
    expect((await Promise.allSettled(refused)).map(({ status }) => status)).toEqual(refused.map(() => "rejected"));
    const ids = new Set((await Promise.all(created)).map(({ execution }) => execution.id));
    const made = new Set((await Promise.all(pushed)).map(({ id }) => id));
    await until(() => jobs.length === 10 && executions.length === 5);
    expect(executions.toSorted()).toEqual([...ids].toSorted());
    expect(jobs.every((id) => made.has(id))).toBe(true);
    const { ready, running } = await store.queues.counts("q");
    expect([ready + running, running >= 10]).toEqual([40, true]);
  });
});
