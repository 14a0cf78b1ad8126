import type { Moment, Payload } from "./basics.ts";

/** One version of a workflow's document, in a list. */
export interface DefinitionRow {
  readonly name: string;
  readonly version: number;
  readonly status: "draft" | "active" | "retired";
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly deployedAt: Moment | null;
  readonly retiredAt: Moment | null;
}

/** One version, whole. */
export interface DefinitionDetail extends DefinitionRow {
  readonly document: Payload;
  /** The graph of its steps, where the console knows how to find them in the document. */
  readonly steps: readonly { readonly id: string; readonly after: readonly string[] }[] | null;
}

/** An entry of a prefix. */
export interface KvRow {
  readonly prefix: string;
  readonly key: string;
  readonly version: number;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly expiresAt: Moment | null;
  /** null for a null value. */
  readonly value: Payload | null;
}

/** A version of a snapshot, without its payload. */
export interface SnapshotRow {
  readonly persistenceId: string;
  /** A 64-bit number, as text. */
  readonly version: string;
  readonly generation: number;
  readonly shard: number;
  readonly manifest: string | null;
  readonly definition: {
    readonly name: string;
    readonly version: number | null;
    readonly hash: string | null;
  } | null;
  /** A 64-bit number of the engine's own, as text. */
  readonly timestamp: string | null;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
}

/** A version of a snapshot. */
export interface SnapshotDetail extends SnapshotRow {
  readonly payload: Payload;
}

/** The description of a blob. Its bytes are never shown; they are downloaded as an attachment. */
export interface BlobRow {
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  readonly contentType: string;
  readonly metadata: Payload | null;
  readonly backend: "postgres" | "folder" | "s3";
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
  readonly expiresAt: Moment | null;
  /** The path below the console that answers its bytes; null if it is above the download limit, or payloads are redacted. */
  readonly download: string | null;
}
