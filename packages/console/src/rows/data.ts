import type { BlobInfo, Definition, KvEntry } from "holdfast";
import type { Snapshot, SnapshotHead } from "holdfast/snapshots";
import type { Payloads } from "../answers/payloads.ts";
import type { Settings } from "../options.ts";
import type { BlobRow, DefinitionRow, KvRow, SnapshotRow } from "../protocol/index.ts";
import { plain } from "./plain.ts";

/** A version of a definition without its document. */
export function definitionRow(definition: Definition): DefinitionRow {
  const { name, version, status, createdAt, updatedAt, deployedAt, retiredAt } = definition;
  return plain({ name, version, status, createdAt, updatedAt, deployedAt, retiredAt });
}

/** An entry of kv. */
export function kvRow(show: Payloads, { value, ...head }: KvEntry<unknown>): KvRow {
  const place = { of: "kv", prefix: head.prefix, key: head.key } as const;
  return { ...plain(head), value: value === null ? null : show.showGiven(value, place) };
}

/** A version of a snapshot without its payload. */
export function snapshotRow(snapshot: SnapshotHead | Snapshot): SnapshotRow {
  const { persistenceId, version, generation, shard, manifest, definition, timestamp, createdAt, updatedAt } = snapshot;
  return plain({ persistenceId, version, generation, shard, manifest, definition, timestamp, createdAt, updatedAt });
}

/** The description of a blob. */
export function blobRow(
  show: Payloads,
  { metadata, ...head }: BlobInfo,
  { redact, downloadBytes }: Pick<Settings, "redact" | "downloadBytes">,
): BlobRow {
  const isOpen = redact === null && head.size <= downloadBytes;
  return {
    ...plain(head),
    metadata: show.show(metadata, { of: "blob", key: head.key }),
    download: isOpen ? `/api/blob/download?${new URLSearchParams({ key: head.key }).toString()}` : null,
  };
}
