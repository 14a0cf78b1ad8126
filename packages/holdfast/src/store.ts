import type { ClientBase } from "pg";
import { type Archive, archiveOf } from "./archive/archive.ts";
import { type BlobOptions, type ContentBackend, openBlobBackend, resolveBlobs } from "./blobs/blobs.ts";
import { checkCodec, checkedCodec, type Codec, jsonCodec } from "./core/codec.ts";
import { copyPlain, type Fields, fieldsOf } from "./core/fields.ts";
import { checkFunction, checkMethods, checkOptionalBoolean } from "./core/input.ts";
import { checkSchemaName, defaultSchema } from "./core/schema-name.ts";
import { type HealthChecks, healthOf, type Measurements, statsOf } from "./health/health.ts";
import { type Metrics, metricsOf, observeStore } from "./metrics/metrics.ts";
import { migrate, migrationStatus, type MigrationStatus, newestMigration } from "./migrations/runner.ts";
import { type Nouns, nounsOn } from "./nouns.ts";
import type { ConnectionOptions } from "./postgres/connection/connection-options.ts";
import { describeConnection } from "./postgres/connection/describe.ts";
import { resolveConnection } from "./postgres/connection/resolve.ts";
import { targetOf } from "./postgres/connection/target.ts";
import type { Database } from "./postgres/database.ts";
import { openDatabase } from "./postgres/open-database.ts";
import { joinedConnection } from "./postgres/pool.ts";
import type { TransactionClient } from "./postgres/transaction-client.ts";
import { type Reads, readsOf } from "./reads.ts";
import { checkRetention, type Retention, retentionOf, type RetentionPolicy } from "./retention/retention.ts";
import type { AbortableSession } from "./session/abortable-session.ts";
import type { CallLimits } from "./session/call-limits.ts";
import { Events, type StoreEventName, type StoreListener } from "./session/events.ts";
import { Hints } from "./session/hints.ts";
import { inOneSnapshot, type SnapshotSession } from "./session/one-snapshot.ts";
import {
  checkStatementLog,
  type SentStatement,
  StatementFigures,
  type StatementLog,
} from "./session/statement-figures.ts";
import { StoreSession, type TransactionOptions } from "./session/store-session.ts";
import { Tally } from "./session/tally.ts";
import { loadOpenTelemetry } from "./telemetry/open-telemetry.ts";
import type { TelemetryAttributes } from "./telemetry/span-parts.ts";
import { type JoinedTransaction, joinedTransactionOn, type Transaction, transactionOn } from "./transaction.ts";

/** The options of a store, besides the location of its database. */
export interface StoreOptions {
  /** The schema that holds everything; "holdfast" by default. */
  readonly schema?: string | undefined;
  /** Whether opening brings the schema to this release; true by default. Otherwise, calls that need a missing part throw a SchemaError. */
  readonly migrate?: boolean | undefined;
  /** How payloads are written and read. Plain JSON by default, which refuses values that it would change. */
  readonly codec?: Codec | undefined;
  /** Whether single writes of concurrent callers travel together; true by default. */
  readonly coalesce?: boolean | undefined;
  /**
   * Whether writes notify the workers of other processes; true by default. Without these notifications, work waits for the next poll of
   * such a worker, and each write saves a statement. Workers on this store get their hints either way.
   */
  readonly hints?: boolean | undefined;
  /** Where blobs keep their bytes; in PostgreSQL by default. */
  readonly blobs?: BlobOptions | undefined;
  /** What retention removes, and when; stated periods by default. Workers, timer pumps and schedulers run it, unless this is false. */
  readonly retention?: RetentionPolicy | false | undefined;
  /**
   * Called with each statement that the store sends, after its answer: its name, time, rows and error code, and never its values. Its
   * errors are dropped.
   */
  readonly onStatement?: ((statement: SentStatement) => unknown) | undefined;
  /** Limits `onStatement` to statements that took at least as long, in milliseconds, or failed. */
  readonly slowStatementMs?: number | undefined;
}

