import type { ConnectionUsage, Database } from "../database/database.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { migrationStatus } from "../migrations/runner.ts";
import { indexNames } from "./indexes.generated.ts";
import { measureTables, missingIndexes } from "./statements.generated.ts";

export type { ConnectionUsage } from "../database/database.ts";

/** How a store fares. */
export interface Health {
  readonly isHealthy: boolean;
  /** Where the store is, without secrets. */
  readonly location: string;
  readonly roundTripMs: number | null;
  readonly missingMigrations: number | null;
  /** Indexes that the schema lacks, or has and cannot use; null where that is not known. Calls work without them, and slowly. */
  readonly missingIndexes: readonly string[] | null;
  /** What is wrong, and what to do about it. */
  readonly error: string | null;
}

/** How much a store holds, and how busy its connections are. */
export interface Stats {
  /** The tables by name. */
  readonly tables: readonly TableStats[];
  /** What all tables and their indexes take on disk. */
  readonly bytes: number;
  readonly connections: ConnectionUsage;
}

/** How much one table holds. The numbers of rows are the server's estimates. */
export interface TableStats {
  readonly name: string;
  readonly rows: number;
  /** Former versions of rows, which vacuum has not cleared away yet. */
  readonly deadRows: number;
  /** Without the indexes. */
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** What tells how a store fares. */
export interface HealthChecks {
  /** Asks the database for an answer. @throws UnavailableError */
  ping(): Promise<void>;
  /** Whether the database answers and how fast, and whether the schema is this release's, with all of its indexes. Never throws. */
  health(): Promise<Health>;
}

/** What measures a store. */
export interface Measurements {
  /**
   * How much each table holds and takes on disk, and how this process's connections are used, the one for this call apart. One
   * statement, as cheap for a large store as for a small one. PostgreSQL counts rows a moment after they were written.
   */
  stats(): Promise<Stats>;
}

/** The health of a store on `database`, which `ping` reaches as its calls do. */
export function healthOf(
  { database, schema, location }: { readonly database: Database; readonly schema: string; readonly location: string },
  { ping, session }: { readonly ping: () => Promise<void>; readonly session: Pick<Session, "run"> },
): HealthChecks {
  return {
    ping,
    health: async () => {
      try {
        const startedAt = performance.now();
        await ping();
        const roundTripMs = performance.now() - startedAt;
        const missing = (await migrationStatus(database, schema)).filter(({ appliedAt }) => appliedAt === null).length;
        // Which indexes there are to be is known of this release's schema only.
        const indexes = missing === 0 ? await session.run(missingIndexes({ names: indexNames })) : null;
        const health = { location, roundTripMs, missingMigrations: missing };
        return withIndexes(health, indexes?.map(({ name }) => name) ?? null);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const unknown = { roundTripMs: null, missingMigrations: null, missingIndexes: null };
        return { isHealthy: false, location, ...unknown, error: message };
      }
    },
  };
}

function withIndexes(
  health: Pick<Health, "location" | "roundTripMs" | "missingMigrations">,
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

/** The stats of a store, as a session reads them. */
export function statsOf(session: Pick<Session, "run">, database: Database): Measurements {
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
      const connections = database.usage();
      const measured = await session.run(tables);
      const bytes = measured.reduce((sum, { tableBytes, indexBytes }) => sum + tableBytes + indexBytes, 0);
      return { tables: measured, bytes, connections };
    },
  };
}
