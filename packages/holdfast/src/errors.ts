import { jsonSafe } from "./json-safe.ts";
import { shorten } from "./quote.ts";

/** The stable codes of Holdfast's errors: one per class, for callers that match on data rather than on classes. */
export type ErrorCode =
  | "not_found"
  | "conflict"
  | "duplicate"
  | "lease_lost"
  | "not_ready"
  | "invalid_input"
  | "schema"
  | "unavailable"
  | "corrupt";

/**
 * Facts about an error that a program can act on: names of fields and rows, versions, counts. Never payloads or secrets. Only the
 * version of a snapshot is a bigint; `JSON.stringify` writes it as text.
 */
export type ErrorFacts = Readonly<Record<string, string | number | bigint | boolean | Date | null>>;

/** What every Holdfast error is made from besides its message. */
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
 * `code` is stable across releases; `retryable` says whether the same call may succeed when simply made again; `cause`
 * keeps the driver's error; `facts` are what the message says, as data.
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

/** The row that the call needs does not exist. */
export class NotFoundError extends HoldfastError {
  readonly code = "not_found";
}

/**
 * Why a call conflicts with what is there: the row is at another `version`, `number` or `generation` than the call expects; its `status` does
 * not allow the change, or it has `ended`; something has `references` to it; another transaction has `locked` it, or ran at the same time and
 * won (`concurrent`). Anything else is a `rule`.
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
 * What is there does not allow the call. `reason` says why; read it here, for the `facts` may leave out "rule".
 * The facts hold `expected` and `actual`, where the call expected something.
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

/** The work that the call waits for is not finished yet. */
export class NotReadyError extends HoldfastError {
  readonly code = "not_ready";
}

/** The caller's arguments or settings are wrong; `facts.field` names which. Thrown before any I/O where that is possible. */
export class InvalidInputError extends HoldfastError {
  readonly code = "invalid_input";
}

/** The database's schema is not one that this release can work with. */
export class SchemaError extends HoldfastError {
  readonly code = "schema";
}

/** The database cannot be reached, is shutting down, or did not answer in time. */
export class UnavailableError extends HoldfastError {
  readonly code = "unavailable";
}

/** Stored bytes are not what was written. */
export class CorruptError extends HoldfastError {
  readonly code = "corrupt";
}

// Written out, not read from the classes: a minifier gives those other names.
for (const [name, type] of Object.entries({
  NotFoundError,
  ConflictError,
  DuplicateError,
  LeaseLostError,
  NotReadyError,
  InvalidInputError,
  SchemaError,
  UnavailableError,
  CorruptError,
})) {
  Object.defineProperty(type.prototype, "name", { value: name });
}
