import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { openStore, type Store, type StoreOptions, type Transaction } from "../../src/index.ts";
import type { FreshDatabase } from "../support/databases.ts";

/** The URL of a database on a server. */
export async function urlOf(database: FreshDatabase): Promise<string> {
  const options = await database.prepared();
  if (!("url" in options)) throw new Error(`${database.name} has no URL`);
  return options.url;
}

/** Asks a server what its sessions do, on a connection of its own. */
export class Observer {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async on(database: FreshDatabase): Promise<Observer> {
    const client = new pg.Client({ connectionString: await urlOf(database) });
    await client.connect();
    return new Observer(client);
  }

  /** What the sessions of this database, or those of a name, wait for, of those that wait for a lock that another session holds. */
  async waits(applicationName: string | null = null): Promise<readonly string[]> {
    const { rows } = await this.#client.query<{ wait: string }>(
      `select wait_event as wait from pg_stat_activity
       where datname = current_database() and ($1::text is null or application_name = $1)
         and wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0`,
      [applicationName],
    );
    return rows.map(({ wait }) => wait);
  }

  /** Runs a statement that counts by name, for the names that begin with `prefix`. */
  async counts(text: string, prefix: string): Promise<readonly { readonly name: string; readonly n: number }[]> {
    return (await this.#client.query<{ name: string; n: number }>(text, [prefix])).rows;
  }

  /** Waits until a session waits for a lock, and returns its kind. Fails if `call` ends before. */
  async seesWaiting(call: Promise<unknown>): Promise<string> {
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
    };
    call.then(end, end);
    for (;;) {
      const [wait] = await this.waits();
      if (wait !== undefined) return wait;
      if (hasEnded) throw new Error("It did not wait.");
      await sleep(5);
    }
  }

  /**
   * Counts the deadlocks in this database so far. Sessions report theirs when they end, so close the stores first.
   */
  async deadlocks(): Promise<number> {
    const others = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    while ((await this.#client.query(others)).rowCount !== 0) await sleep(5);
    const { rows } = await this.#client.query<{ deadlocks: string }>(
      "select deadlocks from pg_stat_database where datname = current_database()",
    );
    return Number(rows[0]?.deadlocks);
  }

  /** The size of the server's log so far. It stands beside the data folder. */
  async logBytes(): Promise<number> {
    const { rows } = await this.#client.query<{ size: string }>("select size from pg_stat_file('../log')");
    return Number(rows[0]?.size);
  }

  /** What the server's log says of deadlocks from a byte on: who waited for whom, and with which statements. */
  async deadlockReports(fromBytes: number): Promise<readonly string[]> {
    const { rows } = await this.#client.query<{ log: string }>(
      "select pg_read_file('../log', $1, 1e9::bigint) as log",
      [fromBytes],
    );
    const entries = rows[0]?.log.split(/^(?=\d{4}-\d\d-\d\d .*? (?:ERROR|LOG|FATAL|WARNING): )/m) ?? [];
    return entries.filter((entry) => entry.includes("deadlock detected"));
  }

  /** Makes new sessions look for a deadlock after `ms` of waiting, instead of after one second. */
  async findDeadlocksAfter(ms: number): Promise<void> {
    await this.#client.query(
      `do $$ begin execute format('alter database %I set deadlock_timeout = ${ms}', current_database()); end $$`,
    );
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** Opens a store and an observer of its server before the tests of a `describe`, and closes both after them. */
export function openWithObserver(
  database: FreshDatabase,
  keep: (opened: { readonly store: Store; readonly server: Observer }) => void,
): void {
  let close: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const store = await openStore(await database.prepared());
    const server = await Observer.on(database);
    close = async () => {
      await store.close();
      await server.close();
    };
    keep({ store, server });
  });
  // Not as the cleanup that `beforeAll` may return: that runs after the database has been removed.
  afterAll(() => close?.());
}

