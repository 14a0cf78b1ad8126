import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkFunction, checkOptionalId } from "../core/input.ts";
import { jsonSafe } from "../core/json-safe.ts";
import { checkDefinition, checkPayload } from "./input.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SnapshotInput } from "./write.ts";

/** The result of a migration; omitted fields stay. */
export type MigratedSnapshot = Partial<Pick<SnapshotInput, "payload" | "manifest" | "definition">>;

/**
 * Converts a snapshot of an older definition to what the reader understands; null if nothing changes. The stored snapshot stays as it is,
 * unless the reader writes the result as a newer version.
 */
export type SnapshotMigration = (
  snapshot: Snapshot,
) => MigratedSnapshot | null | undefined | Promise<MigratedSnapshot | null | undefined>;

/** Options for reading snapshots. */
export interface SnapshotReadOptions {
  /** Called for each snapshot found, once no connection is held for it. */
  readonly migrate?: SnapshotMigration | undefined;
}

const readOptions: Fields<SnapshotReadOptions> = fieldsOf<SnapshotReadOptions>({ migrate: true });

/** The fields that a migration may return, including the unchanged snapshot. */
const migratedFields: Fields<MigratedSnapshot> = fieldsOf<MigratedSnapshot, Snapshot>({
  payload: true,
  manifest: true,
  definition: true,
  persistenceId: false,
  version: false,
  generation: false,
  shard: false,
  timestamp: false,
  createdAt: false,
  updatedAt: false,
});

/** Checks the migration of a read before anything is read. */
export function checkMigration(options: SnapshotReadOptions): SnapshotMigration | undefined {
  const { migrate } = readOptions.read(options, "options");
  if (migrate !== undefined) checkFunction(migrate, "migrate");
  return migrate;
}

/** A snapshot after its migration. */
export async function migrated<T extends Snapshot | null>(
  snapshot: T,
  migrate: SnapshotMigration | undefined,
): Promise<Snapshot | T> {
  if (snapshot === null || migrate === undefined) return snapshot;
  const given = await migrate(snapshot);
  if (given === null || given === undefined) return snapshot;
  const changes = migratedFields.read(given, "migrate");
  return jsonSafe({
    ...snapshot,
    ...(changes.payload !== undefined && { payload: checkPayload(changes.payload) }),
    ...(changes.manifest !== undefined && { manifest: checkOptionalId(changes.manifest, "manifest") }),
    ...(changes.definition !== undefined && { definition: checkDefinition(changes.definition) }),
  });
}
