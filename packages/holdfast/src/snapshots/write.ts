import { crc32 } from "node:zlib";
import { plainBytes } from "../core/bytes-codec.ts";
import type { Codec, JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax, checkCount, checkKey, checkOptionalCount, checkOptionalId, invalid } from "../core/input.ts";
import { checkDistinct, encodeEach } from "../core/items.ts";
import { jsonSafe } from "../core/json-safe.ts";
import { loneOf, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import {
  checkDefinition,
  checkKeep,
  checkLong,
  checkPayload,
  checkTimestamp,
  type SnapshotDefinitionInput,
} from "./input.ts";
import { placeOf, type Snapshot, type SnapshotDefinition } from "./snapshot.ts";
import { writeSnapshot as writeOne, writeSnapshots, type WriteSnapshotsRow } from "./statements.generated.ts";

/** A version of a snapshot to write. */
export interface SnapshotInput {
  readonly persistenceId: string;
  /** From 0 to 2^63 - 1, and greater than the stored one's. */
  readonly version: bigint;
  readonly payload: Uint8Array;
  /** Describes the payload, in the engine's words. */
  readonly manifest?: string | null | undefined;
  /** From 0, the default, to 2^53 - 1. */
  readonly shard?: number | undefined;
  readonly definition?: SnapshotDefinitionInput | null | undefined;
  /** The engine's own time, in any unit; a Date counts as its milliseconds. */
  readonly timestamp?: bigint | Date | null | undefined;
  /**
   * How many versions to keep, this one included: 1 to 1,000, or "all". By default the replaced version is not kept, and kept ones stay.
   */
  readonly keep?: number | "all" | undefined;
  /**
   * The expected stored version; null means that no snapshot may exist. Of several writers that expect one version, one writes, even if
   * all write the same content.
   */
  readonly expectedVersion?: bigint | null | undefined;
  /** The expected generation; 0 means that no snapshot may exist. */
  readonly expectedGeneration?: number | undefined;
}

/**
 * The outcome of a write. "created": the id had no snapshot. "replaced": it had an older version. "replayed": it had this version with
 * this content, and nothing changed.
 */
export interface SnapshotWritten {
  readonly persistenceId: string;
  readonly version: bigint;
  readonly outcome: "created" | "replaced" | "replayed";
  readonly generation: number;
}

/** A version to write, checked and encoded. */
interface EncodedSnapshot {
  readonly persistenceId: string;
  readonly version: bigint;
  readonly shard: number;
  readonly keeps: number | null;
  /** null for any version, -1 if none may exist: 0 is an ordinary version. */
  readonly expectedVersion: bigint | null;
  readonly expectedGeneration: number | null;
  readonly timestamp: bigint | null;
  readonly manifest: string | null;
  readonly definition: SnapshotDefinition | null;
  readonly payload: Uint8Array;
  readonly encoding: string;
  readonly digests: string;
}

/** The most payload bytes of one batch call. Their text is twice as long, and the longest string has half a billion characters. */
const batchBytesMax = 64 * 1024 * 1024;

const snapshotFields: Fields<SnapshotInput> = fieldsOf<SnapshotInput, Snapshot>({
  persistenceId: true,
  version: true,
  payload: true,
  manifest: true,
  shard: true,
  definition: true,
  timestamp: true,
  keep: true,
  expectedVersion: true,
  expectedGeneration: true,
  generation: false,
  createdAt: false,
  updatedAt: false,
});

/** Checks and encodes a version before it joins others, so that an error concerns its caller alone. */
export function encodeSnapshot(codec: Codec, input: SnapshotInput): EncodedSnapshot {
  return encodeFields(codec, snapshotFields.read(input, "input"));
}

function encodeFields({ bytes: codec = plainBytes }: Codec, input: SnapshotInput): EncodedSnapshot {
  const persistenceId = checkKey(input.persistenceId, "persistenceId");
  const version = checkLong(input.version, "version", 0n);
  const place = placeOf({ persistenceId, version: String(version) });
  const payload = checkPayload(input.payload);
  const { bytes, encoding } = codec.encode(payload, place);
  return {
    persistenceId,
    version,
    shard: checkCount(input.shard ?? 0, "shard", 0),
    keeps: checkKeep(input.keep),
    expectedVersion: checkExpectedVersion(input.expectedVersion),
    expectedGeneration: checkOptionalCount(input.expectedGeneration, "expectedGeneration", 0),
    timestamp: checkTimestamp(input.timestamp),
    manifest: checkOptionalId(input.manifest, "manifest"),
    definition: checkDefinition(input.definition),
    payload: bytes,
    encoding,
    digests: codec.digests(payload, place).join(" "),
  };
}

/** Like {@link encodeSnapshot}, for snapshots written together. */
export function encodeSnapshots(codec: Codec, inputs: readonly SnapshotInput[]): readonly EncodedSnapshot[] {
  let bytes = 0;
  const given = encodeEach(
    inputs,
    "inputs",
    (input, place) => {
      const fields = snapshotFields.read(input, place);
      bytes += checkPayload(fields.payload).byteLength;
      return fields;
    },
    batchItemsMax,
  );
  if (bytes > batchBytesMax) {
    throw invalid("inputs", `has payloads of ${bytes} bytes, above the limit of ${batchBytesMax} a call: cut it`);
  }
  const snapshots = encodeEach(given, "inputs", (input) => encodeFields(codec, input));
  return checkDistinct(snapshots, "inputs", ({ persistenceId }) => persistenceId);
}

/** Of payloads above this size, a batch holds one per lane, so that the batch fits into memory. */
const large = { bytes: 64 * 1024, lanes: 8 };

/** The write of snapshots. A single one has a faster statement. */
export const writeSnapshot: Write<EncodedSnapshot, SnapshotWritten> = {
  name: "snapshots.write",
  keys: ({ persistenceId, payload }) =>
    payload.byteLength <= large.bytes
      ? [`snapshot\0${persistenceId}`]
      : [`snapshot\0${persistenceId}`, `large snapshot\0${crc32(persistenceId) % large.lanes}`],
  plan: (rows) => {
    const only = loneOf(rows);
    const plan = only ? onePlan(only) : manyPlan(rows);
    return mapPlan(plan, (written) =>
      written.map(({ outcome, generation }, i) =>
        jsonSafe({
          persistenceId: rows[i]?.persistenceId ?? "",
          version: rows[i]?.version ?? 0n,
          outcome: outcome === "created" || outcome === "replaced" ? outcome : "replayed",
          generation,
        }),
      ),
    );
  },
};

function onePlan({
  definition,
  version,
  expectedVersion,
  timestamp,
  ...row
}: EncodedSnapshot): Plan<readonly WriteSnapshotsRow[]> {
  const plan = writeOne({
    ...row,
    version: String(version),
    expectedVersion: textOf(expectedVersion),
    timestamp: textOf(timestamp),
    definitionName: definition?.name ?? null,
    definitionVersion: definition?.version ?? null,
    definitionHash: definition?.hash ?? null,
  });
  return mapPlan(plan, (written) => [written]);
}

function manyPlan(rows: readonly EncodedSnapshot[]): Plan<readonly WriteSnapshotsRow[]> {
  return writeSnapshots({
    persistenceIds: rows.map((row) => row.persistenceId),
    versions: rows.map((row) => String(row.version)),
    shards: rows.map((row) => row.shard),
    keeps: rows.map((row) => row.keeps),
    expectedVersions: expectedVersionsOf(rows),
    expectedGenerations: rows.map((row) => row.expectedGeneration),
    timestamps: rows.map((row) => textOf(row.timestamp)),
    manifests: rows.map((row) => row.manifest),
    definitionNames: rows.map((row) => row.definition?.name ?? null),
    definitionVersions: rows.map((row) => row.definition?.version ?? null),
    definitionHashes: rows.map((row) => row.definition?.hash ?? null),
    encodings: rows.map((row) => row.encoding),
    digests: rows.map((row) => row.digests),
    payloads: rows.map((row) => row.payload),
  });
}

/** The statements' value for "no snapshot may exist". */
const noVersion = -1n;

function checkExpectedVersion(expected: bigint | null | undefined): bigint | null {
  if (expected === undefined) return null;
  return expected === null ? noVersion : checkLong(expected, "expectedVersion", 0n);
}

/** The expected versions by id; null if no snapshot expects one. */
function expectedVersionsOf(rows: readonly EncodedSnapshot[]): JsonText | null {
  const expected = rows.flatMap(({ persistenceId, expectedVersion }) =>
    expectedVersion === null ? [] : [[persistenceId, String(expectedVersion)] as const],
  );
  return expected.length === 0 ? null : JSON.stringify(Object.fromEntries(expected));
}

/** The engine's own numbers travel as text. */
function textOf(long: bigint | null): string | null {
  return long === null ? null : String(long);
}
