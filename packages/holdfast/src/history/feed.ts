import type { Codec } from "../database/codec.ts";
import { checkLimit, checkText, invalid } from "../database/input.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import { type HistoryEntry, toEntry } from "./entry.ts";
import { nextUnsettledEntry, readAllEntries } from "./statements.generated.ts";

/** An entry among those of all executions. */
export interface FeedEntry extends HistoryEntry {
  /** The place after this entry. Pass it as `after` to continue from there. */
  readonly cursor: string;
}

/** Which entries of all executions to read: those after a cursor (from the first on), at most `limit` of them (100; at most 1,000). */
export interface FeedRequest {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** Entries of all executions; `next` is the `after` of the following page, also where there is nothing more to read yet. */
export interface FeedPage {
  readonly items: readonly FeedEntry[];
  readonly next: string;
}

/** A place in the order of all entries: of transactions, and within one of positions. */
export interface Place {
  /** PostgreSQL's own number of 64 bits, as text. */
  readonly transaction: string;
  readonly position: number;
}

/** The place of a cursor; without one, before the first entry. */
export function checkCursor(after: string | undefined): Place {
  if (after === undefined) return { transaction: "0", position: 0 };
  const [, transaction = "", position = ""] = /^(\d{1,19})-(\d{1,19})$/.exec(checkText(after, "after")) ?? [];
  const place = { transaction, position: Number(position) };
  const isCursor = transaction !== "" && BigInt(transaction) < 2n ** 63n && Number.isSafeInteger(place.position);
  if (!isCursor) throw invalid("after", "is neither a `next` nor the `cursor` of an entry that was read before");
  return place;
}

/** The plan for one page, its request checked. */
export function feedPage(codec: Codec, request: FeedRequest): Plan<FeedPage> {
  const limit = checkLimit(request.limit);
  const place = checkCursor(request.after);
  return mapPlan(readAllEntries({ ...place, limit }), (rows) => {
    const items = rows.map((row) => ({ ...toEntry(codec, row.executionId, row), cursor: toCursor(row) }));
    return { items, next: items.at(-1)?.cursor ?? toCursor(place) };
  });
}

/** Whether entries that are committed already are held back by transactions that are still running. */
export function hasUnsettled(after: string): Plan<boolean> {
  return mapPlan(nextUnsettledEntry(checkCursor(after)), (row) => row !== null);
}

function toCursor({ transaction, position }: Place): string {
  return `${transaction}-${position}`;
}
