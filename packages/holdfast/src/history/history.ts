import { type Fields, fieldsOf, pageNames, pageRequest } from "../core/fields.ts";
import { checkCount, checkId, checkLimit, checkOrder, type Page, type PageRequest, toPage } from "../core/input.ts";
import { iterate, numberAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { appendEntries, appendExpected, encodeAppend, type HistoryAppendOptions } from "./append.ts";
import { type HistoryEntry, type HistoryEntryInput, toEntry } from "./entry.ts";
import { type FeedEntry, type FeedPage, feedPage } from "./feed.ts";
import { historyTopic } from "./follow.ts";
import { entriesOf } from "./read.ts";
import { countEntries, lastEntry } from "./statements.generated.ts";
import { type EntrySubscription, type FeedSubscription, subscribeTo, subscribeToAll } from "./subscribe.ts";

export { type HistoryEntry, type HistoryEntryInput, toEntry } from "./entry.ts";
export type { FeedEntry, FeedPage } from "./feed.ts";
export type { EntrySubscription, FeedSubscription } from "./subscribe.ts";
export type { HistoryAppendOptions } from "./append.ts";
export type { SubscriptionOptions } from "./follow.ts";

/** Which entries of an execution to read. The cursor of an entry is its number. */
export interface HistoryRequest extends PageRequest {
  /** The lowest number; 1 by default. */
  readonly from?: number | undefined;
}

/** What happened in executions, as numbered entries that are only ever appended. */
export interface History {
  /**
   * Appends entries, all or none, and returns their consecutive numbers. Concurrent appends to one execution without `expectedNext` are
   * numbered in call order.
   *
   * @throws ConflictError if the first would not get the number `expectedNext`; `facts` hold `expected` and `actual`.
   * @throws NotFoundError if the execution does not exist.
   */
  append(
    executionId: string,
    entries: readonly HistoryEntryInput[],
    options?: HistoryAppendOptions,
  ): Promise<readonly number[]>;
  /** By number. */
  read(executionId: string, request?: HistoryRequest): Promise<Page<HistoryEntry>>;
  /** Every item of `read`, read in pages of `limit`. */
  iterate(executionId: string, request?: HistoryRequest): AsyncGenerator<HistoryEntry, void, undefined>;
  /** The newest entry; null if there is none. */
  last(executionId: string): Promise<HistoryEntry | null>;
  /** The number of entries. */
  count(executionId: string): Promise<number>;
  /**
   * The entries of all executions, each once; those of one execution come by number. An entry becomes readable when no transaction older
   * than its own is running. So reading on from `next` never misses one. This also holds within a transaction, which therefore does not
   * see its own entries here.
   */
  readAll(request?: PageRequest): Promise<FeedPage>;
  /** Every item of `readAll`, read in pages of `limit`, until there is nothing more to read yet. */
  iterateAll(request?: PageRequest): AsyncGenerator<FeedEntry, void, undefined>;
  /**
   * The entries of an execution from a number on, as they come. The execution may be created later. Ends when the signal is aborted or
   * the store is closed. If a read fails, it throws: subscribe again from one more than the last number seen. Not available in a
   * transaction.
   */
  subscribe(executionId: string, options?: EntrySubscription): AsyncIterable<HistoryEntry>;
  /** Like `subscribe`, for all executions, in the order of `readAll`. Subscribe again from the `cursor` of the last entry seen. */
  subscribeAll(options?: FeedSubscription): AsyncIterable<FeedEntry>;
}

const appendOptions: Fields<HistoryAppendOptions> = fieldsOf<HistoryAppendOptions>({ expectedNext: true });

const historyRequest: Fields<HistoryRequest> = fieldsOf<HistoryRequest>({ from: true, ...pageNames });

/** The `history` of a store or of a transaction. */
export function historyOf(session: Session): History {
  const { codec } = session;
  return {
    ...readingOf(session),
    append: async (executionId, entries, options) => {
      const { expectedNext } = appendOptions.readOptional(options, "options");
      const input = encodeAppend(codec, executionId, { entries, expectedNext });
      if (input.entries.length === 0) return [];
      const appended = await session.write(input.expectedNext === null ? appendEntries : appendExpected, input);
      hintAppended(session);
      return appended?.numbers ?? [];
    },
    last: async (executionId) => {
      const id = checkId(executionId, "executionId");
      return session.run(mapPlan(lastEntry({ executionId: id }), (row) => row && toEntry(codec, id, row)));
    },
    count: async (executionId) => {
      const plan = countEntries({ executionId: checkId(executionId, "executionId") });
      return session.run(mapPlan(plan, (row) => row?.count ?? 0));
    },
    subscribe: (executionId, options = {}) => subscribeTo(session, executionId, options),
    subscribeAll: (options = {}) => subscribeToAll(session, options),
  };
}

function readingOf(session: Session): Pick<History, "read" | "iterate" | "readAll" | "iterateAll"> {
  const read = async (executionId: string, request: HistoryRequest = {}): Promise<Page<HistoryEntry>> => {
    const given = historyRequest.read(request, "request");
    const size = checkLimit(given.limit);
    const order = checkOrder(given.order);
    const from = checkCount(given.from ?? 1, "from", 1);
    const after = numberAfter(given.after, order);
    const id = checkId(executionId, "executionId");
    const entries = await entriesOf(session, id, { from, after, limit: size + 1, order });
    return toPage(
      entries,
      size,
      (entry) => entry,
      ({ number }) => String(number),
    );
  };
  const readAll = async (request: PageRequest = {}): Promise<FeedPage> =>
    session.run(feedPage(session.codec, pageRequest.read(request, "request")));
  return {
    read,
    iterate: (executionId, request = {}) => iterate(request, "request", (asked) => read(executionId, asked)),
    readAll,
    iterateAll: (request = {}) =>
      iterate(request, "request", async (asked) => {
        const { next, ...page } = await readAll(asked);
        // The feed has no last page; one that is not full ends at the last readable entry.
        return { ...page, next: page.items.length < checkLimit(asked.limit) ? null : next };
      }),
  };
}

/** Notifies subscriptions of appended entries. */
export function hintAppended(session: Session): void {
  session.hint(historyTopic);
}
