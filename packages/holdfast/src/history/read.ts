import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { type EntryRow, type HistoryEntry, toEntry } from "./entry.ts";
import { readEntries, readOwnEntries } from "./statements.generated.ts";

/**
 * The entries of an execution from a number on, at most `limit`.
 *
 * A fork numbers its own entries on from the last that it shares. So where the first of its own is the one that was asked for, none
 * that follows is shared, and nobody need look for what is: that takes as long as the reading itself.
 */
export async function entriesFrom(
  session: Session,
  executionId: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<readonly HistoryEntry[]> {
  const toEntries = (rows: readonly EntryRow[]): readonly HistoryEntry[] =>
    rows.map((row) => toEntry(session.codec, executionId, row));
  const own = mapPlan(readOwnEntries({ executionId, from, limit }), (rows) =>
    rows[0]?.number === from ? toEntries(rows) : null,
  );
  return (await session.run(own)) ?? session.run(mapPlan(readEntries({ executionId, from, limit }), toEntries));
}
