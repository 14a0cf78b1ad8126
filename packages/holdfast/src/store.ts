import type { ClientBase } from "pg";
import { type Archive, archiveOf } from "./archive/archive.ts";
import {
  type BlobOptions,
  type Blobs,
  blobsOf,
  type ContentBackend,
  openBlobBackend,
  resolveBlobs,
} from "./blobs/blobs.ts";
import { type Components, componentsOf } from "./components/components.ts";
import { type Correlations, correlationsOf } from "./correlations/correlations.ts";
import type { CallLimits } from "./database/call-limits.ts";
import { checkCodec, checkedCodec, type Codec, jsonCodec } from "./database/codec.ts";
import type { Database } from "./database/database.ts";
import { copyPlain, type Fields, fieldsOf } from "./database/fields.ts";
import { Hints } from "./database/hints.ts";
import { checkFunction, checkMethods, checkOptionalBoolean } from "./database/input.ts";
import { openDatabase } from "./database/open-database.ts";
import { joinedConnection } from "./database/pool.ts";
import { checkSchemaName, defaultSchema } from "./database/schema-name.ts";
import type { Session } from "./database/session.ts";
import type { ConnectionOptions } from "./database/settings/connection-options.ts";
import { describeConnection } from "./database/settings/describe.ts";
import { resolveConnection } from "./database/settings/resolve.ts";
import { StoreSession, type TransactionOptions } from "./database/store-session.ts";
import { type Definitions, definitionsOf } from "./definitions/definitions.ts";
import { type Executions, executionsOf } from "./executions/executions.ts";
import { type Forks, forkOf } from "./fork/fork.ts";
import { type HealthChecks, healthOf, type Measurements, statsOf } from "./health/health.ts";
import { type History, historyOf } from "./history/history.ts";
import { type Jobs, jobsOf } from "./jobs/jobs.ts";
import { type Kv, kvOf } from "./kv/kv.ts";
import { migrate, migrationStatus, type MigrationStatus, newestMigration } from "./migrations/runner.ts";
import { type Queues, queuesOf } from "./queues/queues.ts";
import { checkRetention, type Retention, retentionOf, type RetentionPolicy } from "./retention/retention.ts";
import { type Schedules, schedulesOf } from "./schedules/schedules.ts";
import { type Snapshots, snapshotsOf } from "./snapshots/snapshots.ts";
import { type Starts, startOf } from "./start/start.ts";
import { type Tasks, tasksOf } from "./tasks/tasks.ts";
import { type Timers, timersOf } from "./timers/timers.ts";
import { type Transition, transitionOf } from "./transition/transition.ts";

/** What a store keeps, noun by noun. Every method means the same on the store and on a transaction. */
export interface Nouns {
  readonly definitions: Definitions;
  readonly executions: Executions & Starts & Transition & Forks;
  readonly tasks: Tasks;
  readonly components: Components;
  readonly kv: Kv;
  readonly correlations: Correlations;
  readonly timers: Timers;
  readonly schedules: Schedules;
  readonly history: History;
  readonly jobs: Jobs;
  readonly queues: Queues;
  readonly snapshots: Snapshots;
  readonly blobs: Blobs;
}

/**
 * One open transaction. Its reads see its own writes; they are committed together or not at all.
 *
 * A call that the database refuses dooms the transaction; make it in a nested `transaction`, which is a savepoint, to go on
 * after it.
 */
