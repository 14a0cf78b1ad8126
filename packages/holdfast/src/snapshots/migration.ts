import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkFunction, checkOptionalId } from "../database/input.ts";
import { jsonSafe } from "../json-safe.ts";
import { checkDefinition, checkPayload } from "./input.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SnapshotInput } from "./write.ts";

/** What a migration makes of a snapshot: what it leaves out stays. */
export type MigratedSnapshot = Partial<Pick<SnapshotInput, "payload" | "manifest" | "definition">>;

/**
 * Brings a snapshot that was written under an older definition to what the reader understands; null where it is as it should be.
 * What is stored stays as it is, until the reader writes the result as a newer version.
 */
export type SnapshotMigration = (
  snapshot: Snapshot,
) => MigratedSnapshot | null | undefined | Promise<MigratedSnapshot | null | undefined>;

/** How snapshots are read. */
export interface SnapshotReadOptions {
  /** Called for each snapshot that was found, once no connection is held for it. */
  readonly migrate?: SnapshotMigration | undefined;
}

const readOptions: Fields<SnapshotReadOptions> = fieldsOf<SnapshotReadOptions>({ migrate: true });

/** What a migration gives back; the whole of the snapshot that it was given, too. */
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

/** The migration of a read, checked before anything is read. */
export function checkMigration(options: SnapshotReadOptions): SnapshotMigration | undefined {
  const { migrate } = readOptions.read(options, "options");
  if (migrate !== undefined) checkFunction(migrate, "migrate");
  return migrate;
}

/** A snapshot as its reader gets it. */
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
