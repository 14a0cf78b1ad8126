import { jsonSafe } from "./json-safe.ts";
import { shorten } from "./quote.ts";

/** The stable codes of Holdfast's errors: one per class, for callers that match on data instead of classes. */
export type ErrorCode =
  | "not_found"
  | "conflict"
  | "duplicate"
  | "lease_lost"
  | "timed_out"
  | "not_ready"
  | "invalid_input"
  | "schema"
  | "unavailable"
  | "corrupt";

/**
 * Facts about an error that a program can act on: names of fields and rows, versions, counts. Never payloads or secrets. Only the version
 * of a snapshot is a bigint; `JSON.stringify` writes it as text.
 */
export type ErrorFacts = Readonly<Record<string, string | number | bigint | boolean | Date | null>>;

/** The parts of a Holdfast error besides its message. */
export interface HoldfastErrorOptions {
  readonly facts?: ErrorFacts;
  readonly cause?: unknown;
  readonly retryable?: boolean;
}

/** Limits messages and facts, so that neither ever holds a large value. */
const messageCharsMax = 2000;

function shortFacts(facts: ErrorFacts): ErrorFacts {
  const isLong = (fact: unknown): fact is string => typeof fact === "string" && fact.length > messageCharsMax;
  if (!Object.values(facts).some(isLong)) return facts;
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, isLong(fact) ? shorten(fact, messageCharsMax) : fact]),
  );
}

/**
 * The root of every error that Holdfast throws.
 *
 * `code` is stable across releases. `retryable` says whether the same call may succeed if it is simply repeated. `cause` keeps the
 * driver's error. `facts` are the contents of the message as data.
 */
export abstract class HoldfastError extends Error {
  abstract readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly facts: ErrorFacts;

  constructor(message: string, options: HoldfastErrorOptions = {}) {
    super(shorten(message, messageCharsMax), options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = options.retryable ?? false;
    const facts = shortFacts(options.facts ?? {});
    this.facts = Object.values(facts).some((fact) => typeof fact === "bigint") ? jsonSafe({ ...facts }) : facts;
  }
}

/** A row that the call needs does not exist. */
export class NotFoundError extends HoldfastError {
  readonly code = "not_found";
}

/**
 * Why a call conflicts with stored data. The row is at another `version`, `number` or `generation` than the call expects; its `status`
 * does not allow the change, or it has `ended`; something has `references` to it. Another transaction has `locked` it, or ran at the same
 * time and won (`concurrent`). Anything else is a `rule`.
 */
export type ConflictReason =
  | "version"
  | "number"
  | "generation"
  | "status"
  | "ended"
  | "references"
  | "locked"
  | "concurrent"
  | "rule";

/**
 * Stored data does not allow the call. `reason` says why; read it here, because the `facts` may leave out "rule". The facts hold
 * `expected` and `actual` if the call expected something.
 */
export class ConflictError extends HoldfastError {
  readonly code = "conflict";

  get reason(): ConflictReason {
    return (this.facts["reason"] as ConflictReason | undefined) ?? "rule";
  }
}

/** A unique name is taken; `facts` name it. */
export class DuplicateError extends HoldfastError {
  readonly code = "duplicate";
}

/** The caller's lease or claim has expired or was taken over: nothing was changed, and the caller must stop its work. */
export class LeaseLostError extends HoldfastError {
  readonly code = "lease_lost";
}

/** A handler exceeded its time limit. Its attempt has failed, and its later calls change nothing. */
export class TimedOutError extends HoldfastError {
  readonly code = "timed_out";
}

/** Work that the call depends on is not finished yet. */
export class NotReadyError extends HoldfastError {
  readonly code = "not_ready";
}

/** The caller's arguments or settings are wrong; `facts.field` names which. Thrown before any I/O if possible. */
export class InvalidInputError extends HoldfastError {
  readonly code = "invalid_input";
}

/** This release does not work with the database's schema. */
export class SchemaError extends HoldfastError {
  readonly code = "schema";
}

/** The database cannot be reached, is shutting down, or did not answer in time. */
export class UnavailableError extends HoldfastError {
  readonly code = "unavailable";
}

/** Stored bytes differ from what was written, or do not fit the schema of a definition; `facts.reason` is "schema" then. */
export class CorruptError extends HoldfastError {
  readonly code = "corrupt";
}

// Written out, not read from the classes, because a minifier renames those.
for (const [name, type] of Object.entries({
  NotFoundError,
  ConflictError,
  DuplicateError,
  LeaseLostError,
  TimedOutError,
  NotReadyError,
  InvalidInputError,
  SchemaError,
  UnavailableError,
  CorruptError,
})) {
  Object.defineProperty(type.prototype, "name", { value: name });
}
