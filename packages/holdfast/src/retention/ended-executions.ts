import { mapPlan, type Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import type { StatementFunction } from "../database/statement.ts";
import type { Budget } from "./budget.ts";
import {
  countEndedExecutions,
  findEndedExecutions,
  type FindEndedExecutionsRow,
  lockEndedExecutions,
  removeEntries,
  removeExecutions,
  removeJobs,
  removeStates,
  removeTasks,
  removeTimers,
  removeWaits,
} from "./statements.generated.ts";

/** How many ended executions are looked at together. */
const executionsMax = 100;

/** What belongs to an execution, in the order in which it goes: jobs first, for nothing else goes while there are any. */
const belongings: readonly StatementFunction<
  { readonly ids: readonly string[]; readonly limit: number },
  { readonly removed: number }
>[] = [removeJobs, removeTasks, removeStates, removeWaits, removeTimers, removeEntries];

/**
 * Removes executions that ended so long ago with all that is theirs, the oldest first; answers how many executions went.
 *
 * However much belongs to an execution, it goes in batches, each a transaction of its own, and the execution itself last: what a
 * crash interrupts, the next call goes on with. Parents go after their children, so where some went, all are looked at again.
 */
export async function removeEndedExecutions(session: Session, keepMs: number, budget: Budget): Promise<number> {
  let removed = 0;
  let went: number;
  do {
    went = await removeOnce(session, keepMs, budget);
    removed += went;
  } while (went > 0 && !budget.isSpent);
  return removed;
}

/** How many executions {@link removeEndedExecutions} would remove in all. */
export function countRemovableExecutions(keepMs: number): Plan<number> {
  return mapPlan(countEndedExecutions({ keepMs }), (row) => row.expired);
}

/** One way through the ended executions. Those that something holds are passed by, and not looked at again on this way. */
async function removeOnce(session: Session, keepMs: number, budget: Budget): Promise<number> {
  let removed = 0;
  let last: Pick<FindEndedExecutionsRow, "id" | "endedMicroseconds"> | undefined;
  do {
    const found: readonly FindEndedExecutionsRow[] = await session.run(
      findEndedExecutions({
        keepMs,
        afterMicroseconds: last?.endedMicroseconds ?? "-1",
        afterId: last?.id ?? "",
        limit: executionsMax,
      }),
    );
    const ids = found.filter(({ isFree }) => isFree).map(({ id }) => id);
    if (ids.length > 0) removed += await removeWhole(session, ids, budget);
    last = found.length < executionsMax ? undefined : found.at(-1);
  } while (last !== undefined && !budget.isSpent);
  return removed;
}

async function removeWhole(session: Session, ids: readonly string[], budget: Budget): Promise<number> {
  for (const removeSome of belongings) {
    await budget.spend((limit) => underLock(session, ids, (held) => removeSome({ ids: held, limit })));
  }
  return budget.spend((limit) => underLock(session, ids.slice(0, limit), (held) => removeExecutions({ ids: held })));
}

/**
 * Removes something of executions that an earlier statement has locked: what was added to one just before is then seen, and what is
 * to be added waits. A statement that locked them itself would go by a snapshot from before its locks.
 */
function underLock(
  session: Session,
  ids: readonly string[],
  removeOf: (held: readonly string[]) => Plan<{ readonly removed: number }>,
): Promise<number> {
  return session.transaction(async (inner) => {
    const held = await inner.run(lockEndedExecutions({ ids }));
    return held.length === 0 ? 0 : (await inner.run(removeOf(held.map(({ id }) => id)))).removed;
  });
}
