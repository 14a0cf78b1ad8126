import type { Lockable } from "../database/row-locks.ts";
import type { ExecutionRow } from "./execution.ts";
import { executionExists, lockExecution, lockExecutionNow, lockExecutionUnlessHeld } from "./statements.generated.ts";

/** The row of an execution, as it is locked. */
export const lockableExecution: Lockable<ExecutionRow> = {
  entity: "execution",
  statements: { wait: lockExecution, nowait: lockExecutionNow, skip_locked: lockExecutionUnlessHeld },
  exists: executionExists,
};
