import { isUint8Array } from "node:util/types";
import { type BytesCodec, payloadBytesMax, plainBytes } from "../core/bytes-codec.ts";
import type { Codec, JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkInteger, checkOptionalId, checkTextOf, describeType, invalid } from "../core/input.ts";
import { checkDistinct, encodeEach } from "../core/items.ts";
import { encodeLabels, type Labels } from "../executions/executions.ts";
import {
  type Checkpoint,
  type CheckpointKey,
  type CheckpointPlace,
  type CheckpointWrite,
  placeOfPart,
  placeOfState,
  placeOfWrite,
} from "./checkpoint.ts";

/** A part of a checkpoint to write. */
export interface CheckpointPartInput {
  readonly name: string;
  readonly version: string;
  readonly manifest?: string | null | undefined;
  /**
   * Without it, the part is shared: with the parent if that has this version, otherwise with the last checkpoint of the namespace that
   * stored it. A part that none stored is left out.
   */
  readonly value?: Uint8Array | undefined;
}

/** A checkpoint to write. */
export interface CheckpointInput extends CheckpointKey {
  /** The checkpoint that this one follows; none by default. Several may follow one, as branches. */
  readonly parentId?: string | null | undefined;
  /** What lists filter by. Stored as plain text, whatever the store's codec is. */
  readonly labels?: Labels | undefined;
  /** Describes the state, in the engine's words. */
  readonly manifest?: string | null | undefined;
  readonly state: Uint8Array;
  readonly parts?: readonly CheckpointPartInput[] | undefined;
  /** The time to live of the whole thread, from now on; its expiry stays if omitted. */
  readonly ttlMs?: number | undefined;
}

/** One of the pending writes of a task. */
export interface CheckpointWriteInput {
  /** Its place in the list by default. The first write of a task under a number stays; under a negative one, the last. */
  readonly number?: number | undefined;
  readonly name: string;
  readonly manifest?: string | null | undefined;
  readonly value: Uint8Array;
}

/** The pending writes of a task on a checkpoint, which may be written later. */
export interface CheckpointWritesInput extends CheckpointKey {
  readonly task: string;
  /** Where the task stands among those of its step; empty by default. Writes are read in its order first. */
  readonly path?: string | undefined;
  readonly writes: readonly CheckpointWriteInput[];
  /** The time to live of the whole thread, from now on; its expiry stays if omitted. */
  readonly ttlMs?: number | undefined;
}

/** A value as it is stored. */
interface EncodedValue {
  readonly manifest: string | null;
  readonly encoding: string;
  readonly value: Uint8Array | null;
}

interface EncodedPart extends EncodedValue {
  readonly name: string;
  readonly version: string;
}

interface EncodedWrite extends EncodedValue {
  readonly task: string;
  readonly path: string;
  readonly number: number;
  readonly name: string;
}

/** A checkpoint or pending writes of one, checked and encoded; without `value`, only the writes. */
export interface EncodedCheckpoint extends EncodedValue {
  readonly thread: string;
  readonly namespace: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly ttlMs: number | null;
  readonly labels: JsonText;
  readonly parts: readonly EncodedPart[];
  readonly writes: readonly EncodedWrite[];
  readonly bytes: number;
}

/** The longest time to live: ten years. */
const ttlMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/** The most parts of a checkpoint, or writes of a task. */
const valuesMax = 10_000;

/** The most bytes of one call. */
const callBytesMax = 64 * 1024 * 1024;

const textBytes = { min: 0, max: 1024 } as const;

const numberBounds = { min: -(2 ** 31), max: 2 ** 31 - 1 };

const keyNames = { thread: true, namespace: true, id: true } as const;

const keyFields: Fields<CheckpointKey> = fieldsOf<CheckpointKey, Checkpoint>({
  ...keyNames,
  parentId: false,
  createdAt: false,
  labels: false,
  manifest: false,
  state: false,
  parts: false,
  writes: false,
});

const checkpointFields: Fields<CheckpointInput> = fieldsOf<CheckpointInput, Checkpoint>({
  ...keyNames,
  parentId: true,
  labels: true,
  manifest: true,
  state: true,
  parts: true,
  ttlMs: true,
  createdAt: false,
  writes: false,
});

const partFields: Fields<CheckpointPartInput> = fieldsOf<CheckpointPartInput>({
  name: true,
  version: true,
  manifest: true,
  value: true,
});

const writesFields: Fields<CheckpointWritesInput> = fieldsOf<CheckpointWritesInput>({
  ...keyNames,
  task: true,
  path: true,
  writes: true,
  ttlMs: true,
});

const writeFields: Fields<CheckpointWriteInput> = fieldsOf<CheckpointWriteInput, CheckpointWrite>({
  number: true,
  name: true,
  manifest: true,
  value: true,
  task: false,
  path: false,
});

