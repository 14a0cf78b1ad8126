import type { Order } from "../core/input.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { type EntryRow, type HistoryEntry, toEntry } from "./entry.ts";
import { readEntries, readOwnEntries } from "./statements.generated.ts";

/** A range of an execution's entries: numbered `from` and above, behind `after`, at most `limit`. */
export interface EntryRange {
  readonly from: number;
  readonly after: number;
  readonly limit: number;
  readonly order: Order;
}

/**
 * The entries of an execution, by number.
 *
 * A fork numbers its own entries on from the last shared one. If its own entries reach down to the lowest requested number, or fill the
 * page downwards, no shared entry is needed. Looking for shared ones takes as long as the read itself.
 */
export async function entriesOf(
  session: Session,
  executionId: string,
  { order, ...range }: EntryRange,
): Promise<readonly HistoryEntry[]> {
  const toEntries = (rows: readonly EntryRow[]): readonly HistoryEntry[] =>
    rows.map((row) => toEntry(session.codec, executionId, row));
  const isAllOwn = (rows: readonly EntryRow[]): boolean =>
    order === "asc"
      ? rows[0]?.number === Math.max(range.from, range.after + 1)
      : rows.length === range.limit || rows.at(-1)?.number === range.from;
  const own = mapPlan(readOwnEntries[order]({ executionId, ...range }), (rows) =>
    isAllOwn(rows) ? toEntries(rows) : null,
  );
  return (await session.run(own)) ?? session.run(mapPlan(readEntries[order]({ executionId, ...range }), toEntries));
}
