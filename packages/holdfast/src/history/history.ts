import { checkCount, checkId, checkLimit, checkObject, checkOptions } from "../database/input.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { appendEntries, appendExpected, type HistoryAppendOptions, encodeAppend } from "./append.ts";
import { type HistoryEntry, type HistoryEntryInput, toEntry } from "./entry.ts";
import { type FeedEntry, type FeedPage, feedPage, type FeedRequest } from "./feed.ts";
import { historyTopic } from "./follow.ts";
import { entriesFrom } from "./read.ts";
import { countEntries, lastEntry } from "./statements.generated.ts";
import { type EntrySubscription, type FeedSubscription, subscribeTo, subscribeToAll } from "./subscribe.ts";

export type { HistoryEntry, HistoryEntryInput } from "./entry.ts";
export type { FeedEntry, FeedPage, FeedRequest } from "./feed.ts";
export type { EntrySubscription, FeedSubscription } from "./subscribe.ts";
export type { HistoryAppendOptions } from "./append.ts";
export type { SubscriptionOptions } from "./follow.ts";

/** Which entries to read: from a number on (1), at most `limit` of them (100; at most 1,000). */
export interface HistoryRequest {
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
}

/** Entries in the order of their numbers; `next` is the `from` of the following page, and null on the last. */
export interface HistoryPage {
  readonly items: readonly HistoryEntry[];
  readonly next: number | null;
}

/** What happened in executions, as numbered entries that are only ever appended. */
export interface History {
  /**
   * Appends entries, all or none, and gives their numbers, which follow each other without a gap. Appends to one execution
   * that are made without `expectedNext`, and without waiting for each other, are numbered in the order of the calls.
   *
   * @throws ConflictError where the first would not get the number `expectedNext`; `facts` hold `expected` and `actual`.
   * @throws NotFoundError without the execution.
   */
  append(
    executionId: string,
    entries: readonly HistoryEntryInput[],
    options?: HistoryAppendOptions,
  ): Promise<readonly number[]>;
  /** By number. */
  read(executionId: string, request?: HistoryRequest): Promise<HistoryPage>;
  /** The newest entry; null where there is none. */
  last(executionId: string): Promise<HistoryEntry | null>;
  /** How many entries there are. */
  count(executionId: string): Promise<number>;
  /**
   * The entries of all executions, each once, in an order in which those of one execution are by number. An entry is given once
   * no transaction that is older than its own runs any more, so that reading on from `next` never misses one: also within a
   * transaction, whose own entries are therefore not among them.
   */
  readAll(request?: FeedRequest): Promise<FeedPage>;
  /**
   * The entries of an execution from a number on, as they come; the execution may come later. Ends when the signal is aborted or the
   * store is closed, and throws what a read throws: subscribe again from one more than the last number seen. Not in a transaction.
   */
  subscribe(executionId: string, options?: EntrySubscription): AsyncIterable<HistoryEntry>;
  /** As `subscribe`, of all executions, in the order of `readAll`: again from the `cursor` of the last entry seen. */
  subscribeAll(options?: FeedSubscription): AsyncIterable<FeedEntry>;
}

/** The `history` of a store or of a transaction. */
export function historyOf(session: Session): History {
  const { codec } = session;
  return {
    append: async (executionId, entries, options) => {
      const { expectedNext } = checkOptions(options, "options");
      const input = encodeAppend(codec, executionId, { entries, expectedNext });
      if (entries.length === 0) return [];
      const numbers = await session.write(input.expectedNext === null ? appendEntries : appendExpected, input);
      hintAppended(session);
      return numbers;
    },
    read: async (executionId, request = {}) => {
      checkObject(request, "request");
      const limit = checkLimit(request.limit);
      const from = checkCount(request.from ?? 1, "from", 1);
      const id = checkId(executionId, "executionId");
      const entries = await entriesFrom(session, id, { from, limit: limit + 1 });
      return { items: entries.slice(0, limit), next: entries[limit]?.number ?? null };
    },
    last: async (executionId) => {
      const id = checkId(executionId, "executionId");
      return session.run(mapPlan(lastEntry({ executionId: id }), (row) => row && toEntry(codec, id, row)));
    },
    count: async (executionId) => {
      const plan = countEntries({ executionId: checkId(executionId, "executionId") });
      return session.run(mapPlan(plan, (row) => row?.count ?? 0));
    },
    readAll: async (request = {}) => session.run(feedPage(codec, request)),
    subscribe: (executionId, options = {}) => subscribeTo(session, executionId, options),
    subscribeAll: (options = {}) => subscribeToAll(session, options),
  };
}

/** Tells subscriptions that entries were appended. */
export function hintAppended(session: Session): void {
  session.hint(historyTopic);
}
