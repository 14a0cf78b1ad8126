import { checkFunction, checkObject, checkOptionalId } from "../database/input.ts";
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

/** The migration of a read, checked before anything is read. */
export function checkMigration(options: SnapshotReadOptions): SnapshotMigration | undefined {
  checkObject(options, "options");
  const { migrate } = options;
  if (migrate !== undefined) checkFunction(migrate, "migrate");
  return migrate;
}

/** A snapshot as its reader gets it. */
export async function migrated<T extends Snapshot | null>(
  snapshot: T,
  migrate: SnapshotMigration | undefined,
): Promise<Snapshot | T> {
  if (snapshot === null || migrate === undefined) return snapshot;
  const changes = await migrate(snapshot);
  if (changes === null || changes === undefined) return snapshot;
  checkObject(changes, "migrate");
  return {
    ...snapshot,
    ...(changes.payload !== undefined && { payload: checkPayload(changes.payload) }),
    ...(changes.manifest !== undefined && { manifest: checkOptionalId(changes.manifest, "manifest") }),
    ...(changes.definition !== undefined && { definition: checkDefinition(changes.definition) }),
  };
}
