import {
  ConflictError,
  type ConflictReason,
  CorruptError,
  DuplicateError,
  type ErrorFacts,
  HoldfastError,
  InvalidInputError,
  LeaseLostError,
  NotFoundError,
  NotReadyError,
  SchemaError,
  UnavailableError,
} from "../core/errors.ts";
import { shorten } from "../core/quote.ts";
import { countTooLarge } from "../core/values.ts";
import { meaningOfConstraint } from "./constraints.ts";

type ErrorClass = new (
  message: string,
  options: { cause: unknown; facts: ErrorFacts; retryable?: boolean },
) => HoldfastError;

/** How much of a server's own words a message holds: they may quote a value. */
const serversWordsMax = 300;

/** The fields of a driver's error besides its message. */
interface DatabaseFailure extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  /** Set if the server reported the error. */
  readonly severity?: string;
}

interface Meaning {
  readonly type: ErrorClass;
  readonly advice: string;
  readonly retryable?: boolean;
  /** The wrong setting. */
  readonly field?: string;
  /** The reason of a conflict. */
  readonly reason?: ConflictReason;
}

/** Holdfast's own SQLSTATEs, raised by the schema with their facts in DETAIL. */
const ownStates: Readonly<Record<string, ErrorClass>> = {
  HF001: ConflictError,
  HF002: LeaseLostError,
  HF003: ConflictError,
  HF004: NotFoundError,
  HF005: NotReadyError,
  HF006: InvalidInputError,
  HF007: DuplicateError,
};

/**
 * The classes of SQLSTATEs that PostgreSQL itself raises, except P0, which belongs to `raise exception`. All others come from the
 * application's own triggers and functions.
 */
const postgresClasses = new Set(
  (
    "00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 " +
    "53 54 55 57 58 72 F0 HV XX"
  ).split(" "),
);

const onlyNested =
  "an earlier call of the transaction failed and its error was caught, so end it; make a call that may fail in a nested transaction";

/** An application's own rule: the request is at fault, and the server is well. */
const refusedByRule: Meaning = { type: InvalidInputError, advice: "a trigger or function of the database refused it" };

/** Whole SQLSTATEs first, then classes (their first two characters). */
const meanings: Readonly<Record<string, Meaning>> = {
  "23503": { type: NotFoundError, advice: "create what it refers to first, or remove what refers to it" },
  "23505": { type: DuplicateError, advice: "choose another, or read the one that exists" },
  "23514": { type: InvalidInputError, advice: "see the schema's rule of that name" },
  "23": { type: InvalidInputError, advice: "see the schema's rule of that name" },
  "22": { type: InvalidInputError, advice: "correct the value" },
  "40001": { type: ConflictError, advice: "run the transaction again", retryable: true, reason: "concurrent" },
  "40P01": { type: ConflictError, advice: "run the transaction again", retryable: true, reason: "concurrent" },
  "55P03": {
    type: ConflictError,
    advice: "try again when the other transaction has ended",
    retryable: true,
    reason: "locked",
  },
  "54": { type: InvalidInputError, advice: "make it smaller" },
  "57014": { type: UnavailableError, advice: "raise the statement timeout, or do less at once", retryable: true },
  "25006": {
    type: UnavailableError,
    advice: "connect to the primary, or do not write where only reading was asked for",
    retryable: true,
  },
  "25P03": {
    type: UnavailableError,
    advice: "the transaction was rolled back; wait for less between its calls, or raise idleInTransactionTimeoutMs",
    retryable: true,
  },
  "25P02": { type: InvalidInputError, advice: onlyNested },
  "3F000": { type: SchemaError, advice: "run the migrations" },
  "42P01": { type: SchemaError, advice: "run the migrations" },
  "42703": { type: SchemaError, advice: "run the migrations" },
  "42704": { type: SchemaError, advice: "run the migrations" },
  "42883": { type: SchemaError, advice: "run the migrations" },
  "42501": { type: SchemaError, advice: "grant the role what it lacks" },
  "28P01": { type: InvalidInputError, advice: "correct the user or the password", field: "password" },
  "28": { type: InvalidInputError, advice: "correct the user, or let it in on the server", field: "user" },
  "3D000": { type: InvalidInputError, advice: "create the database, or name another", field: "database" },
  "08P01": {
    type: UnavailableError,
    advice: 'if a pooler such as PgBouncer is in between, say pooler: "transaction", or pgbouncer=true in the URL',
    retryable: true,
  },
  "08": { type: UnavailableError, advice: "check that the server runs and can be reached", retryable: true },
  "53": { type: UnavailableError, advice: "the server is short of a resource", retryable: true },
  "57": { type: UnavailableError, advice: "try again when the server is back", retryable: true },
  "58": { type: UnavailableError, advice: "look at the server's log" },
  XX001: { type: CorruptError, advice: "restore from a backup" },
  XX002: { type: CorruptError, advice: "rebuild the index that the server's log names" },
};

/** The reason of a conflict from the schema, if its facts do not say. */
const conflictReasons: Readonly<Record<string, ConflictReason>> = { HF001: "version", HF003: "status" };

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
]);

