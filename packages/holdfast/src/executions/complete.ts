import { type Codec, decodeOptional, encodeOptional } from "../database/codec.ts";
import { describeError } from "../database/describe-error.ts";
import type { Status } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkFunction } from "../database/input.ts";
import { combinePlans } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { HoldfastError, NotReadyError } from "../errors.ts";
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

/** The outputs of an execution's root tasks, by name; undefined where a task has none. */
export type TaskOutputs = Readonly<Record<string, unknown>>;

/** How an execution is completed. */
export interface ExecutionCompletion extends ExecutionExpectation {
  /**
   * Makes the execution's output out of its tasks'. Without it, or where it gives undefined, the outputs of the tasks are the output, or,
   * where no task has one, the output that was saved before. Where it throws, or gives what cannot be stored, the execution ends as
   * "failed", and the error is kept. Runs inside the transaction that holds the execution's lock, so it is quick and has no effects:
   * it may be run again.
   */
  readonly transform?: (outputs: TaskOutputs) => unknown;
}

/** Reads how an execution is to be completed. */
export const completionFields: Fields<ExecutionCompletion> = fieldsOf<ExecutionCompletion>({
  expectedVersion: true,
  token: true,
  transform: true,
});

/** Completes an execution in a transaction of its own, or behind a savepoint; null where there is no such execution. */
export async function completeExecution(
  session: Session,
  id: string,
  { transform, ...expectation }: ExecutionCompletion,
): Promise<Execution | null> {
  if (transform !== undefined) checkFunction(transform, "transform");
  checkExpectation(expectation, 1);
  return session.transaction(async (inner) => {
    const row = await inner.run(lockExecution({ id }));
    if (row === null) return null;
    if (hasEnded(row.status)) return toExecution(inner.codec, row);
    // Asked only now, these see every task of a transaction that the lock had to wait for; none is added under the lock.
    const plan = combinePlans([unfinishedTasks({ id }), outcomeOfTasks({ id }), outputsOfTasks({ id })]);
    const [unfinished, { status }, outputs] = await inner.run(plan);
    refuseUnfinished(id, unfinished);
    const before = toExecution(inner.codec, row);
    const outputsByName = outputs.map(({ name, output }) => [name, decodeOptional(inner.codec, output)] as const);
    const end = await endOf(inner.codec, { status, before, outputs: Object.fromEntries(outputsByName), transform });
    const head = await inner.write(changeExecution, encodeChange(inner.codec, id, { ...expectation, ...end }));
    return { ...before, ...head, ...end };
  });
}

interface Ending {
  readonly status: Status;
  readonly before: Execution;
  readonly outputs: TaskOutputs;
  readonly transform: ExecutionCompletion["transform"];
}

/** What of an execution its end changes. */
async function endOf(codec: Codec, { status, before, outputs, transform }: Ending): Promise<Partial<Execution>> {
  try {
    const made = await transform?.(outputs);
    // An output that cannot be stored is the transform's failure too.
    encodeOptional(codec, made, "output");
    if (made !== undefined) return { status, output: made };
  } catch (error) {
    // What may succeed when the transaction is run again, is.
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
