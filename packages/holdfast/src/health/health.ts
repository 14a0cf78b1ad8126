import { mapPlan } from "../core/plan.ts";
import { migrationStatus } from "../migrations/runner.ts";
import type { ConnectionUsage, Database, ListenUsage } from "../postgres/database.ts";
import type { Session } from "../session/session.ts";
import { diagnose, type Diagnosis } from "./diagnosis.ts";
import { indexNames } from "./indexes.generated.ts";
import { type Overview, type OverviewOptions, readOverview } from "./overview.ts";
import { measureTables, missingIndexes } from "./statements.generated.ts";

export type { ConnectionUsage, ListenUsage } from "../postgres/database.ts";
export type { Check, CheckStatus, Diagnosis } from "./diagnosis.ts";
export { countUpToDefault } from "./overview.ts";
export type { DueWork, Overview, OverviewOptions, QueueWork, Replica, ServerState, StatusCounts } from "./overview.ts";

/** The state of a store. */
export interface Health {
  readonly isHealthy: boolean;
  /** The location of the store, without secrets. */
  readonly location: string;
  readonly roundTripMs: number | null;
  readonly missingMigrations: number | null;
  /** Indexes that the schema lacks or cannot use; null if that is unknown. Calls work without them, slowly. */
  readonly missingIndexes: readonly string[] | null;
  /** Why statements take the plain path of the driver, which is slower, and what to do about it; null while they need not. */
  readonly plainPath: string | null;
  /** What is wrong, and what to do about it. */
  readonly error: string | null;
}

/** The sizes of a store, and the use of its connections. */
export interface Stats {
  /** The tables by name. */
  readonly tables: readonly TableStats[];
  /** The disk space of all tables and their indexes. */
  readonly bytes: number;
  readonly connections: ConnectionUsage;
  readonly listening: ListenUsage;
}

/** The size of one table. The numbers of rows are the server's estimates. */
export interface TableStats {
  readonly name: string;
  readonly rows: number;
  /** Former versions of rows that vacuum has not removed yet. */
  readonly deadRows: number;
  /** Without the indexes. */
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** Checks the state of a store. */
export interface HealthChecks {
  /**
   * Requests an answer from the database.
   *
   * @throws UnavailableError
   */
  ping(): Promise<void>;
  /** Whether the database answers and how fast, and whether the schema is this release's, with all of its indexes. Never throws. */
  health(): Promise<Health>;
  /**
   * Checks everything that an operator would: connection, TLS, pooler, privileges, clock, schema, indexes, old transactions, vacuum,
   * settings and stuck work. Each check says what to do. Reads only, and never throws.
   */
  diagnose(): Promise<Diagnosis>;
}

/** Measures a store. */
export interface Measurements {
  /**
   * The sizes of tables, and the use of this process's connections, except the one for this call. One statement, equally cheap for large
   * and small stores. PostgreSQL counts rows with a short delay.
   */
  stats(): Promise<Stats>;
  /**
   * Counts by status, the work of each queue, what is due, and the state of the server, in one round trip. Of each
   * status, and of the waiting work of each queue, it counts at most `countUpTo` rows. What runs is read as a whole.
   *
   * @throws InvalidInputError
   */
  overview(options?: OverviewOptions): Promise<Overview>;
}

/** The health of a store on `database`; `ping` reaches it like any call. */
export function healthOf(
  { database, schema, location }: { readonly database: Database; readonly schema: string; readonly location: string },
  { ping, session }: { readonly ping: () => Promise<void>; readonly session: Pick<Session, "run"> },
): HealthChecks {
  return {
    ping,
    diagnose: () => diagnose({ database, schema, location, ping, session }),
    health: async () => {
      try {
        const startedAt = performance.now();
        await ping();
        const roundTripMs = performance.now() - startedAt;
        const missing = (await migrationStatus(database, schema)).filter(({ appliedAt }) => appliedAt === null).length;
        // The expected indexes are known for this release's schema only.
        const indexes = missing === 0 ? await session.run(missingIndexes({ names: indexNames })) : null;
        const health = { location, roundTripMs, missingMigrations: missing, plainPath: database.plainPath() };
        return withIndexes(health, indexes?.map(({ name }) => name) ?? null);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const unknown = { roundTripMs: null, missingMigrations: null, missingIndexes: null };
        return { isHealthy: false, location, ...unknown, plainPath: database.plainPath(), error: message };
      }
    },
  };
}

function withIndexes(
  health: Pick<Health, "location" | "roundTripMs" | "missingMigrations" | "plainPath">,
  missing: Health["missingIndexes"],
): Health {
  if (missing === null) {
    return { ...health, isHealthy: false, missingIndexes: null, error: "Migrations are missing: run them." };
  }
  if (missing.length === 0) return { ...health, isHealthy: true, missingIndexes: missing, error: null };
  const error =
    `The schema's ${missing.length === 1 ? "index" : "indexes"} ${missing.join(", ")} cannot be used: drop what is left of it, and create ` +
    "it as docs/schema.sql says.";
  return { ...health, isHealthy: false, missingIndexes: missing, error };
}

/** The stats of a store, read by a session. */
export function statsOf(
  session: Pick<Session, "run">,
  usage: { readonly connections: () => ConnectionUsage; readonly listening: () => ListenUsage },
): Measurements {
  const tables = mapPlan(measureTables({}), (rows) =>
    rows.map(({ name, ...measures }): TableStats => ({
      name,
      rows: measures.rows,
      deadRows: measures.deadRows,
      tableBytes: measures.tableBytes,
      indexBytes: measures.indexBytes,
    })),
  );
  return {
    stats: async () => {
      const connections = usage.connections();
      const measured = await session.run(tables);
      const bytes = measured.reduce((sum, { tableBytes, indexBytes }) => sum + tableBytes + indexBytes, 0);
      return { tables: measured, bytes, connections, listening: usage.listening() };
    },
    overview: async (options) => readOverview(session, options),
  };
}