/** The Holdfast error for a driver's error; a HoldfastError stays itself. */
export function toHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (!(error instanceof Error)) {
    return new UnavailableError(`The database failed: ${shorten(String(error), serversWordsMax)}.`, { cause: error });
  }
  const failure: DatabaseFailure = error;
  const own = ownStates[failure.code ?? ""];
  if (own) {
    const reason = conflictReasons[failure.code ?? ""];
    const facts = { ...(reason && { reason }), ...factsOf(failure.detail) };
    if (Object.values(facts).some(isRounded)) return countTooLarge(error);
    return new own(sentence(failure.message), { cause: error, facts });
  }
  if (failure.code === "23503" && failure.message.startsWith("update or delete")) {
    return withMeaning(failure, {
      type: ConflictError,
      advice: "remove what refers to it first",
      reason: "references",
    });
  }
  const state = stateOf(failure);
  const meaning = meanings[state] ?? meanings[state.slice(0, 2)];
  if (meaning && /^[0-9A-Z]{5}$/.test(state)) return withMeaning(failure, meaning);
  const words = shorten(failure.message, serversWordsMax);
  if (isOfApplication(failure)) return withMeaning(failure, refusedByRule);
  if (networkCodes.has(failure.code ?? "") || !failure.code) {
    // If several addresses all fail, Node reports it in an error without a message.
    const reason = failure.message === "" ? (failure.code ?? "the connection was lost") : words;
    return new UnavailableError(
      `The database cannot be reached (${reason}): check that it runs and that the address is right.`,
      { cause: error, retryable: true },
    );
  }
  return new UnavailableError(`The database failed with ${failure.code} (${words}): look at its log.`, {
    cause: error,
  });
}

/** True for failures after which the same transaction can simply run again. */
export function isSerializationFailure(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** True if a lock was not available within its time limit; nothing was written. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === "55P03";
}

/** True if the server ended a statement that took too long; nothing was written. */
export function isStatementTimeout(error: unknown): boolean {
  return codeOf(error) === "57014";
}

/** True if the server reported the error: the connection is still good, and the statement had no effect. */
export function isStatementFailure(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P|58)/.test(code) && !networkCodes.has(code);
}

/** True if no answer came: the effect is unknown, and the connection is unusable. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof UnavailableError && !isStatementFailure(error);
}

/** True if the server is read-only: after a failover, the former primary may have become a standby. */
export function isReadOnlyServer(error: unknown): boolean {
  // A refusal because only reading was requested says nothing about the server.
  return !(error instanceof InvalidInputError) && codeOf(error) === "25006";
}

/** True if a row's value is at fault, so that the same statement may succeed without that row. */
export function isInputFailure(error: unknown): boolean {
  const failure = driversError(error);
  return /^(HF|22|23|54|P0)/.test(failure?.code ?? "") || (failure !== undefined && isOfApplication(failure));
}

/** True for the error of every statement after the one that failed its transaction. */
export function isAbortedTransaction(error: unknown): boolean {
  return codeOf(error) === "25P02";
}

/**
 * The error of a call in a transaction after one that failed there, whose error the caller caught: the transaction can only end.
 *
 * `first` is that failure, if it is known.
 */
export function callAfterFailure(first: unknown, what = "The call was not made"): InvalidInputError {
  const told = first instanceof HoldfastError ? ` (${first.message.replace(/\.$/, "")})` : "";
  return new InvalidInputError(
    `${what}, for an earlier call of the transaction failed${told} and its error was caught: let the error end the transaction, ` +
      "or make a call that may fail in a nested transaction.",
    {
      cause: first,
      facts: { field: "transaction", ...(first instanceof HoldfastError ? { failed: first.code } : {}) },
    },
  );
}

function isOfApplication({ severity, code = "" }: DatabaseFailure): boolean {
  return severity !== undefined && !postgresClasses.has(code.slice(0, 2));
}

function codeOf(error: unknown): string | undefined {
  const failure = driversError(error);
  return failure && stateOf(failure);
}

/** The SQLSTATE, or the code of a network failure. PostgreSQL has none for changes of one object of the schema that collide. */
function stateOf(failure: DatabaseFailure): string {
  const isCollision = failure.code === "XX000" && /^tuple concurrently (updated|deleted)$/.test(failure.message);
  return isCollision ? "40001" : (failure.code ?? "");
}

function driversError(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  return error instanceof HoldfastError ? driversError(error.cause) : error;
}

function withMeaning(failure: DatabaseFailure, { type, advice, retryable, field, reason }: Meaning): HoldfastError {
  const broken = type === NotFoundError || type === DuplicateError ? meaningOfConstraint(failure) : null;
  if (broken) return new type(sentence(broken.message), { cause: failure, facts: broken.facts });
  const facts: Record<string, string> = { sqlstate: failure.code ?? "" };
  if (field) facts.field = field;
  if (reason) facts.reason = reason;
  if (failure.constraint) facts.constraint = failure.constraint;
  if (failure.table) facts.table = failure.table;
  if (failure.column) facts.column = failure.column;
  const message = shorten(failure.message.replace(/\.$/, ""), serversWordsMax);
  return new type(sentence(`${message}: ${advice}`), { cause: failure, facts, ...(retryable ? { retryable } : {}) });
}

function sentence(text: string): string {
  // The name of a field keeps the caller's spelling.
  const capital = /^[a-z]+[A-Z]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return capital.endsWith(".") ? capital : `${capital}.`;
}

function factsOf(detail: string | undefined): ErrorFacts {
  if (!detail) return {};
  try {
    return JSON.parse(detail, readFact) as ErrorFacts;
  } catch {
    // Not written by the schema's fail(): only the message is available.
    return {};
  }
}

/** A caller's own 64-bit number comes as `{"bigint": "5"}`: a JSON number would be rounded. */
function readFact(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("bigint" in value)) return value;
  return BigInt(String(value.bigint));
}

function isRounded(fact: unknown): boolean {
  return typeof fact === "number" && Number.isInteger(fact) && !Number.isSafeInteger(fact);
}
