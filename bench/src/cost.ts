import type { Pool } from "pg";

/** What an operation costs the server and the client. */
export interface Cost {
  readonly walBytes: number;
  /** Transactions that wrote. Each of them waits for the disk. */
  readonly transactions: number;
  /** Row versions that were updated or deleted, and are left for vacuum. */
  readonly deadRows: number;
  /** Statements that the server executed; null for a contender without a warm-up, in which they are counted. */
  readonly statements: number | null;
  /** Processor time of this process, with all its threads, in microseconds; null if another process does the work. */
  readonly clientMicros: number | null;
}

/** Counters that are exact at any moment; everything else on the server is idle while a contender runs. */
export interface Counters {
  readonly walBytes: number;
  readonly transactions: number;
}

/** Reads the server's counters. */
export async function readCounters(pool: Pool): Promise<Counters> {
  const { rows } = await pool.query<{ readonly wal: string; readonly transactions: string }>(
    `select (pg_current_wal_insert_lsn() - '0/0')::text as wal,
      pg_snapshot_xmax(pg_current_snapshot())::text as transactions`,
  );
  return { walBytes: Number(rows[0]?.wal), transactions: Number(rows[0]?.transactions) };
}

/** Rows of the database that were made dead so far, as far as sessions have ended: they report it then at the latest. */
export async function readDeadRows(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ readonly dead: string }>(
    "select coalesce(sum(n_tup_upd + n_tup_del), 0)::text as dead from pg_stat_user_tables",
  );
  return Number(rows[0]?.dead);
}

/** Processor time that this process has used so far, with all its threads, in microseconds. */
export function clientMicrosSoFar(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
