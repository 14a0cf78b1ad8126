import { checkId, checkOneOf, invalid } from "../database/input.ts";
import type { Session } from "../database/session.ts";
import { TransactionSession } from "../database/transaction-session.ts";
import { ConflictError } from "../errors.ts";
import type { ExecutionRow } from "./execution.ts";
import { executionExists, lockExecution, lockExecutionNow, lockExecutionUnlessHeld } from "./statements.generated.ts";

/** What a lock does where another transaction holds it: wait for its end, fail at once, or give null. */
export type LockMode = "wait" | "nowait" | "skip_locked";

/** How an execution is locked. */
export interface LockOptions {
  /** "wait" by default. */
  readonly mode?: LockMode;
}

const modes: readonly LockMode[] = ["wait", "nowait", "skip_locked"];

/** A locked execution's row; "held" where another transaction holds it, and null where there is none. */
export async function lockRow(
  session: Session,
  id: string,
  { mode = "wait" }: LockOptions,
): Promise<ExecutionRow | "held" | null> {
  const key = { id: checkId(id, "id") };
  checkOneOf(mode, "mode", modes);
  if (!(session instanceof TransactionSession)) {
    throw invalid(
      "lock",
      "outside a transaction would end with its statement: call it on the handle that `transaction` gives",
    );
  }
  if (mode === "wait") return session.run(lockExecution(key));
  if (mode === "nowait") return session.run(lockExecutionNow(key)).catch((error: unknown) => explainHeld(error, id));
  const row = await session.run(lockExecutionUnlessHeld(key));
  if (row !== null) return row;
  return (await session.run(executionExists(key))) === null ? null : "held";
}

/** The server's own message names the table, and not the execution. */
function explainHeld(error: unknown, id: string): never {
  if (!(error instanceof ConflictError && error.facts["sqlstate"] === "55P03")) throw error;
  throw new ConflictError(`Execution ${id} is locked by another transaction: try again when it has ended.`, {
    facts: { entity: "execution", id },
    cause: error,
    retryable: true,
  });
}
