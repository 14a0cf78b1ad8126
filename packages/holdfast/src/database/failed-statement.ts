import type { WireStatement } from "./database.ts";

/** Of errors that the server answered with: the statement that it answered so, and its place in its plan. */
const failedStatements = new WeakMap<Error, WireStatement>();
const failedPlaces = new WeakMap<Error, number>();

/** Notes which statement an error is the answer to; gives the error. */
export function failedAt<E>(error: E, statement: WireStatement | undefined): E {
  if (error instanceof Error && statement !== undefined) failedStatements.set(error, statement);
  return error;
}

/** Notes the place of that statement among those of a plan; gives the error. */
export function failedAmong<E>(error: E, statements: readonly WireStatement[]): E {
  const statement = error instanceof Error ? noted(error, failedStatements) : undefined;
  const place = statement === undefined ? -1 : statements.indexOf(statement);
  if (error instanceof Error && place >= 0) failedPlaces.set(error, place);
  return error;
}

/** The place in its plan of the statement that failed; undefined where none of them did, as at a deferred constraint. */
export function failedStatementOf(error: unknown): number | undefined {
  return error instanceof Error ? noted(error, failedPlaces) : undefined;
}

/** What is noted of an error, or of what caused it. */
function noted<T>(error: Error, notes: WeakMap<Error, T>): T | undefined {
  const note = notes.get(error);
  return note === undefined && error.cause instanceof Error ? noted(error.cause, notes) : note;
}
