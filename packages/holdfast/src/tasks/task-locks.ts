import type { Lockable } from "../database/row-locks.ts";
import { type GetTaskRow, lockTask, lockTaskNowait, lockTaskSkipLocked, taskExists } from "./statements.generated.ts";

/** The row of a task, as it is locked. */
export const lockableTask: Lockable<GetTaskRow> = {
  entity: "task",
  statements: { wait: lockTask, nowait: lockTaskNowait, skip_locked: lockTaskSkipLocked },
  exists: taskExists,
};
