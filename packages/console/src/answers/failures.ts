import { HoldfastError, InvalidInputError } from "holdfast";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorAnswer, ErrorCode } from "../protocol/index.ts";

/** The HTTP statuses of errors. */
export const statusOf: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  invalid_input: 400,
  unauthorized: 401,
  forbidden: 403,
  read_only: 403,
  not_found: 404,
  conflict: 409,
  duplicate: 409,
  lease_lost: 409,
  not_ready: 409,
  too_large: 413,
  too_many: 429,
  internal: 500,
  schema: 500,
  corrupt: 500,
  busy: 503,
  unavailable: 503,
  timed_out: 504,
};

/** An error of the console's own, for an answer. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly field: string | null;

  constructor(code: ErrorCode, message: string, field: string | null = null) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** An error about a parameter or a field of the body. */
export function badInput(field: string, problem: string): InvalidInputError {
  return new InvalidInputError(`${field} ${problem}.`, { facts: { field } });
}

/** The answer for an error: Holdfast's own messages hold neither payloads nor secrets; others are not shown. */
export function failureOf(error: unknown): ErrorAnswer {
  if (error instanceof Refusal) return answer(error.code, error.message, error.field);
  if (error instanceof HoldfastError) {
    const { field } = error.facts;
    return answer(error.code, error.message, typeof field === "string" ? field : null, error.retryable);
  }
  return answer("internal", "The console failed: see the warnings of its process.");
}

function answer(code: ErrorCode, message: string, field: string | null = null, isRetryable = false): ErrorAnswer {
  return { error: { code, message, field, isRetryable } };
}

/** Reports an error that nobody expected, whose answer does not show it. */
export function reportUnexpected(error: unknown): void {
  if (error instanceof Refusal || error instanceof HoldfastError) return;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning("A request to the console failed.", { type: "HoldfastConsoleWarning", detail });
}
