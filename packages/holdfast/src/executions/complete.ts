import { hintEnded } from "../claims/hints.ts";
import { type Codec, decodeOptional, encodeOptional } from "../core/codec.ts";
import type { Status } from "../core/enums.generated.ts";
import { HoldfastError, NotReadyError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkFunction } from "../core/input.ts";
import { combinePlans } from "../core/plan.ts";
import { describeError } from "../core/thrown.ts";
import type { Session } from "../session/session.ts";
import { changeExecution, encodeChange } from "./change.ts";
import { type Execution, hasEnded, toExecution } from "./execution.ts";
import { checkExpectation, type ExecutionExpectation } from "./save.ts";
import {
  lockExecution,
  outcomeOfTasks,
  outputsOfTasks,
  unfinishedTasks,
  type UnfinishedTasksRow,
} from "./statements.generated.ts";

/** The outputs of an execution's root tasks, by name; undefined for a task without one. */
export type TaskOutputs = Readonly<Record<string, unknown>>;

/** How an execution is completed. */
export interface ExecutionCompletion extends ExecutionExpectation {
  /**
   * Computes the execution's output from those of its tasks. Without it, or if it returns undefined, the outputs of the tasks are the
   * output. If no task has one, a saved output stays. If it throws, or returns a value that cannot be stored, the execution ends as
   * "failed" with that error. It runs inside the transaction that locks the execution and may run again: keep it quick and free of side
   * effects.
   */
  readonly transform?: (outputs: TaskOutputs) => unknown;
}

/** Reads the options of a completion. */
export const completionFields: Fields<ExecutionCompletion> = fieldsOf<ExecutionCompletion>({
  expectedVersion: true,
  token: true,
  transform: true,
});

/** Completes an execution in its own transaction, or behind a savepoint; null if it does not exist. */
export async function completeExecution(
  session: Session,
  id: string,
  { transform, ...expectation }: ExecutionCompletion,
): Promise<Execution | null> {
  if (transform !== undefined) checkFunction(transform, "transform");
  checkExpectation(expectation, 1);
  return session.transaction(async (inner) => {
    const row = await inner.run(lockExecution.wait({ id }));
    if (row === null) return null;
    if (hasEnded(row.status)) return toExecution(inner.codec, row);
    // Read only now, these see every task of a transaction that the lock waited for. None is added under the lock.
    const plan = combinePlans([unfinishedTasks({ id }), outcomeOfTasks({ id }), outputsOfTasks({ id })]);
    const [unfinished, { status }, outputs] = await inner.run(plan);
    refuseUnfinished(id, unfinished);
    const before = toExecution(inner.codec, row);
    const outputsByName = outputs.map(({ name, output }) => [name, decodeOptional(inner.codec, output)] as const);
    const end = await endOf(inner.codec, { status, before, outputs: Object.fromEntries(outputsByName), transform });
    const head = await inner.write(changeExecution, encodeChange(inner.codec, id, { ...expectation, ...end }));
    hintEnded(inner, head);
    return { ...before, ...head, ...end };
  });
}

interface Ending {
  readonly status: Status;
  readonly before: Execution;
  readonly outputs: TaskOutputs;
  readonly transform: ExecutionCompletion["transform"];
}

/** The fields that the end of an execution changes. */
async function endOf(codec: Codec, { status, before, outputs, transform }: Ending): Promise<Partial<Execution>> {
  try {
    const made = await transform?.(outputs);
    // An output that cannot be stored also counts as a failure of the transform.
    encodeOptional(codec, made, "output");
    if (made !== undefined) return { status, output: made };
  } catch (error) {
    // An error that may succeed on retry is rethrown, so that the transaction runs again.
    if (error instanceof HoldfastError && error.retryable) throw error;
    return { status: "failed", error: describeError(error) };
  }
  const hasOutputs = Object.values(outputs).some((output) => output !== undefined);
  return { status, output: hasOutputs || before.output === undefined ? outputs : before.output };
}

function refuseUnfinished(id: string, { pending, running, waiting, paused }: UnfinishedTasksRow): void {
  const unfinished = pending + running + waiting + paused;
  if (unfinished === 0) return;
  throw new NotReadyError(
    `Execution ${id} has unfinished tasks (${unfinished}: ${pending} pending, ${running} running, ${waiting} waiting, ` +
      `${paused} paused): finish or cancel them first.`,
    { facts: { entity: "execution", id, unfinished, pending, running, waiting, paused } },
  );
}