export interface Transaction extends Nouns {
  /** Runs `work` behind a savepoint: what it wrote is undone when it throws, and the transaction goes on. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** How a store is opened, besides where its database is. */
export interface StoreOptions {
  /** The schema that holds everything; "holdfast" by default. */
  readonly schema?: string | undefined;
  /**
   * Whether opening brings the schema up to this release; true by default. Where it does not, calls on what is missing throw
   * SchemaError.
   */
  readonly migrate?: boolean | undefined;
  /** How payloads are written and read; plain JSON by default, which refuses what it would change. */
  readonly codec?: Codec | undefined;
  /** Whether single writes of concurrent callers travel together; true by default. */
  readonly coalesce?: boolean | undefined;
  /** Where blobs keep their bytes; in PostgreSQL by default. */
  readonly blobs?: BlobOptions | undefined;
  /**
   * What is removed when nobody needs it any more, and when; stated periods by default. Workers, timer pumps and schedulers see to it by
   * themselves, unless this is false.
   */
  readonly retention?: RetentionPolicy | false | undefined;
}

/** The state store of a workflow engine, open. */
export interface Store extends Nouns, Archive, Retention, HealthChecks, Measurements {
  /** The schema that holds everything. */
  readonly schema: string;
  /**
   * Runs `work` in a transaction: committed when it returns, rolled back when it throws. After a serialization failure or a
   * deadlock it is run again from the start, so it must not have effects outside the transaction.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * The same store with an end to each of its calls, COMMIT included: when a signal is aborted, or after a time. What had begun is
   * ended by the database and undone; `facts.outcome` of the error says "unknown" where that cannot be told within a second.
   */
  with(limits: CallLimits): LimitedStore;
  /**
   * The store's nouns on a client of the caller's, inside the transaction that the caller has open on it: they commit with
   * everything else in it, or not at all. Ending it stays the caller's. Its calls throw InvalidInputError while no transaction is
   * open on the client.
   */
  within(client: ClientBase): Transaction;
  /** Brings the schema up to this release; gives the names of the migrations that were applied. Not inside the caller's transaction. */
  migrate(): Promise<readonly string[]>;
  /** Every migration of this release, and since when the schema has it. */
  migrations(): Promise<readonly MigrationStatus[]>;
  /**
   * Calls `listener` with the topics in which something was written ("timers", "schedules", "history", "jobs:QUEUE", "canceled-jobs:QUEUE"), null when some may
   * be missed. Calls `onComing` with the topic of work that this process is about to write by itself ("jobs:QUEUE", "executions:QUEUE"): a
   * claim that is made at once travels with it, in one commit. The hint follows once it is there.
   */
  onHint(listener: (topic: string | null) => void, onComing?: (topic: string) => void): Promise<() => Promise<void>>;
  /** Refuses further calls, waits for those under way, and closes what Holdfast opened. A second call does nothing. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A store whose every call has an end. */
export type LimitedStore = Nouns & Retention & Measurements & Pick<Store, "transaction">;

/**
 * Opens a store. With nothing said, in the environment either, it is embedded in the folder `.holdfast`.
 *
 * @throws InvalidInputError for settings that are wrong, naming them. @throws UnavailableError when the database cannot be reached.
 * @throws SchemaError when its schema is newer than this release or not Holdfast's.
 */
export async function openStore(options: ConnectionOptions & StoreOptions = {}): Promise<Store> {
  const {
    schema = defaultSchema,
    migrate: isMigrating = true,
    codec,
    coalesce,
    retention,
    blobs,
    ...connection
  } = copyPlain(options, "options");
  checkSchemaName(schema);
  checkOptionalBoolean(isMigrating, "migrate");
  checkOptionalBoolean(coalesce, "coalesce");
  const policy = checkRetention(retention);
  if (codec !== undefined) checkCodec(codec, "codec");
  const blobSettings = resolveBlobs(blobs);
  const settings = resolveConnection(connection);
  const database = await openDatabase(settings);
  try {
    if (isMigrating) await migrate(database, schema);
    else await migrationStatus(database, schema);
    return storeOn(database, {
      schema,
      codec: codec ?? jsonCodec,
      coalesce: coalesce ?? true,
      retention: policy,
      location: describeConnection(settings),
      blobBackend: await openBlobBackend(blobSettings),
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

/** What a store on an open database is made of. */
interface StoreParts {
  readonly schema: string;
  readonly codec: Codec;
  readonly coalesce: boolean;
  /** Checked; the default periods where it is left out. */
  readonly retention?: ReturnType<typeof checkRetention>;
  readonly location: string;
  /** Where new blobs keep their bytes; in the database itself where there is none. Closed with the store. */
  readonly blobBackend?: ContentBackend | null;
}

/** A store on a database that is open and migrated. */
export function storeOn(database: Database, parts: StoreParts): Store {
  const { schema, codec, coalesce, retention = checkRetention(undefined), location, blobBackend = null } = parts;
  const hints = new Hints(database, schema);
  const session = new StoreSession({ database, schema, codec: checkedCodec(codec), coalesce, hints });
  const ping = async (): Promise<void> => session.ping();
  const nouns = nounsOn(session, blobBackend);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    session.refuseCloseInside();
    await (closing ??= session
      .close()
      .then(() => hints.close())
      .then(() => blobBackend?.close())
      .then(() => database.close()));
  };
  return {
    ...nouns,
    ...archiveOf(session, newestMigration),
    ...retentionOf({ session, blobBackend }, retention),
    schema,
    transaction: transactionsOf(session, blobBackend),
    with: (limits) => {
      const limited = session.with(callLimits.read(limits, "limits"));
      return {
        ...nounsOn(limited, blobBackend),
        ...retentionOf({ session: limited, blobBackend }, retention),
        ...statsOf(limited, database),
        transaction: transactionsOf(limited, blobBackend),
      };
    },
    within: (client) => {
      checkMethods(client, "client", ["query"]);
      const joined = session.join(joinedConnection(client), (topic) => hints.statement(topic));
      return transactionOn(joined, blobBackend);
    },
    ...healthOf({ database, schema, location }, { ping, session }),
    ...statsOf(session, database),
    migrate: () => migrate(database, schema),
    migrations: () => migrationStatus(database, schema),
    onHint: listeningTo(hints),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listeningTo(hints: Hints): Store["onHint"] {
  return async (listener, onComing) => {
    checkFunction(listener, "listener");
    if (onComing !== undefined) checkFunction(onComing, "onComing");
    return hints.listen(listener, onComing);
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

function transactionOn(session: Session, blobBackend: ContentBackend | null): Transaction {
  return {
    ...nounsOn(session, blobBackend),
    transaction: async (work) => {
      checkFunction(work, "work");
      return session.transaction((inner) => work(transactionOn(inner, blobBackend)));
    },
  };
}

function nounsOn(session: Session, blobBackend: ContentBackend | null): Nouns {
  return {
    definitions: definitionsOf(session),
    executions: { ...executionsOf(session), ...startOf(session), ...transitionOf(session), ...forkOf(session) },
    tasks: tasksOf(session),
    components: componentsOf(session),
    kv: kvOf(session),
    correlations: correlationsOf(session),
    timers: timersOf(session),
    schedules: schedulesOf(session),
    history: historyOf(session),
    jobs: jobsOf(session),
    queues: queuesOf(session),
    snapshots: snapshotsOf(session),
    blobs: blobsOf(session, blobBackend),
  };
}
