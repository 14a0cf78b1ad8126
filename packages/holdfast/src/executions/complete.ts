import { decodeOptional } from "../database/codec.ts";
import { checkFunction } from "../database/input.ts";
import { combinePlans } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { NotReadyError } from "../errors.ts";
import { changeExecution, encodeChange } from "./change.ts";
import { type Execution, toExecution } from "./execution.ts";
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
   * Makes the execution's output out of its tasks'; without it, they are the output as they are. Runs inside the transaction
   * that holds the execution's lock, so it is quick and has no effects: it may be run again.
   */
  readonly transform?: (outputs: TaskOutputs) => unknown;
}

const terminal = new Set(["succeeded", "failed", "timed_out", "canceled"]);

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
    if (terminal.has(row.status)) return toExecution(inner.codec, row);
    // Asked only now, these see every task of a transaction that the lock had to wait for; none is added under the lock.
    const plan = combinePlans([unfinishedTasks({ id }), outcomeOfTasks({ id }), outputsOfTasks({ id })]);
    const [unfinished, { status }, outputs] = await inner.run(plan);
    refuseUnfinished(id, unfinished);
    const byName = Object.fromEntries(outputs.map(({ name, output }) => [name, decodeOptional(inner.codec, output)]));
    const output = transform ? await transform(byName) : byName;
    const head = await inner.write(changeExecution, encodeChange(inner.codec, id, { ...expectation, status, output }));
    return { ...toExecution(inner.codec, row), ...head, output };
  });
}

function refuseUnfinished(id: string, { pending, running, waiting, paused }: UnfinishedTasksRow): void {
  const unfinished = pending + running + waiting + paused;
  if (unfinished === 0) return;
  throw new NotReadyError(
    `Execution ${id} has ${unfinished} tasks that are not finished (${pending} pending, ${running} running, ${waiting} waiting, ` +
      `${paused} paused): finish or cancel them first.`,
    { facts: { entity: "execution", id, unfinished, pending, running, waiting, paused } },
  );
}
