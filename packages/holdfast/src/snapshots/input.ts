import { isUint8Array } from "node:util/types";
import { payloadBytesMax } from "../core/bytes-codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkInstant, checkInteger, checkOptionalId, describeType, invalid } from "../core/input.ts";
import type { SnapshotDefinition } from "./snapshot.ts";

/** The definition of a snapshot, as given by the caller. */
export interface SnapshotDefinitionInput {
  readonly name: string;
  readonly version?: number | null | undefined;
  readonly hash?: string | null | undefined;
}

/** The bounds of a number of kept versions; "all" has no bound. */
export const keepBounds: { readonly min: number; readonly max: number } = { min: 1, max: 1000 };
/** The schema's value for "all". */
const keepAll = 0;

/** Checks a payload: bytes, up to 16 MiB. */
export function checkPayload(payload: unknown): Uint8Array {
  if (!isUint8Array(payload)) {
    throw invalid("payload", `must be a Uint8Array, and is ${describeType(payload)}`);
  }
  if (payload.byteLength > payloadBytesMax) {
    throw invalid(
      "payload",
      `has ${payload.byteLength} bytes, above the limit of ${payloadBytesMax}: keep the bulk elsewhere and refer to it`,
    );
  }
  return payload;
}

const definitionFields: Fields<SnapshotDefinitionInput> = fieldsOf<SnapshotDefinitionInput, SnapshotDefinition>({
  name: true,
  version: true,
  hash: true,
});

/** Checks a definition's name, version and hash; undefined and null both mean none. */
export function checkDefinition(given: SnapshotDefinitionInput | null | undefined): SnapshotDefinition | null {
  if (given === undefined || given === null) return null;
  const { name, version = null, hash } = definitionFields.readInner(given, "definition");
  return {
    name: checkId(name, "definition.name"),
    version: version === null ? null : checkInteger(version, "definition.version", { min: 1, max: 2 ** 31 - 1 }),
    hash: checkOptionalId(hash, "definition.hash"),
  };
}

/** Checks how many versions to keep, and returns the schema's value. */
export function checkKeep(keep: number | "all" | undefined): number | null {
  if (keep === undefined) return null;
  return keep === "all" ? keepAll : checkInteger(keep, "keep", keepBounds);
}

/** The greatest of an engine's own numbers. */
export const longMax: bigint = 2n ** 63n - 1n;

/** Checks a number of the caller's own, such as a version: a bigint from `min` to 2^63 - 1, or a safe integer. */
export function checkLong(value: unknown, field: string, min: bigint): bigint {
  const whole = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof whole === "bigint" && whole >= min && whole <= longMax) return whole;
  const given = typeof value === "bigint" || typeof value === "number" ? String(value) : describeType(value);
  throw invalid(field, `must be a bigint from ${min} to 2^63 - 1, and is ${given}`);
}

/** Checks the engine's own time: any 64-bit integer; a Date counts as its milliseconds. */
export function checkTimestamp(timestamp: bigint | Date | null | undefined): bigint | null {
  if (timestamp === undefined || timestamp === null) return null;
  if (timestamp instanceof Date) return BigInt(checkInstant(timestamp, "timestamp").getTime());
  return checkLong(timestamp, "timestamp", -longMax - 1n);
}
