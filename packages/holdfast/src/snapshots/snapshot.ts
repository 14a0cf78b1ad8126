import { plainBytes } from "../core/bytes-codec.ts";
import type { Codec } from "../core/codec.ts";
import { jsonSafe } from "../core/json-safe.ts";

/** The definition that a snapshot was made by, for readers with a later one. */
export interface SnapshotDefinition {
  readonly name: string;
  readonly version: number | null;
  readonly hash: string | null;
}

/** A version of a snapshot without its payload. `JSON.stringify` writes its version and its timestamp as text. */
export interface SnapshotHead {
  readonly persistenceId: string;
  /** The engine's own 64-bit number. */
  readonly version: bigint;
  /** Numbers the lives of an id. It grows whenever a removed id is written anew, and is unique in a store. */
  readonly generation: number;
  readonly shard: number;
  /** Describes the payload, in the engine's words. */
  readonly manifest: string | null;
  readonly definition: SnapshotDefinition | null;
  /** The engine's own time, as it was given. */
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

/** A head's columns, as statements return them. */
export interface SnapshotHeadRow extends Omit<SnapshotHead, "version" | "definition" | "timestamp"> {
  readonly version: string;
  readonly engineTimestamp: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
}

/** A snapshot's columns, as statements return them. */
export interface SnapshotRow extends SnapshotHeadRow {
  readonly encoding: string;
  /** Separated by spaces. */
  readonly digests: string;
  readonly payload: Uint8Array;
}

/** Reads a version without payload from its row. */
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

/** Reads a version from its row. */
export function toSnapshot({ bytes: codec = plainBytes }: Codec, row: SnapshotRow): Snapshot {
  const stored = { bytes: row.payload, encoding: row.encoding, digests: row.digests.split(" ") };
  return jsonSafe({ ...toHead(row), payload: codec.decode(stored, placeOf(row)) });
}

/** The place of a payload: one version of one id. No id can contain the NUL that separates the parts. */
export function placeOf({ persistenceId, version }: Pick<SnapshotHeadRow, "persistenceId" | "version">): string {
  return `snapshot\0${persistenceId}\0${version}`;
}
