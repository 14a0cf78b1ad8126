import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { urlOf } from "./support.ts";

describeOnServers("changes of many jobs", (database) => {
  test("change a job once that becomes ready between their two reads", async () => {
    const client = new pg.Client({ connectionString: await urlOf(database) });
    await client.connect();
    const others = await openStore(await database.prepared());
    const store = await openStore({ client });
    onTestFinished(async () => {
      await store.close();
      await client.end();
      await others.close();
    });
    await others.jobs.push({ queue: "moved" });
    const [job] = await others.jobs.claim({ queues: ["moved"], limit: 1 });
    if (job === undefined) throw new Error("Nothing was claimed.");

    const send = client.query.bind(client) as (query: unknown) => Promise<unknown>;
    let moves = 0;
    const watched = async (query: unknown): Promise<unknown> => {
      const answer = await send(query);
      if (moves === 0 && JSON.stringify(query).includes("group_lines")) {
        moves++;
        await others.jobs.release(job);
      }
      return answer;
    };
    Object.defineProperty(client, "query", { value: watched });
    expect(await store.jobs.cancelAll({ queue: "moved" })).toEqual({ changed: 1, next: null });
    expect(moves).toBe(1);
    expect(await others.queues.counts("moved")).toMatchObject({ ready: 0, running: 0, canceled: 1 });
  });
});
