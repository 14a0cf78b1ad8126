import {
  assertExpectedVersionMatchesCurrent,
  type ExpectedStreamVersion,
  ExpectedVersionConflictError,
  NO_CONCURRENCY_CHECK,
  STREAM_DOES_NOT_EXIST,
  STREAM_EXISTS,
} from "@event-driven-io/emmett";
import { ConflictError } from "holdfast/errors";
import { invalid } from "./input.ts";

/** What an append expects of its stream. */
export interface Expectation {
  readonly given: ExpectedStreamVersion;
  /** The number that the first event must get; undefined if any will do. */
  readonly expectedNext: number | undefined;
  /** Whether the append may create the stream. */
  readonly mayCreate: boolean;
}

const general: readonly unknown[] = [STREAM_EXISTS, STREAM_DOES_NOT_EXIST, NO_CONCURRENCY_CHECK];

/** Checks an expected version. */
export function expectationOf(given: ExpectedStreamVersion = NO_CONCURRENCY_CHECK): Expectation {
  if (typeof given === "bigint") {
    const version = toCount(given, "expectedStreamVersion") ?? 0;
    return { given, expectedNext: version + 1, mayCreate: version === 0 };
  }
  if (!general.includes(given)) {
    throw invalid("expectedStreamVersion", `must be a bigint, or one of ${general.join(", ")}`);
  }
  if (given === STREAM_DOES_NOT_EXIST) return { given, expectedNext: 1, mayCreate: true };
  return { given, expectedNext: undefined, mayCreate: given !== STREAM_EXISTS };
}

/** Throws an ExpectedVersionConflictError unless a stream of this version is as expected. */
export function checkVersion(current: bigint, { given }: Expectation): void {
  assertExpectedVersionMatchesCurrent(current, given, 0n);
}

/** Emmett's error for a conflict of an append; the same error for any other. */
export function toEmmett(error: unknown, { given }: Expectation): unknown {
  if (!(error instanceof ConflictError) || error.reason !== "number") return error;
  const { actual } = error.facts;
  const conflict = new ExpectedVersionConflictError(BigInt(Number(actual)) - 1n, given);
  conflict.cause = error;
  return conflict;
}

/** A position or a count of the caller's as a number. */
export function toCount(value: bigint | undefined, field: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "bigint" || value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER) - 1n) {
    throw invalid(field, "must be a bigint from 0n to 2n ** 53n - 2n");
  }
  return Number(value);
}
