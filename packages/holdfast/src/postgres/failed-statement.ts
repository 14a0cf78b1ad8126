import type { WireStatement } from "./database.ts";

/** By the server's error: the failed statement, and its place in its plan. */
const failedStatements = new WeakMap<Error, WireStatement>();
const failedPlaces = new WeakMap<Error, number>();

/** Notes the statement that failed with an error. Returns the error. */
export function failedAt<E>(error: E, statement: WireStatement | undefined): E {
  if (error instanceof Error && statement !== undefined) failedStatements.set(error, statement);
  return error;
}

/** Notes the place of that statement in its plan. Returns the error. */
export function failedAmong<E>(error: E, statements: readonly WireStatement[]): E {
  const statement = error instanceof Error ? noted(error, failedStatements) : undefined;
  const place = statement === undefined ? -1 : statements.indexOf(statement);
  if (error instanceof Error && place >= 0) failedPlaces.set(error, place);
  return error;
}

/** Returns the place of the failed statement in its plan; undefined if none failed, as with a deferred constraint. */
export function failedStatementOf(error: unknown): number | undefined {
  return error instanceof Error ? noted(error, failedPlaces) : undefined;
}

/** Returns the statement that failed with an error; undefined if it was none, or is unknown. */
export function statementThatFailed(error: unknown): WireStatement | undefined {
  return error instanceof Error ? noted(error, failedStatements) : undefined;
}

/** Returns the note of an error, or of its cause. */
function noted<T>(error: Error, notes: WeakMap<Error, T>): T | undefined {
  const note = notes.get(error);
  return note === undefined && error.cause instanceof Error ? noted(error.cause, notes) : note;
}
