import { checkId, checkOneOf, invalid } from "../database/input.ts";
import type { Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { TransactionSession } from "../database/transaction-session.ts";
import { type GetTaskRow, lockTask, lockTaskNowait, lockTaskSkipLocked } from "./statements.generated.ts";

/** What a lock does where another transaction holds it: wait for its end, fail at once, or give null. */
export type LockMode = "wait" | "nowait" | "skip_locked";

/** How a task is locked. */
export interface LockOptions {
  /** "wait" by default. */
  readonly mode?: LockMode | undefined;
}

const statements: Readonly<Record<LockMode, typeof lockTask>> = {
  wait: lockTask,
  nowait: lockTaskNowait,
  skip_locked: lockTaskSkipLocked,
};
const modes: readonly LockMode[] = ["wait", "nowait", "skip_locked"];

/** The plan that locks a task in a transaction's session. */
export function lockPlan(session: Session, id: string, { mode = "wait" }: LockOptions): Plan<GetTaskRow | null> {
  const statement = statements[checkOneOf(mode, "mode", modes)];
  if (session instanceof TransactionSession) return statement({ id: checkId(id, "id") });
  throw invalid(
    "lock",
    "outside a transaction would end with its statement: call it on the handle that `transaction` gives",
  );
}
