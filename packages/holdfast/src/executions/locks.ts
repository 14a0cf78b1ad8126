import { type LockOptions, lockRow } from "../database/row-locks.ts";
import type { Session } from "../database/session.ts";
import type { ExecutionRow } from "./execution.ts";
import { executionExists, lockExecution, lockExecutionNow, lockExecutionUnlessHeld } from "./statements.generated.ts";

const statements = { wait: lockExecution, nowait: lockExecutionNow, skip_locked: lockExecutionUnlessHeld };

/** A locked execution's row; "held" where another transaction holds it, and null where there is none. */
export async function lockExecutionRow(
  session: Session,
  id: string,
  options: LockOptions,
): Promise<ExecutionRow | "held" | null> {
  const row = await lockRow<ExecutionRow>(session, { entity: "execution", statements }, id, options);
  if (row !== null || options.mode !== "skip_locked") return row;
  return (await session.run(executionExists({ id }))) === null ? null : "held";
}
