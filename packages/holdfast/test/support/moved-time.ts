import { jsonCodec } from "../../src/core/codec.ts";
import type { Store } from "../../src/index.ts";
import { migrate } from "../../src/migrations/runner.ts";
import { resolveConnection } from "../../src/postgres/connection/resolve.ts";
import { openDatabase } from "../../src/postgres/open-database.ts";
import { storeOn } from "../../src/store.ts";
import { type TestClock, testClock } from "../../src/testing/clock.ts";
import type { FreshDatabase } from "./databases.ts";

/**
 * Opens a store with control of its clock. Leases last long enough for a busy machine to reach the next statement, and the clock makes
 * them expire.
 */
export async function storeWithClock(
  fresh: FreshDatabase,
): Promise<{ readonly store: Store; readonly clock: TestClock }> {
  const schema = "holdfast";
  const database = await openDatabase(resolveConnection(await fresh.prepared()));
  await migrate(database, schema);
  const store = storeOn(database, { schema, codec: jsonCodec, coalesce: true, location: "a store under test" });
  return { store, clock: testClock(database, schema) };
}
