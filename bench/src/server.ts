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
};

const DROP_ATTEMPTS = 100;

/** The server that everything of a run is measured on. */
export class BenchServer {
  readonly #server: PostgresServer;
  readonly #admin: pg.Pool;
  #databases = 0;

  private constructor(server: PostgresServer) {
    this.#server = server;
    this.#admin = new pg.Pool({ connectionString: server.url, max: 1 });
  }

  /** Starts a server of the newest supported major. */
  static async start(): Promise<BenchServer> {
    return new BenchServer(await startPostgres({ major: 18, settings }));
  }

  /** Where the server listens, for programs that are no Node.js. */
  get port(): number {
    return this.#server.port;
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
  async withDatabase<T>(work: (place: Place & { readonly database: string }) => Promise<T>): Promise<T> {
    this.#databases += 1;
    const database = `bench_${this.#databases}`;
    await this.#admin.query(`create database ${database}`);
    await this.#admin.query("checkpoint");
    const url = this.#server.url.replace(/\/postgres$/, `/${database}`);
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    try {
      return await work({ url, pool, database });
    } finally {
      await pool.end();
      await this.#drop(database);
    }
  }

  /** A client that has ended is for a moment still known to the server, and ending it by force would make it report an error. */
  async #drop(database: string): Promise<void> {
    for (let attempt = 0; attempt < DROP_ATTEMPTS; attempt += 1) {
      const { rows } = await this.#admin.query("select from pg_stat_activity where datname = $1", [database]);
      if (rows.length === 0) break;
      await sleep(20);
    }
    await this.#admin.query(`drop database ${database} with (force)`);
  }

  /** Stops the server and removes its data. */
  async stop(): Promise<void> {
    await this.#admin.end();
    await this.#server.stop();
  }
}
