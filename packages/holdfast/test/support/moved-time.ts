import { jsonCodec } from "../../src/database/codec.ts";
import { openDatabase } from "../../src/database/open-database.ts";
import { resolveConnection } from "../../src/database/settings/resolve.ts";
import type { Store } from "../../src/index.ts";
import { migrate } from "../../src/migrations/runner.ts";
import { storeOn } from "../../src/store.ts";
import { type TestClock, testClock } from "../../src/testing/clock.ts";
import type { FreshDatabase } from "./databases.ts";

/**
 * Opens a store with the hands of its clock: what must not run out while a busy machine comes to the next statement lasts long,
 * and is made to run out.
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
