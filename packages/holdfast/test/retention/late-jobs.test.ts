import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { Observer, urlOf } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";

/** Makes the removal of executions wait within its statement, after its snapshot and before it deletes. */
const slowRemoval = `
  create function public.wait_for_test() returns trigger language plpgsql as $$
  begin
    perform pg_advisory_xact_lock(1);
    return old;
  end
  $$;
  create trigger slow_removal before delete on holdfast.executions for each row execute function public.wait_for_test()`;

describeOnServers("retention", (database) => {
  test("lets no job be added to an execution that it is about to remove", async () => {
    await using store = await openStore(await database.prepared());
    const server = await Observer.on(database);
    const client = new pg.Client(await urlOf(database));
    await client.connect();
    try {
      await store.executions.create({ id: "e" });
      await store.executions.setStatus("e", "succeeded");
      await client.query(slowRemoval);
      await client.query("begin; select pg_advisory_xact_lock(1)");
      const retained = store.retain({ executions: 0 });
      await server.seesWaiting(retained);
      const isPushed = store.jobs.push({ id: "late", queue: "q", executionId: "e" }).then(
        () => true,
        () => false,
      );
      await Promise.race([isPushed, sleep(500)]);
      await client.query("commit");
      await retained;
      expect([await isPushed, await store.jobs.get("late"), await store.executions.get("e")]).toEqual([
        false,
        null,
        null,
      ]);
    } finally {
      await client.end();
      await server.close();
    }
  });
});
