import type { Codec } from "../core/codec.ts";
import { checkLimit, checkOrder, checkText, type Page, type PageRequest } from "../core/input.ts";
import { notACursor } from "../core/pages.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { type HistoryEntry, toEntry } from "./entry.ts";
import { nextUnsettledEntry, readAllEntries } from "./statements.generated.ts";

/** An entry among those of all executions. */
export interface FeedEntry extends HistoryEntry {
  /** The place after this entry. Pass it as `after` to continue from there. */
  readonly cursor: string;
}

/** Entries of all executions. `next` is the `after` of the following page, even if there is nothing more to read yet. */
export interface FeedPage extends Page<FeedEntry> {
  readonly next: string;
}

/** A place in the order of all entries: by transaction, then by position. */
export interface Place {
  /** PostgreSQL's own 64-bit number, as text. */
  readonly transaction: string;
  readonly position: number;
}

const beforeAll: Place = { transaction: "0", position: 0 };
const afterAll: Place = { transaction: String(2n ** 63n - 1n), position: Number.MAX_SAFE_INTEGER };

/** The place of a cursor; before the first entry if there is none. */
export function checkCursor(after: string | undefined): Place {
  if (after === undefined) return beforeAll;
  const [, transaction = "", position = ""] = /^(\d{1,19})-(\d{1,19})$/.exec(checkText(after, "after")) ?? [];
  const place = { transaction, position: Number(position) };
  const isCursor = transaction !== "" && BigInt(transaction) < 2n ** 63n && Number.isSafeInteger(place.position);
  if (!isCursor) throw notACursor();
  return place;
}

/** The plan for one page, after checking its request. */
export function feedPage(codec: Codec, request: PageRequest): Plan<FeedPage> {
  const limit = checkLimit(request.limit);
  const order = checkOrder(request.order);
  const place = checkCursor(request.after);
  const { transaction, position } = order === "desc" && request.after === undefined ? afterAll : place;
  const plan = readAllEntries[order]({ afterTransaction: transaction, afterPosition: position, limit });
  return mapPlan(plan, (rows) => {
    const items = rows.map((row) => ({ ...toEntry(codec, row.executionId, row), cursor: toCursor(row) }));
    const cursors = items.map(({ cursor }) => cursor);
    return { items, next: cursors.at(-1) ?? toCursor(place), cursors };
  });
}

/** Whether running transactions hold back entries that are already committed. */
export function hasUnsettled(after: string): Plan<boolean> {
  return mapPlan(nextUnsettledEntry(checkCursor(after)), (row) => row !== null);
}

function toCursor({ transaction, position }: Place): string {
  return `${transaction}-${position}`;
}
