import { type LockOptions, lockRow } from "../database/row-locks.ts";
import type { Session } from "../database/session.ts";
import { type GetTaskRow, lockTask, lockTaskNowait, lockTaskSkipLocked } from "./statements.generated.ts";

const statements = { wait: lockTask, nowait: lockTaskNowait, skip_locked: lockTaskSkipLocked };

/** A locked task's row; null where there is none, or another transaction holds one that is not waited for. */
export function lockTaskRow(session: Session, id: string, options: LockOptions): Promise<GetTaskRow | null> {
  return lockRow<GetTaskRow>(session, { entity: "task", statements }, id, options);
}
