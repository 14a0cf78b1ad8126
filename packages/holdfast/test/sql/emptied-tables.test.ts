import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";

// Plans that were made after a vacuum of empty tables, which then knows that they hold nothing, are kept until the next ANALYZE.
describeOnServers("workflows on tables that were vacuumed while they were empty", (fresh) => {
  test("read no table whole when those have grown", async () => {
    const client = new pg.Client(await urlOf(fresh));
    await client.connect();
    onTestFinished(() => client.end());
    const store = await openStore({ client });
    const { executions } = store;
    onTestFinished(() => store.close());
    let ordinal = 0;
    const workflow = async (queue: string): Promise<void> => {
      const id = `w${++ordinal}`;
      await executions.create({ id, queue });
      const [claimed] = await executions.claim({ queues: [queue], limit: 1 });
      const require = { token: claimed?.token ?? 0 };
      await executions.transition(id, { require, tasks: [{ id: `${id}-first`, name: "first" }] });
      await executions.transition(id, { require, state: { n: 1 }, history: [{ kind: "k" }] });
      const end = { status: "succeeded" } as const;
      await executions.transition(id, { require, tasks: [{ id: `${id}-last`, name: "last" }], end });
    };
    const workflows = async (): Promise<void> => {
      for (let i = 0; i < 8; i++) await workflow("q");
      for (let i = 0; i < 8; i++) await Promise.all(["q", "r", "s"].map(workflow));
    };
    const rowsReadWhole = async (): Promise<ReadonlyMap<string, number>> => {
      await client.query("select pg_stat_force_next_flush()");
      const { rows } = await client.query<{ name: string; read: number }>(
        "select relname as name, seq_tup_read::integer as read from pg_stat_user_tables where schemaname = 'holdfast'",
      );
      return new Map(rows.map(({ name, read }) => [name, read]));
    };
    await client.query("vacuum analyze");
    await workflows();
    await executions.createMany(Array.from({ length: 500 }, (_, i) => ({ id: `waiting-${i}`, queue: "waiting" })));
    await store.jobs.pushMany(Array.from({ length: 300 }, () => ({ executionId: "waiting-1", queue: "waiting" })));
    await store.timers.scheduleMany(
      Array.from({ length: 300 }, (_, i) => ({ executionId: "waiting-1", step: `s${i}`, afterMs: 3_600_000 })),
    );
    await store.correlations.waitMany(
      Array.from({ length: 300 }, (_, i) => ({ executionId: "waiting-1", step: `s${i}`, key: `k${i}` })),
    );
    const before = await rowsReadWhole();
    await workflows();
    const after = [...(await rowsReadWhole())].filter(([name, read]) => read - (before.get(name) ?? 0) > 50);
    expect(after).toEqual([]);
  });
});
