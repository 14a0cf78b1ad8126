/** A time in ISO 8601, in UTC with milliseconds, by the database's clock. */
export type Moment = string;

/** A status of executions and tasks. The last four are final. */
export type Status = "pending" | "running" | "waiting" | "paused" | "succeeded" | "failed" | "timed_out" | "canceled";

/** Every status of executions and tasks, in the order of a life. */
export const statuses: readonly Status[] = [
  "pending",
  "running",
  "waiting",
  "paused",
  "succeeded",
  "failed",
  "timed_out",
  "canceled",
];

/** A status of jobs. The last three are final. */
export type JobStatus = "blocked" | "scheduled" | "ready" | "running" | "succeeded" | "dead" | "canceled";

/** Every status of jobs, in the order of a life. */
export const jobStatuses: readonly JobStatus[] = [
  "blocked",
  "scheduled",
  "ready",
  "running",
  "succeeded",
  "dead",
  "canceled",
];

/** How the statuses of tasks determine that of their parent. */
export type Strategy = "wait_all" | "fail_fast" | "best_effort" | "race";

/** The number of executions or tasks in each status. */
export type StatusCounts = Readonly<Record<Status, number>>;

/** The number of jobs in each status. */
export type JobCounts = Readonly<Record<JobStatus, number>>;

/** Counters of an execution or a task, such as tokens or cents. */
export type Usage = Readonly<Record<string, number>>;

/**
 * A page of a list. `next` continues it and is null on the last page; `cursors` has one cursor per item. Each serves as the parameter
 * `after`, in both orders.
 */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly cursors: readonly string[];
}

/**
 * A payload as text, after redaction. Its place is null if none was ever given; JSON null is a payload with the text "null".
 */
export interface Payload {
  /** Indented JSON; text or hexadecimal for bytes. Only the beginning, if it is truncated. */
  readonly text: string;
  readonly format: "json" | "text" | "hex";
  /** The UTF-8 bytes of the whole text; of bytes, their number. */
  readonly size: number;
  readonly isTruncated: boolean;
  /** Whether the redaction hook failed, so that nothing is shown: the text is empty. */
  readonly isWithheld: boolean;
  /** The path below the console that answers the whole as an attachment of plain text; null if this is the whole, or withheld. */
  readonly download: string | null;
}

/** The body of every answer above 399. */
export interface ErrorAnswer {
  readonly error: {
    /** A code of Holdfast's errors, or one of the console's own. */
    readonly code: ErrorCode;
    /** One sentence, then what to do. */
    readonly message: string;
    /** The parameter or field that is wrong; null for other errors. */
    readonly field: string | null;
    /** Whether the same request may succeed if it is repeated. */
    readonly isRetryable: boolean;
  };
}

/**
 * Why a request failed. `unauthorized` asks for the token (401), `forbidden` is final (403), and `read_only` answers actions of a console
 * that allows none (403). `too_many` answers an address that gave many wrong tokens (429), and `busy` answers live connections above the
 * limit (503).
 */
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
  | "corrupt"
  | "unauthorized"
  | "forbidden"
  | "read_only"
  | "too_large"
  | "too_many"
  | "busy"
  | "internal";
