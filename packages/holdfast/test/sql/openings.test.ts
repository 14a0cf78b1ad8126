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
    await store.jobs.configureQueue("q", { concurrencyPerGroup: 1 });
    await store.jobs.pushMany(Array.from({ length: 60 }, () => ({ queue: "q", group: "g" })));
    const looksOf = async (): Promise<number> => {
      await client.query("select pg_stat_force_next_flush()");
      const { rows } = await client.query<{ looks: number }>(
        `select pg_stat_get_tuples_returned('holdfast.job_openings_of_group'::regclass)::integer as looks`,
      );
      return rows[0]?.looks ?? Number.NaN;
    };
    for (let i = 0; i < 50; i++) {
      const [job] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      if (job) await store.jobs.complete(job);
    }
    const before = await looksOf();
    expect(await store.jobs.claim({ queues: ["q"], limit: 1 })).toHaveLength(1);
    expect((await looksOf()) - before).toBeLessThan(20);
    await store.close();
  });
});
