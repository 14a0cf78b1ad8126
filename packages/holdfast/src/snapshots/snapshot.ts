import { plainBytes } from "../database/bytes-codec.ts";
import type { Codec } from "../database/codec.ts";
import { jsonSafe } from "../json-safe.ts";

/** The definition by which a snapshot was made, for those that read it under a later one. */
export interface SnapshotDefinition {
  readonly name: string;
  readonly version: number | null;
  readonly hash: string | null;
}

/** A version of a snapshot without its payload. `JSON.stringify` writes its version and its timestamp as text. */
export interface SnapshotHead {
  readonly persistenceId: string;
  /** The engine's own number, of 64 bits. */
  readonly version: bigint;
  /** Which life of the id this is: it grows whenever an id that was removed is written anew, and never comes twice in a store. */
  readonly generation: number;
  readonly shard: number;
  /** What the payload is, in the engine's words. */
  readonly manifest: string | null;
  readonly definition: SnapshotDefinition | null;
  /** The engine's own moment, as it gave it. */
  readonly timestamp: bigint | null;
  /** When the id was first written, in this generation. */
  readonly createdAt: Date;
  /** When this version was written. */
  readonly updatedAt: Date;
}

/** A version of a snapshot. */
export interface Snapshot extends SnapshotHead {
  readonly payload: Uint8Array;
}

/** A head's columns, as statements give them. */
export interface SnapshotHeadRow extends Omit<SnapshotHead, "version" | "definition" | "timestamp"> {
  readonly version: string;
  readonly engineTimestamp: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
}

/** A snapshot's columns, as statements give them. */
export interface SnapshotRow extends SnapshotHeadRow {
  readonly encoding: string;
  /** With spaces between. */
  readonly digests: string;
  readonly payload: Uint8Array;
}

/** A version without payload out of its row. */
export function toHead(row: SnapshotHeadRow): SnapshotHead {
  const { definitionName: name, definitionVersion: version, definitionHash: hash } = row;
  return jsonSafe({
    persistenceId: row.persistenceId,
    version: BigInt(row.version),
    generation: row.generation,
    shard: row.shard,
    manifest: row.manifest,
    definition: name === null ? null : { name, version, hash },
    timestamp: row.engineTimestamp === null ? null : BigInt(row.engineTimestamp),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  });
}

/** A version out of its row. */
export function toSnapshot({ bytes: codec = plainBytes }: Codec, row: SnapshotRow): Snapshot {
  const stored = { bytes: row.payload, encoding: row.encoding, digests: row.digests.split(" ") };
  return jsonSafe({ ...toHead(row), payload: codec.decode(stored, placeOf(row)) });
}

/** Where a payload belongs: to one version of one id. A NUL separates the parts, which no id can hold. */
export function placeOf({ persistenceId, version }: Pick<SnapshotHeadRow, "persistenceId" | "version">): string {
  return `snapshot\0${persistenceId}\0${version}`;
}
