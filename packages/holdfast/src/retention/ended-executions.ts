import { mapPlan, type Plan, type StatementFunction } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import type { Budget } from "./budget.ts";
import {
  countEndedExecutions,
  findEndedExecutions,
  type FindEndedExecutionsRow,
  lockEndedExecutions,
  removeEndedWaits,
  removeEntries,
  removeExecutions,
  removeJobs,
  removeStates,
  removeTasks,
  removeTimers,
  removeWaits,
} from "./statements.generated.ts";

/** How many ended executions are checked together. */
const executionsMax = 100;

/** What an execution owns, in the order of removal. Jobs are first, because nothing else is removed while jobs are left. */
const ownedRows: readonly StatementFunction<
  { readonly ids: readonly string[]; readonly limit: number },
  { readonly removed: number }
>[] = [removeJobs, removeTasks, removeStates, removeWaits, removeEndedWaits, removeTimers, removeEntries];

/**
 * Removes executions that ended this long ago with everything they own, oldest first. Returns the number of executions.
 *
 * However much an execution owns, it is removed in batches, each in its own transaction, and the execution itself last. After a crash,
 * the next call resumes where this one stopped. Parents go after their children, so if some were removed, all are checked again.
 */
export async function removeEndedExecutions(session: Session, keepMs: number, budget: Budget): Promise<number> {
  let removed = 0;
  let removedNow: number;
  do {
    removedNow = await removeOnce(session, keepMs, budget);
    removed += removedNow;
  } while (removedNow > 0 && !budget.isSpent);
  return removed;
}

/** Counts all executions that {@link removeEndedExecutions} would remove. */
export function countRemovableExecutions(keepMs: number): Plan<number> {
  return mapPlan(countEndedExecutions({ keepMs }), (row) => row.expired);
}

/** One pass through the ended executions. It skips those that something holds. */
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
  for (const removeSome of ownedRows) {
    await budget.spend((limit) => withLocked(session, ids, (held) => removeSome({ ids: held, limit })));
  }
  return budget.spend((limit) => withLocked(session, ids.slice(0, limit), (held) => removeExecutions({ ids: held })));
}

/**
 * Removes parts of executions that an earlier statement has locked. So it sees what was added just before, and later additions wait. A
 * statement that locked them itself would use a snapshot from before its locks.
 */
function withLocked(
  session: Session,
  ids: readonly string[],
  removeOf: (held: readonly string[]) => Plan<{ readonly removed: number }>,
): Promise<number> {
  return session.transaction(async (inner) => {
    const held = await inner.run(lockEndedExecutions({ ids }));
    return held.length === 0 ? 0 : (await inner.run(removeOf(held.map(({ id }) => id)))).removed;
  });
}
