import pg from "pg";
import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";

describeOnServers("health", (database) => {
  test("names the indexes that are missing or that the server cannot use, and says what to do", async () => {
    const url = await urlOf(database);
    await using store = await openStore({ url, schema: "indexed" });
    expect(await store.health()).toMatchObject({ isHealthy: true, missingIndexes: [], error: null });
    const client = new pg.Client(url);
    await client.connect();
    try {
      await client.query("drop index indexed.ready_order");
      expect(await store.health()).toMatchObject({
        isHealthy: false,
        missingIndexes: ["ready_order"],
        error: expect.stringMatching(
          /ready_order cannot be used: drop what is left of it, and create it as docs\/schema.sql says/,
        ),
      });
      await client.query("update pg_index set indisvalid = false where indexrelid = 'indexed.tasks_status'::regclass");
      const { missingIndexes } = await store.health();
      expect(missingIndexes).toEqual(["ready_order", "tasks_status"]);
    } finally {
      await client.end();
    }
  });
});
