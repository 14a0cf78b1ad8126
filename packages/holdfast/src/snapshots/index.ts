export type {
  MigratedSnapshot,
  Snapshot,
  SnapshotDefinition,
  SnapshotDefinitionInput,
  SnapshotFilter,
  SnapshotHead,
  SnapshotInput,
  SnapshotMigration,
  SnapshotPruning,
  SnapshotReadOptions,
  Snapshots,
  SnapshotWritten,
} from "./snapshots.ts";
