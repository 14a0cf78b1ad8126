import { type ContentBackend, openBlobBackend, resolveBlobs } from "../blobs/blobs.ts";
import { checkCodec, type Codec, jsonCodec } from "../core/codec.ts";
import { HoldfastError, InvalidInputError } from "../core/errors.ts";
import { copyPlain } from "../core/fields.ts";
import { checkOptionalBoolean } from "../core/input.ts";
import { quote } from "../core/quote.ts";
import { checkSchemaName } from "../core/schema-name.ts";
import { migrate } from "../migrations/runner.ts";
import type { ConnectionOptions } from "../postgres/connection/connection-options.ts";
import { resolveConnection } from "../postgres/connection/resolve.ts";
import type { Database } from "../postgres/database.ts";
import { openDatabase } from "../postgres/open-database.ts";
import { checkRetention } from "../retention/retention.ts";
import { Hints } from "../session/hints.ts";
import { retriesDefault, retrying } from "../session/run-plan.ts";
import { storeOn, type StoreOptions } from "../store.ts";
import { ask } from "./ask.ts";
import { clearSchema } from "./clear.ts";
import { type TestClock, testClock, wakingClock } from "./clock.ts";
import type { TestStore } from "./test-store.ts";

/** The location and options of test stores. */
export type TestSchemaOptions = ConnectionOptions &
  Pick<StoreOptions, "codec" | "coalesce" | "blobs" | "retention"> & {
    /** Emptied before every test: name a schema without valuable data. */
    readonly schema: string;
    /** Whether the schema must not exist yet; false by default. */
    readonly fresh?: boolean | undefined;
  };

/** A schema for tests on a database of your choice. */
export interface TestSchema {
  /** What the server says about its version, such as "PostgreSQL 18.4 on x86_64-pc-linux-gnu". */
  readonly serverVersion: string;
  /** Empties the schema and opens a store on it. Close the store before the next one is opened. */
  open(): Promise<TestStore>;
  /** Closes the connections. The schema stays. */
  close(): Promise<void>;
  /** Removes the schema with all that it holds, and closes the connections. */
  drop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a schema whose stores have a clock to move, like those of {@link testStore}, on any database that `openStore` takes. It makes the
 * schema where there is none, and empties it before each store.
 *
 * Its workers, timer pumps and schedulers run no retention unless `retention` is given.
 *
 * ```ts
 * import { testSchema } from "holdfast/testing";
 *
 * const schema = await testSchema({ url: "postgres://localhost/test", schema: "my_tests" });
 * const { store, clock, close } = await schema.open();
 * await store.executions.create({ id: "order-1" });
 * await clock.advance(60_000);
 * await close();
 * await schema.close();
 * ```
 *
 * @throws InvalidInputError for settings that are wrong.
 * @throws UnavailableError when the database cannot be reached.
 * @throws SchemaError when the schema is newer than this release or not Holdfast's.
 */
export async function testSchema(options: TestSchemaOptions): Promise<TestSchema> {
  const {
    schema,
    codec = jsonCodec,
    coalesce = true,
    blobs,
    retention = false,
    fresh = false,
    ...connection
  } = copyPlain(options, "options");
  checkSchemaName(schema);
  checkCodec(codec, "codec");
  checkOptionalBoolean(coalesce, "coalesce");
  checkOptionalBoolean(fresh, "fresh");
  const policy = checkRetention(retention);
  const settings = resolveConnection(connection);
  const blobBackend = await openBlobBackend(resolveBlobs(blobs));
  const database = await openDatabase(settings);
  const clock = testClock(database, schema);
  let serverVersion: string;
  try {
    await makeSchema(database, schema, { fresh });
    // If the process that had the schema before was killed, its time may still be ahead.
    await clock.advance(0);
    serverVersion = String(await ask(database, schema, "select pg_catalog.version()"));
  } catch (error) {
    blobBackend?.close();
    await database.close();
    throw error;
  }
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    if (closing === null) blobBackend?.close();
    await (closing ??= database.close());
  };
  const drop = async (): Promise<void> => {
    try {
      await retrying(() => ask(database, schema, dropSql), { retries: retriesDefault, signal: undefined });
    } finally {
      await close();
    }
  };
  return {
    serverVersion,
    open: () => openEmpty({ database, schema, clock, codec, coalesce, retention: policy, blobBackend }),
    close,
    drop,
    [Symbol.asyncDispose]: close,
  };
}

// A test that was given up may still hold locks, or take them in another order. The limit ends the wait, and what collides is tried again.
// The two statements are one transaction, because they are sent together.
const dropSql = `set local lock_timeout = '10s';
drop schema "holdfast" cascade`;

async function makeSchema(database: Database, schema: string, { fresh }: { readonly fresh: boolean }): Promise<void> {
  if (fresh) await makeNew(database, schema);
  try {
    await migrate(database, schema);
  } catch (error) {
    if (fresh) await ask(database, schema, dropSql).catch(() => undefined);
    throw error;
  }
}

async function makeNew(database: Database, schema: string): Promise<void> {
  try {
    await ask(database, schema, 'create schema "holdfast"');
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new InvalidInputError(`schema ${quote(schema)} exists: name one that does not.`, {
      cause: error,
      facts: { field: "schema" },
    });
  }
}

function isTaken(error: unknown): boolean {
  return (
    error instanceof HoldfastError &&
    error.cause instanceof Error &&
    "code" in error.cause &&
    error.cause.code === "42P06"
  );
}

interface SchemaParts {
  readonly database: Database;
  readonly schema: string;
  readonly clock: TestClock;
  readonly codec: Codec;
  readonly coalesce: boolean;
  readonly retention: ReturnType<typeof checkRetention>;
  readonly blobBackend: ContentBackend | null;
}

async function openEmpty({ database, clock, blobBackend, ...parts }: SchemaParts): Promise<TestStore> {
  await clearSchema(database, parts.schema);
  const hints = new Hints(database, parts.schema);
  const store = storeOn(
    { ...database, close: async () => undefined },
    {
      ...parts,
      location: "a test store",
      blobBackend: blobBackend && { ...blobBackend, close: () => undefined },
    },
    hints,
  );
  // The contents of the rows that were just cleared.
  if (blobBackend) await store.blobs.sweep({ olderThanMs: 0 });
  const close = async (): Promise<void> => {
    await clock.reset();
    await store.close();
  };
  return { store, clock: wakingClock(clock, hints), close, [Symbol.asyncDispose]: close };
}
