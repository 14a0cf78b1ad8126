import { checkCodec, jsonCodec } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkOptionalBoolean } from "../core/input.ts";
import { defaultSchema } from "../core/schema-name.ts";
import { migrate } from "../migrations/runner.ts";
import type { Database } from "../postgres/database.ts";
import { openDatabase } from "../postgres/open-database.ts";
import { checkRetention } from "../retention/retention.ts";
import { Hints } from "../session/hints.ts";
import { type Store, storeOn, type StoreOptions } from "../store.ts";
import { loadOpenTelemetry } from "../telemetry/open-telemetry.ts";
import { clearSchema } from "./clear.ts";
import { type TestClock, testClock, wakingClock } from "./clock.ts";

/** A store for one test, in memory, with control of its clock. */
export interface TestStore {
  readonly store: Store;
  readonly clock: TestClock;
  /** Closes the store; its contents are gone. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type TestOptions = Pick<StoreOptions, "codec" | "coalesce" | "retention">;

const testOptions: Fields<TestOptions> = fieldsOf<TestOptions>({ codec: true, coalesce: true, retention: true });

/** One embedded PostgreSQL serves all test stores of a process, each in its own schema. */
let shared: Promise<Database> | null = null;
let schemasMade = 0;
/**
 * Schemas of closed test stores, emptied: clearing one takes milliseconds, creating one a tenth of a second. The first comes with the
 * prepared image.
 */
const spare: string[] = [defaultSchema];

/**
 * Opens an empty store in memory: the same SQL on the same PostgreSQL as in production, without a server. The first call of a process
 * starts PostgreSQL, in about a second; later ones take milliseconds.
 *
 * Its workers, timer pumps and schedulers run no retention unless `retention` is given. So a test that moves time far ahead still finds
 * its data.
 *
 * ```ts runnable
 * import { testStore } from "holdfast/testing";
 *
 * const { store, clock, close } = await testStore();
 * await store.executions.create({ id: "order-1" });
 * await clock.advance(60_000);
 * await close();
 * ```
 */
export async function testStore(
  options: Pick<StoreOptions, "codec" | "coalesce" | "retention"> = {},
): Promise<TestStore> {
  const { codec = jsonCodec, coalesce = true, retention = false } = testOptions.read(options, "options");
  checkCodec(codec, "codec");
  checkOptionalBoolean(coalesce, "coalesce");
  const policy = checkRetention(retention);
  const [database] = await Promise.all([(shared ??= openShared()), loadOpenTelemetry()]);
  const schema = spare.pop() ?? `test_${++schemasMade}`;
  await migrate(database, schema);
  const ownDatabase = { ...database, close: async () => undefined };
  const parts = { schema, codec, coalesce, retention: policy, location: "a test store" };
  const hints = new Hints(ownDatabase, schema);
  const store = storeOn(ownDatabase, parts, hints);
  const clock = wakingClock(testClock(database, schema), hints);
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= giveBack(store, { database, schema, clock }));
  return { store, clock, close, [Symbol.asyncDispose]: close };
}

/** A failure to open is not remembered: the next call tries again. */
function openShared(): Promise<Database> {
  return openDatabase({ kind: "embedded", folder: null, durability: "none", statementTimeoutMs: 0 }).catch(
    (error: unknown) => {
      shared = null;
      throw error;
    },
  );
}

async function giveBack(
  store: Store,
  { database, schema, clock }: { readonly database: Database; readonly schema: string; readonly clock: TestClock },
): Promise<void> {
  await store.close();
  await clearSchema(database, schema);
  await clock.reset();
  spare.push(schema);
}