/** Checks the name of a checkpoint. */
export function checkCheckpointKey(key: CheckpointKey): CheckpointPlace & { readonly id: string } {
  const { thread, namespace, id } = keyFields.read(key, "key");
  return { id: checkId(id, "id"), ...checkPlace(thread, namespace) };
}

/** Checks a thread and a namespace. */
export function checkPlace(
  thread: unknown,
  namespace: unknown,
): { readonly thread: string; readonly namespace: string } {
  return { thread: checkId(thread, "thread"), namespace: checkNamespace(namespace ?? "") };
}

/** Checks a namespace, which may be empty. */
export function checkNamespace(namespace: unknown): string {
  return checkTextOf(namespace, "namespace", textBytes);
}

/** Checks and encodes a checkpoint. */
export function encodeCheckpoint({ bytes = plainBytes }: Codec, input: CheckpointInput): EncodedCheckpoint {
  const given = checkpointFields.read(input, "input");
  const name = { id: checkId(given.id, "id"), ...checkPlace(given.thread, given.namespace) };
  const parentId = checkOptionalId(given.parentId, "parentId");
  if (parentId === name.id) {
    throw invalid("parentId", "is the checkpoint's own id: give the id of an earlier one, or none");
  }
  const parts = encodeEach(
    given.parts ?? [],
    "parts",
    (part, place) => encodePart(bytes, name, part, place),
    valuesMax,
  );
  return sized({
    parentId,
    ...name,
    ttlMs: checkTtl(given.ttlMs),
    labels: encodeLabels(given.labels),
    ...encodeValue(bytes, given.state, "state", placeOfState(name)),
    manifest: checkOptionalId(given.manifest, "manifest"),
    parts: checkDistinct(parts, "parts", (part) => part.name),
    writes: [],
  });
}

/** Checks and encodes pending writes. */
export function encodeWrites({ bytes = plainBytes }: Codec, input: CheckpointWritesInput): EncodedCheckpoint {
  const given = writesFields.read(input, "input");
  const name = { id: checkId(given.id, "id"), ...checkPlace(given.thread, given.namespace) };
  const task = checkId(given.task, "task");
  const path = checkTextOf(given.path ?? "", "path", textBytes);
  const writes = new Map<number, EncodedWrite>();
  let index = 0;
  const encoded = encodeEach(
    given.writes,
    "writes",
    (write, place) => {
      const fields = writeFields.read(write, place);
      const number = checkInteger(fields.number ?? index, "number", numberBounds);
      index += 1;
      const value = encodeValue(bytes, fields.value, "value", placeOfWrite({ task, number, ...name }));
      const manifest = checkOptionalId(fields.manifest, "manifest");
      return { task, path, number, name: checkId(fields.name, "name"), ...value, manifest };
    },
    valuesMax,
  );
  for (const write of encoded) if (write.number < 0 || !writes.has(write.number)) writes.set(write.number, write);
  return sized({
    parentId: null,
    ...name,
    ttlMs: checkTtl(given.ttlMs),
    labels: "{}",
    manifest: null,
    encoding: "",
    value: null,
    parts: [],
    writes: [...writes.values()],
  });
}

function encodePart(
  bytes: BytesCodec,
  name: { readonly namespace: string; readonly id: string },
  input: CheckpointPartInput,
  place: string,
): EncodedPart {
  const fields = partFields.read(input, place);
  const part = {
    name: checkId(fields.name, "name"),
    version: checkId(fields.version, "version"),
    manifest: checkOptionalId(fields.manifest, "manifest"),
  };
  if (fields.value === undefined) return { encoding: "", value: null, ...part };
  const { namespace, id } = name;
  const valuePlace = placeOfPart({ namespace, id, name: part.name, version: part.version });
  return Object.assign(part, encodeValue(bytes, fields.value, "value", valuePlace));
}

function encodeValue(
  codec: BytesCodec,
  value: unknown,
  field: string,
  place: string,
): { readonly encoding: string; readonly value: Uint8Array } {
  if (!isUint8Array(value)) {
    throw invalid(field, `must be a Uint8Array, and is ${describeType(value)}: encode it, for example by TextEncoder`);
  }
  if (value.byteLength > payloadBytesMax) {
    throw invalid(field, `has ${value.byteLength} bytes, above the limit of ${payloadBytesMax}: keep it as a blob`);
  }
  const { bytes, encoding } = codec.encode(value, place);
  return { encoding, value: bytes };
}

/** Adds up the bytes of a call. */
function sized(encoded: Omit<EncodedCheckpoint, "bytes">): EncodedCheckpoint {
  const values = [encoded, ...encoded.parts, ...encoded.writes];
  const bytes = values.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0);
  if (bytes > callBytesMax) {
    throw invalid("input", `has ${bytes} bytes, above the limit of ${callBytesMax} a call: cut it`);
  }
  return { bytes, ...encoded };
}

function checkTtl(ttlMs: number | undefined): number | null {
  return ttlMs === undefined ? null : checkInteger(ttlMs, "ttlMs", { min: 1, max: ttlMsMax });
}
