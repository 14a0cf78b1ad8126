import type { Store, Transaction } from "holdfast";
import { ConflictError, DuplicateError, NotFoundError } from "holdfast/errors";
import type { Execution, NewExecution, TransitionInput } from "holdfast/executions";
import { labelsOf } from "./labels.ts";
import { labeledRun, type RunRecord, recordOf, stepOf } from "./record.ts";
import { idOf } from "./text.ts";

/** The nouns on which a change of a run works. */
export type Nouns = Pick<Transaction, "executions" | "history" | "components" | "kv">;

/** A run as it was read. */
export interface FoundRun {
  readonly id: string;
  readonly execution: Execution;
  readonly record: RunRecord;
}

/** What a change does to a run: its new record, if that changes, and what else is written with it. */
export interface RunStep<T> {
  readonly record?: RunRecord;
  readonly with?: Pick<TransitionInput, "end" | "components" | "history" | "expectedNext">;
  readonly answer: T;
}

/** Reads a run; null if there is none. */
export async function findRun({ executions }: Pick<Nouns, "executions">, runId: string): Promise<FoundRun | null> {
  const id = idOf(runId);
  const execution = await executions.get(id);
  const record = execution && recordOf(execution);
  return record && { id, execution, record };
}

/** How a change runs. */
export interface ChangeOptions {
  /** Whether it writes rows besides the run's: false by default. */
  readonly isWide?: boolean;
}

/** A change of a run that was found. */
export type RunChanger<T> = (found: FoundRun, nouns: Nouns) => RunStep<T> | Promise<RunStep<T>>;

/** Creates a run, unless there is one. */
export async function createRun(
  place: Store | Transaction,
  runId: string,
  record: RunRecord,
  started: Pick<NewExecution, "status"> = {},
): Promise<boolean> {
  const execution = { id: idOf(runId), state: record, labels: labelsOf(labeledRun(record)), ...started };
  const create = async ({ executions }: Nouns) => executions.create(execution);
  try {
    await ("query" in place ? place.transaction(create) : create(place));
    return true;
  } catch (error) {
    if (!(error instanceof DuplicateError)) throw error;
    const other = await place.executions.get(execution.id);
    if (other && !recordOf(other)) throw error;
    return false;
  }
}

/**
 * Changes a run, again and again until no other writer comes between reading and writing. Within a transaction, or if the change writes
 * rows besides the run's, each attempt is a transaction of its own.
 */
export async function changeRun<T>(
  place: Store | Transaction,
  runId: string,
  change: RunChanger<T>,
  { isWide = false }: ChangeOptions = {},
): Promise<T | null> {
  const attempt = async (nouns: Nouns): Promise<T | null> => {
    const found = await findRun(nouns, runId);
    return found && apply(nouns, found, await change(found, nouns));
  };
  for (;;) {
    try {
      return await (isWide || "query" in place ? place.transaction(attempt) : attempt(place));
    } catch (error) {
      if (!isLostRace(error)) throw error;
    }
  }
}

async function apply<T>({ executions }: Nouns, { id, execution }: FoundRun, step: RunStep<T>): Promise<T> {
  if (step.record === undefined && step.with === undefined) return step.answer;
  if (execution.finishedAt !== null) {
    throw new ConflictError(`Run ${id} has ended, and its log is complete: start another run.`, {
      facts: { entity: "execution", id },
    });
  }
  const require = { version: execution.version };
  const changed = step.record === undefined ? {} : stepOf(execution, step.record);
  // An end names the status.
  const { status: _status, ...ended } = changed;
  await executions.transition(id, { require, ...(step.with?.end === undefined ? changed : ended), ...step.with });
  return step.answer;
}

/** Whether another writer changed or removed what a change had read. */
function isLostRace(error: unknown): boolean {
  if (error instanceof ConflictError) return error.reason === "version" || error.reason === "ended";
  return error instanceof NotFoundError;
}
