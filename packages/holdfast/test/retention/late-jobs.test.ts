import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { Observer, urlOf } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";

/** Makes the removal of executions wait in the midst of its statement, after its snapshot and before its locks, if it takes any. */
const slowRemoval = `
  create or replace function holdfast.now() returns timestamptz language plpgsql volatile as $$
  begin
    if current_query() like '%delete from %executions as stored%' then perform pg_advisory_xact_lock(1); end if;
    return statement_timestamp();
  end
  $$`;

describeOnServers("retention", (database) => {
  test("lets no job be added to an execution that it is about to remove", async () => {
    await using store = await openStore(await database.options());
    const server = await Observer.on(database);
    const client = new pg.Client(await urlOf(database));
    await client.connect();
    try {
      await store.executions.create({ id: "e" });
      await store.executions.acquireLease("e", { holder: "h", leaseMs: 60_000 });
      await client.query("update holdfast.executions set lease_until = '2020-01-01' where id = 'e'");
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