/** A transaction that has done its work and is not committed yet. */
export interface Held {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Does work in a transaction, and leaves it open; it is rolled back when the test has finished. */
export async function holding(store: Store, work: (tx: Transaction) => Promise<unknown>): Promise<Held> {
  const rolledBack = new Error("rolled back");
  let end: (error?: Error) => void = () => undefined;
  const ending = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  ending.catch(() => undefined);
  let done: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    done = store.transaction(async (tx) => {
      await work(tx);
      resolve();
      await ending;
    });
    done.catch(reject);
  });
  const rollback = async (): Promise<void> => {
    end(rolledBack);
    await done.catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  };
  onTestFinished(rollback);
  return {
    commit: () => {
      end();
      return done;
    },
    rollback,
  };
}

/** Calls that callers repeat to find out whether they ever wait in a circle. */
export interface Hunt {
  readonly name: string;
  /** Makes the rows that the callers work on. */
  readonly prepare: (store: Store) => Promise<void>;
  /** Each is called by several callers at once. */
  readonly calls: readonly ((store: Store, turn: number) => Promise<unknown>)[];
  /** How many deadlocks a thousand calls may have; none by default. */
  readonly deadlocksPerThousand?: number;
}

/**
 * How many deadlocks a hunt may count. All locks are taken in one order, except in the cases that ARCHITECTURE.md names under "Lock
 * order". The server ends those, and they are tried again.
 */
export function deadlocksMax({ deadlocksPerThousand = 0 }: Hunt, done: readonly number[]): number {
  return Math.ceil((deadlocksPerThousand * done.reduce((sum, count) => sum + count, 0)) / 1000);
}

/** Concurrent calls of each kind: two of one kind can wait in a circle too, if they lock in different orders. */
const callersOfEach = 3;

/** What a hunt has found. */
export interface Hunted {
  /** How many deadlocks there were, without those of PostgreSQL's own making. */
  readonly deadlocks: number;
  /** What the server's log says of all deadlocks. */
  readonly reports: readonly string[];
  /** How often each call succeeded. */
  readonly done: readonly number[];
  readonly failures: readonly string[];
}

/** Hunts for some time. */
export async function hunt(
  database: FreshDatabase,
  { prepare, calls }: Hunt,
  { ms, stores: count = 2, ...options }: { readonly ms: number; readonly stores?: number } & StoreOptions,
): Promise<Hunted> {
  const observer = await Observer.on(database);
  await observer.findDeadlocksAfter(10);
  const logBytes = await observer.logBytes();
  const before = await observer.deadlocks();
  const given = await database.prepared();
  const stores = await Promise.all(Array.from({ length: count }, () => openStore({ ...given, ...options })));
  const done = calls.map(() => 0);
  const failures = new Set<string>();
  try {
    await Promise.all(stores.slice(0, 1).map(prepare));
    const endsAt = performance.now() + ms;
    const callers = calls.flatMap((call, kind) =>
      Array.from({ length: callersOfEach }, async (_, caller) => {
        const store = stores[(kind + caller) % stores.length] as Store;
        for (let turn = caller; performance.now() < endsAt; turn += callersOfEach) {
          try {
            await call(store, turn);
            done[kind] = (done[kind] ?? 0) + 1;
          } catch (error) {
            // A deadlock that trying again did not settle. The server has counted it too.
            failures.add(`call ${kind}: ${String(error)}`);
          }
        }
      }),
    );
    await Promise.all(callers);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
  const deadlocks = (await observer.deadlocks()) - before;
  const reports = deadlocks === 0 ? [] : await observer.deadlockReports(logBytes);
  await observer.close();
  return { deadlocks: deadlocks - reports.filter(isOfOneRow).length, reports, done, failures: [...failures] };
}

/**
 * Whether two sessions waited for one another on versions of one execution. PostgreSQL's FOR UPDATE locks the newest version of a row before
 * the one that it began with, and FOR KEY SHARE the other way round.
 */
function isOfOneRow(report: string): boolean {
  return / CONTEXT: {2}while locking (?:tuple|updated version) \S+ (?:of tuple )?in relation "executions"\n/.test(
    report,
  );
}
