import { crc32 } from "node:zlib";
import { loneOf, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { CheckpointKey } from "./checkpoint.ts";
import type { EncodedCheckpoint } from "./input.ts";
import {
  addPendingWrites,
  addPendingWritesAlone,
  type AddPendingWritesAloneParameters,
  writeCheckpointAlone,
  writeCheckpoints,
} from "./statements.generated.ts";

/** Of inputs above this size, a batch holds one per lane, so that the batch fits into memory. */
const large = { bytes: 64 * 1024, lanes: 8 };

/** The write of checkpoints and of pending writes, which share a statement where a flight has both. */
export const writeCheckpoint: Write<EncodedCheckpoint, void> = {
  name: "checkpoints.write",
  // A checkpoint reads its parent, so the next one of the thread waits for the next flight. Tasks write side by side.
  keys: (input) => {
    const { thread, namespace, id, bytes } = input;
    const [write] = input.writes;
    const key =
      input.value === null
        ? `checkpoint\0${thread}\0${namespace}\0${id}\0${write?.task ?? ""}`
        : `checkpoint thread\0${thread}`;
    return bytes <= large.bytes ? [key] : [key, `large checkpoint\0${crc32(thread) % large.lanes}`];
  },
  order: ({ thread }) => `checkpoint thread\0${thread}`,
  plan: (inputs) => mapPlan(planOf(inputs), () => inputs.map(() => undefined)),
};

function planOf(inputs: readonly EncodedCheckpoint[]): Plan<void> {
  const only = loneOf(inputs);
  const isWithoutState = inputs.every(({ value }) => value === null);
  if (only) return isWithoutState ? addWritesAlone(only) : writeAlone(only);
  return isWithoutState ? addWritesPlan(inputs) : writePlan(inputs);
}

/** One checkpoint, which has no pending writes. */
function writeAlone({ bytes: _bytes, writes: _writes, parts, value: state, ...input }: EncodedCheckpoint): Plan<void> {
  const own = parts.filter(({ value }) => value !== null);
  const shared = parts.filter(({ value }) => value === null);
  return writeCheckpointAlone({
    state: state as Uint8Array,
    ...input,
    ownNames: own.map(({ name }) => name),
    ownVersions: own.map(({ version }) => version),
    ownManifests: own.map(({ manifest }) => manifest),
    ownEncodings: own.map(({ encoding }) => encoding),
    ownValues: valuesOf(own),
    sharedNames: shared.map(({ name }) => name),
    sharedVersions: shared.map(({ version }) => version),
  });
}

/** The pending writes of one task. */
function addWritesAlone({ thread, namespace, id, ttlMs, writes }: EncodedCheckpoint): Plan<void> {
  return addPendingWritesAlone({ thread, namespace, id, ttlMs, ...columnsOf(writes) });
}

/** Pending writes only, which need no checkpoint to be read. */
function addWritesPlan(inputs: readonly EncodedCheckpoint[]): Plan<void> {
  const writes = inputs.flatMap(({ thread, namespace, id, writes: own }) =>
    own.map((write) => ({ thread, namespace, id, ...write })),
  );
  return addPendingWrites({
    threads: inputs.map(({ thread }) => thread),
    ttlsMs: inputs.map(({ ttlMs }) => ttlMs),
    writeThreads: writes.map(({ thread }) => thread),
    namespaces: writes.map(({ namespace }) => namespace),
    ids: writes.map(({ id }) => id),
    ...columnsOf(writes),
  });
}

/** Pending writes as the columns of a statement. */
function columnsOf(
  writes: EncodedCheckpoint["writes"],
): Omit<AddPendingWritesAloneParameters, keyof CheckpointKey | "ttlMs"> {
  return {
    tasks: writes.map(({ task }) => task),
    numbers: writes.map(({ number }) => number),
    paths: writes.map(({ path }) => path),
    names: writes.map(({ name }) => name),
    manifests: writes.map(({ manifest }) => manifest),
    encodings: writes.map(({ encoding }) => encoding),
    values: valuesOf(writes),
  };
}

function writePlan(inputs: readonly EncodedCheckpoint[]): Plan<void> {
  const parts = inputs.flatMap((input, i) => input.parts.map((part) => ({ input: i + 1, ...part })));
  const writes = inputs.flatMap((input, i) => input.writes.map((write) => ({ input: i + 1, ...write })));
  return writeCheckpoints({
    threads: inputs.map(({ thread }) => thread),
    namespaces: inputs.map(({ namespace }) => namespace),
    ids: inputs.map(({ id }) => id),
    parentIds: inputs.map(({ parentId }) => parentId),
    ttlsMs: inputs.map(({ ttlMs }) => ttlMs),
    labels: inputs.map(({ labels }) => labels),
    manifests: inputs.map(({ manifest }) => manifest),
    encodings: inputs.map(({ encoding }) => encoding),
    states: inputs.map(({ value }) => value),
    partInputs: parts.map(({ input }) => input),
    partNames: parts.map(({ name }) => name),
    partVersions: parts.map(({ version }) => version),
    partManifests: parts.map(({ manifest }) => manifest),
    partEncodings: parts.map(({ encoding }) => encoding),
    partValues: parts.map(({ value }) => value),
    writeInputs: writes.map(({ input }) => input),
    tasks: writes.map(({ task }) => task),
    numbers: writes.map(({ number }) => number),
    paths: writes.map(({ path }) => path),
    writeNames: writes.map(({ name }) => name),
    writeManifests: writes.map(({ manifest }) => manifest),
    writeEncodings: writes.map(({ encoding }) => encoding),
    writeValues: valuesOf(writes),
  });
}

/** The values of pending writes, or of a checkpoint's own parts. Each has one: only a shared part can do without. */
function valuesOf(items: readonly { readonly value: Uint8Array | null }[]): readonly Uint8Array[] {
  return items.map(({ value }) => value as Uint8Array);
}
