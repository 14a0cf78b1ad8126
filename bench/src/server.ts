import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type PostgresServer, startPostgres } from "../../tools/servers/postgres.ts";
import type { Place } from "./bench.ts";

/**
 * Durable like a server in production. Checkpoints come between measurements only, where the runner asks for them, so that none
 * falls on one contender and not on the next.
 */
const settings = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  shared_buffers: "512MB",
  max_wal_size: "16GB",
  checkpoint_timeout: "1h",
  max_connections: "200",
  // Counts statements when `#track` turns it on.
  shared_preload_libraries: "pg_stat_statements",
};

/** Long enough for every session to have read the server's settings again. */
const HEARD_MS = 50;

const GONE_ATTEMPTS = 250;
const OWN_NAME = "bench";

/** A database that is lent to a contender. */
export interface LentDatabase extends Place {
  readonly database: string;
  /** Waits until nobody but the bench itself is connected to it. */
  othersGone(): Promise<void>;
  /** Counts the statements that this database executes during the work, the bench's own included. */
  countStatements<T>(work: () => Promise<T>): Promise<{ readonly statements: number; readonly result: T }>;
}

/** The server that everything of a run is measured on. */
export class BenchServer {
  readonly #server: PostgresServer;
  /** No pool, whose end does not wait for the connection's: the server would end that, and be reported. */
  readonly #admin: pg.Client;
  #databases = 0;

  private constructor(server: PostgresServer, admin: pg.Client) {
    this.#server = server;
    this.#admin = admin;
  }

  /** Starts a server of the newest supported major. */
  static async start(): Promise<BenchServer> {
    const server = await startPostgres({ major: 18, settings });
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query("create extension pg_stat_statements");
    const started = new BenchServer(server, admin);
    await started.#track("none");
    return started;
  }

  /** Its version, and the settings that a measurement depends on. */
  async describe(): Promise<{ readonly version: string; readonly settings: Readonly<Record<string, string>> }> {
    const { rows } = await this.#admin.query<{ readonly name: string; readonly value: string }>(
      "select name, current_setting(name) as value from pg_settings where name = any($1) order by name",
      [["server_version", "wal_sync_method", "autovacuum", "wal_compression", "jit", ...Object.keys(settings)]],
    );
    const { server_version: version = "unknown", ...rest } = Object.fromEntries(
      rows.map(({ name, value }) => [name, value]),
    );
    return { version, settings: rest };
  }

  /** Lends an empty database, and drops it afterwards; the checkpoint before makes each contender begin alike. */
  async withDatabase<T>(work: (place: LentDatabase) => Promise<T>): Promise<T> {
    this.#databases += 1;
    const database = `bench_${this.#databases}`;
    await this.#admin.query(`create database ${database}`);
    await this.#admin.query("checkpoint");
    const url = this.#server.url.replace(/\/postgres$/, `/${database}`);
    const pool = new pg.Pool({ connectionString: url, max: 2, application_name: OWN_NAME });
    const othersGone = (): Promise<void> => this.#gone(database, OWN_NAME);
    try {
      return await work({
        url,
        pool,
        database,
        othersGone,
        countStatements: (counted) => this.#countStatements(database, counted),
      });
    } finally {
      await pool.end();
      await this.#drop(database);
    }
  }

  async #countStatements<T>(
    database: string,
    work: () => Promise<T>,
  ): Promise<{ readonly statements: number; readonly result: T }> {
    await this.#admin.query("select pg_stat_statements_reset()");
    await this.#track("top");
    const result = await work();
    await this.#track("none");
    const { rows } = await this.#admin.query<{ readonly calls: string }>(
      `select coalesce(sum(calls), 0)::text as calls from pg_stat_statements
       where dbid = (select oid from pg_database where datname = $1)`,
      [database],
    );
    return { statements: Number(rows[0]?.calls), result };
  }

  /** Turns the counting of statements on or off, in all sessions. */
  async #track(which: "top" | "none"): Promise<void> {
    await this.#admin.query(`alter system set pg_stat_statements.track = ${which}`);
    await this.#admin.query("select pg_reload_conf()");
    await sleep(HEARD_MS);
  }

  async #drop(database: string): Promise<void> {
    try {
      await this.#gone(database, "");
    } finally {
      await this.#admin.query(`drop database ${database} with (force)`);
    }
  }

  /** A client that has ended is known to the server for a moment still; one that is ended by force reports an error. */
  async #gone(database: string, except: string): Promise<void> {
    const others = "select from pg_stat_activity where datname = $1 and application_name <> $2";
    for (let attempt = 0; attempt < GONE_ATTEMPTS; attempt += 1) {
      const { rows } = await this.#admin.query(others, [database, except]);
      if (rows.length === 0) return;
      await sleep(20);
    }
    throw new Error(`Somebody is still connected to ${database}, although everybody has closed.`);
  }

  /** Stops the server and removes its data. */
  async stop(): Promise<void> {
    await this.#admin.end();
    await this.#server.stop();
  }
}
