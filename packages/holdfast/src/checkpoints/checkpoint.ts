import { plainBytes } from "../core/bytes-codec.ts";
import { type Codec, type JsonText, searchableCodec } from "../core/codec.ts";
import type { Labels } from "../executions/executions.ts";

/** The name of a checkpoint. */
export interface CheckpointKey {
  readonly thread: string;
  /** Separates the checkpoints of parts of one thread, such as subgraphs; empty by default. */
  readonly namespace?: string | undefined;
  readonly id: string;
}

/** A named part of a checkpoint's state, which checkpoints may share. */
export interface CheckpointPart {
  readonly name: string;
  readonly version: string;
  /** Describes the value, in the engine's words. */
  readonly manifest: string | null;
  readonly value: Uint8Array;
}

/** What a task wrote on top of a checkpoint, before the next one. */
export interface CheckpointWrite {
  readonly task: string;
  /** Where the task stands among those of its step. */
  readonly path: string;
  readonly number: number;
  readonly name: string;
  readonly manifest: string | null;
  readonly value: Uint8Array;
}

/** One version of the state of a thread. */
export interface Checkpoint {
  readonly thread: string;
  readonly namespace: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly createdAt: Date;
  readonly labels: Labels;
  readonly manifest: string | null;
  readonly state: Uint8Array;
  /** By name, in byte order. */
  readonly parts: readonly CheckpointPart[];
  /** Pending writes by path, task and number, texts in byte order. */
  readonly writes: readonly CheckpointWrite[];
}

/** A thread of checkpoints. */
export interface CheckpointThread {
  readonly thread: string;
  readonly createdAt: Date;
  /** When a checkpoint was last written, or pending writes with a time to live. */
  readonly updatedAt: Date;
  /** From then on the thread is absent; null for a permanent one. */
  readonly expiresAt: Date | null;
}

/** The columns of a checkpoint, a part or a pending write, as the statement returns them. */
export interface CheckpointRow {
  /** 0 for the checkpoint, 1 for a part, 2 for a pending write. */
  readonly kind: number;
  /** Of a part, the checkpoint that stored it. */
  readonly id: string;
  readonly parentId: string | null;
  readonly createdAt: Date | null;
  readonly labels: JsonText | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly task: string | null;
  readonly number: number | null;
  readonly path: string | null;
  readonly manifest: string | null;
  readonly encoding: string;
  readonly value: Uint8Array;
}

/** The name of a checkpoint to read; the newest of its namespace if the id is null. */
export interface CheckpointPlace {
  readonly thread: string;
  readonly namespace: string;
  readonly id: string | null;
}

/** Reads a checkpoint from its rows. The first row is its own. */
export function toCheckpoint(codec: Codec, place: CheckpointPlace, rows: readonly CheckpointRow[]): Checkpoint {
  const { thread, namespace } = place;
  const { bytes = plainBytes } = codec;
  const [head, ...others] = rows as readonly [CheckpointRow, ...CheckpointRow[]];
  const parts: CheckpointPart[] = [];
  const writes: CheckpointWrite[] = [];
  for (const row of others) {
    const { name, version, task, number, path, manifest, encoding, value: stored } = row;
    const placeOfValue =
      row.kind === 1
        ? placeOfPart({ namespace, id: row.id, name: name ?? "", version: version ?? "" })
        : placeOfWrite({ namespace, id: row.id, task: task ?? "", number: number ?? 0 });
    const value = bytes.decode({ bytes: stored, encoding }, placeOfValue);
    if (row.kind === 1) parts.push({ name: name ?? "", version: version ?? "", manifest, value });
    else writes.push({ task: task ?? "", path: path ?? "", number: number ?? 0, name: name ?? "", manifest, value });
  }
  return {
    thread,
    namespace,
    id: head.id,
    parentId: head.parentId,
    createdAt: head.createdAt as Date,
    labels: searchableCodec.decode(head.labels ?? "{}") as Labels,
    manifest: head.manifest,
    state: bytes.decode({ bytes: head.value, encoding: head.encoding }, placeOfState({ namespace, id: head.id })),
    parts,
    writes,
  };
}

/** The places of values. A copy of a thread has the same ones. No name can contain the NUL that separates them. */
export function placeOfState({ namespace, id }: { readonly namespace: string; readonly id: string }): string {
  return `checkpoint\0${namespace}\0${id}`;
}

/** See {@link placeOfState}; `id` is that of the checkpoint that stored the part. */
export function placeOfPart(part: {
  readonly namespace: string;
  readonly id: string;
  readonly name: string;
  readonly version: string;
}): string {
  return `checkpoint part\0${part.namespace}\0${part.id}\0${part.name}\0${part.version}`;
}

/** See {@link placeOfState}. */
export function placeOfWrite(write: {
  readonly namespace: string;
  readonly id: string;
  readonly task: string;
  readonly number: number;
}): string {
  return `checkpoint write\0${write.namespace}\0${write.id}\0${write.task}\0${write.number}`;
}
