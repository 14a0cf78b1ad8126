import { crc32 } from "node:zlib";
import { loneOf } from "../database/batches.ts";
import { plainBytes } from "../database/bytes-codec.ts";
import type { Codec, JsonText } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { batchItemsMax, checkCount, checkId, checkOptionalCount, checkOptionalId, invalid } from "../database/input.ts";
import { checkDistinct, encodeEach } from "../database/items.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { jsonSafe } from "../json-safe.ts";
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
  /** What the payload is, in the engine's words. */
  readonly manifest?: string | null | undefined;
  /** From 0, the default, to 2^53 - 1. */
  readonly shard?: number | undefined;
  readonly definition?: SnapshotDefinitionInput | null | undefined;
  /** The engine's own moment, in whatever unit; a Date counts as its milliseconds. */
  readonly timestamp?: bigint | Date | null | undefined;
  /**
   * How many versions to keep, this one included: 1 to 1,000, or "all". Where nothing is said, the version that this one replaces
   * is not kept, and those that were kept stay.
   */
  readonly keep?: number | "all" | undefined;
  /**
   * The version that the stored one must be at; null where there must be none. Of several writers that expect one version, one writes,
   * also where they write the same content.
   */
  readonly expectedVersion?: bigint | null | undefined;
  /** The generation that the id must have; 0 where it must have no snapshot. */
  readonly expectedGeneration?: number | undefined;
}

/**
 * What became of a write: "created", where the id had no snapshot; "replaced", where it had an older version; "replayed", where it
 * had this version with this content, so that nothing was changed.
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
  /** null where any will do, -1 where there must be none: 0 is a version like others. */
  readonly expectedVersion: bigint | null;
  readonly expectedGeneration: number | null;
  readonly timestamp: bigint | null;
  readonly manifest: string | null;
  readonly definition: SnapshotDefinition | null;
  readonly payload: Uint8Array;
  readonly encoding: string;
  readonly digests: string;
}

/** The most bytes of the payloads of one batch call: their text is twice as long, and the longest string has half a billion. */
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

/** Checks and encodes a version to write, so that what is wrong with it is its caller's error alone. */
export function encodeSnapshot(codec: Codec, input: SnapshotInput): EncodedSnapshot {
  return encodeFields(codec, snapshotFields.read(input, "input"));
}

function encodeFields({ bytes: codec = plainBytes }: Codec, input: SnapshotInput): EncodedSnapshot {
  const persistenceId = checkId(input.persistenceId, "persistenceId");
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

/** As {@link encodeSnapshot}, for snapshots that are written together. */
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

/** Of payloads above this size, a batch holds one a lane, so that what travels together fits into memory. */
const large = { bytes: 64 * 1024, lanes: 8 };

/** The write of snapshots. One by itself has a statement that is quicker. */
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

/** How the statements spell that there must be no snapshot. */
const noVersion = -1n;

function checkExpectedVersion(expected: bigint | null | undefined): bigint | null {
  if (expected === undefined) return null;
  return expected === null ? noVersion : checkLong(expected, "expectedVersion", 0n);
}

/** The expected versions by id; null where no snapshot expects one. */
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