/** The state store of a workflow engine, open. */
export interface Store extends Nouns, Reads, Archive, Retention, HealthChecks, Measurements, Metrics {
  /** The schema that holds everything. */
  readonly schema: string;
  /**
   * Runs `work` in a transaction: committed when it returns, rolled back when it throws. After a serialization failure or a deadlock it
   * runs again from the start, so it must not have effects outside the transaction.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * The same store with a limit on each of its calls, COMMIT included: a signal, or a time. The database ends and undoes a call that had
   * begun. If its outcome is still unknown after a second, `facts.outcome` of the error says "unknown".
   */
  with(limits: CallLimits): LimitedStore;
  /**
   * The store's nouns on a client of the caller's, inside its open transaction: they commit with everything else in it, or not at all.
   * The caller ends it. Calls throw an InvalidInputError while no transaction is open on the client.
   */
  within(client: ClientBase | TransactionClient): JoinedTransaction;
  /** Brings the schema to this release, and returns the names of the applied migrations. Not available inside the caller's transaction. */
  migrate(): Promise<readonly string[]>;
  /** Every migration of this release, and when it was applied. */
  migrations(): Promise<readonly MigrationStatus[]>;
  /**
   * Calls `listener` with the topics of writes ("timers", "schedules", "history", "jobs:QUEUE", "canceled-jobs:QUEUE"), and with null
   * when some may be missed. Calls `onComing` with the topic of work that this process is about to write by itself ("jobs:QUEUE",
   * "executions:QUEUE"). A claim made at once travels with it, in one commit. The hint follows the commit.
   */
  onHint(listener: (topic: string | null) => void, onComing?: (topic: string) => void): Promise<() => Promise<void>>;
  /**
   * Calls `listener` for each event of this name that this store commits from now on, also in a worker or a transaction. Those of `within`
   * come with its `committed()`. Without `within`, calls inside a transaction of the caller's own client emit none. Returns a function that
   * stops the calls. Events stay in this process, and a crash after the commit loses them. An error of the listener becomes a process
   * warning.
   *
   * @throws InvalidInputError
   */
  on<Name extends StoreEventName>(name: Name, listener: StoreListener<Name>): () => void;
  /** Refuses further calls, waits for those under way, and closes what Holdfast opened. A second call does nothing. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A store with a limit on every call. */
export type LimitedStore = Nouns & Reads & Retention & Measurements & Pick<Store, "transaction">;

/**
 * Opens a store. Without options, and without settings in the environment, it is embedded in the folder `.holdfast`.
 *
 * @throws InvalidInputError for wrong settings, naming them.
 * @throws UnavailableError if the database cannot be reached.
 * @throws SchemaError if its schema is newer than this release or not Holdfast's.
 */
export async function openStore(options: ConnectionOptions & StoreOptions = {}): Promise<Store> {
  const {
    schema = defaultSchema,
    migrate: isMigrating = true,
    codec,
    coalesce,
    hints,
    retention,
    blobs,
    onStatement,
    slowStatementMs,
    ...connection
  } = copyPlain(options, "options");
  checkSchemaName(schema);
  checkOptionalBoolean(isMigrating, "migrate");
  checkOptionalBoolean(coalesce, "coalesce");
  checkOptionalBoolean(hints, "hints");
  const policy = checkRetention(retention);
  const log = checkStatementLog(onStatement, slowStatementMs);
  if (codec !== undefined) checkCodec(codec, "codec");
  const blobSettings = resolveBlobs(blobs);
  const settings = resolveConnection(connection);
  const [database] = await Promise.all([openDatabase(settings), loadOpenTelemetry()]);
  try {
    if (isMigrating) await migrate(database, schema);
    else await migrationStatus(database, schema);
    return storeOn(database, {
      schema,
      codec: codec ?? jsonCodec,
      coalesce: coalesce ?? true,
      hints,
      retention: policy,
      location: describeConnection(settings),
      target: targetOf(settings, schema),
      blobBackend: await openBlobBackend(blobSettings),
      log,
    });
  } catch (error) {
    await database.close();
    throw error;
  }
}

const callLimits: Fields<CallLimits> = fieldsOf<CallLimits>({ signal: true, timeoutMs: true });

const transactionOptions: Fields<TransactionOptions> = fieldsOf<TransactionOptions>({
  isolation: true,
  readOnly: true,
  retries: true,
});

/** The parts of a store on an open database. */
interface StoreParts {
  readonly schema: string;
  readonly codec: Codec;
  readonly coalesce: boolean;
  /** Whether to notify other processes; true if omitted. */
  readonly hints?: boolean | undefined;
  /** Checked; the default periods if omitted. */
  readonly retention?: ReturnType<typeof checkRetention>;
  readonly location: string;
  /** Where new blobs keep their bytes; in the database itself if omitted. Closed with the store. */
  readonly blobBackend?: ContentBackend | null;
  /** What telemetry says of the database, besides the schema. */
  readonly target?: TelemetryAttributes;
  /** Where to report statements. */
  readonly log?: StatementLog;
}

/** A store on a database that is open and migrated. It closes its hints. */
export function storeOn(given: Database, parts: StoreParts, ownHints?: Hints): Store {
  const { schema, retention = checkRetention(undefined), location, blobBackend = null } = parts;
  const [statements, tally, events] = [new StatementFigures(parts.log), new Tally(), new Events()];
  const database: Database = { ...given, connect: () => given.connect(statements.observe) };
  const hints = ownHints ?? new Hints(database, schema, parts.hints);
  const { coalesce, target = {} } = parts;
  const codec = checkedCodec(parts.codec);
  const session = new StoreSession({ database, schema, codec, coalesce, hints, events, tally, target });
  const usage = { connections: () => database.usage(), listening: () => hints.usage() };
  const measurements = statsOf(session, usage);
  const measured = { session, database, schema, measurements, policy: retention, tally, statements, usage };
  const endObserving = observeStore(measured);
  const close = closing(session, [
    endObserving,
    () => hints.close(),
    () => blobBackend?.close(),
    () => database.close(),
  ]);
  return {
    ...nounsOn(session, blobBackend),
    ...snapshotReadsOf(session, blobBackend),
    ...archiveOf(session, newestMigration),
    ...retentionOf({ session, blobBackend }, retention),
    schema,
    transaction: transactionsOf(session, blobBackend),
    with: (limits) => {
      const limited = session.with(callLimits.read(limits, "limits"));
      return { ...limitedStore(limited, { blobBackend, retention }), ...statsOf(limited, usage) };
    },
    within: (client) => {
      checkMethods(client, "client", ["query"]);
      const connection = joinedConnection(client, statements.observe);
      const joined = session.join(connection);
      return joinedTransactionOn(joined, blobBackend, () => session.settle(joined));
    },
    ...healthOf({ database, schema, location }, { ping: () => session.ping(), session }),
    ...measurements,
    ...metricsOf(measured),
    migrate: () => migrate(database, schema),
    migrations: () => migrationStatus(database, schema),
    onHint: (listener, onComing) => hints.listen(listener, onComing),
    on: (name, listener) => events.on(name, listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Closes a session and then its parts, one after another, once. */
function closing(session: StoreSession, parts: readonly (() => unknown)[]): Store["close"] {
  let closed: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    await session.close();
    for (const part of parts) await part();
  };
  return async () => {
    session.refuseCloseInside();
    await (closed ??= closeAll());
  };
}

function limitedStore(
  session: AbortableSession,
  { blobBackend, retention }: Pick<Required<StoreParts>, "blobBackend" | "retention">,
): Omit<LimitedStore, keyof Measurements> {
  return {
    ...nounsOn(session, blobBackend),
    ...snapshotReadsOf(session, blobBackend),
    ...retentionOf({ session, blobBackend }, retention),
    transaction: transactionsOf(session, blobBackend),
  };
}

/** The `transaction` of a session, whose work gets nouns. */
function transactionsOf(
  session: Pick<StoreSession, "transaction">,
  blobBackend: ContentBackend | null,
): Store["transaction"] {
  return async (work, options = {}) => {
    checkFunction(work, "work");
    const given = transactionOptions.read(options, "options");
    return session.transaction((inner) => work(transactionOn(inner, blobBackend)), given);
  };
}

/** The reads of a store. */
function snapshotReadsOf(session: SnapshotSession, blobBackend: ContentBackend | null): Reads {
  return readsOf((work) => inOneSnapshot(session, (reading) => work(nounsOn(reading, blobBackend))));
}
