import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";

describeOnServers("claims from a queue whose groups have a limit", (fresh) => {
  test("do not look again at the openings that earlier claims have settled", async () => {
    const client = new pg.Client(await urlOf(fresh));
    await client.connect();
    onTestFinished(() => client.end());
    const store = await openStore({ client });
    await store.queues.configure("q", { concurrencyPerGroup: 1 });
    const groups = Array.from({ length: 50 }, (_, n) => ({ queue: "q", group: `g${n}` }));
    for (let i = 0; i < 15; i++) await store.jobs.pushMany(groups);
    await client.query("analyze");
    const looksOf = async (): Promise<number> => {
      await client.query("select pg_stat_force_next_flush()");
      const { rows } = await client.query<{ looks: number }>(
        `select pg_stat_get_tuples_returned('holdfast.openings_of_queue'::regclass)::integer as looks`,
      );
      return rows[0]?.looks ?? Number.NaN;
    };
    for (let i = 0; i < 12; i++) {
      const jobs = await store.jobs.claim({ queues: ["q"], limit: 50 });
      await store.jobs.completeMany(jobs.map((claim) => ({ claim })));
    }
    const before = await looksOf();
    expect(await store.jobs.claim({ queues: ["q"], limit: 50 })).toHaveLength(50);
    // Of each group there are two, and few that ended since the claim before.
    expect((await looksOf()) - before).toBeLessThan(500);
    await store.close();
  });
});
