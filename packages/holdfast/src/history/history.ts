import { copyPlain, type Fields, fieldsOf } from "../database/fields.ts";
import { checkCount, checkId, checkLimit } from "../database/input.ts";
import { iterate, itemsOf } from "../database/iterate.ts";
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
  /** Every item of `read`, read in pages of `limit`. */
  iterate(executionId: string, request?: HistoryRequest): AsyncGenerator<HistoryEntry, void, undefined>;
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
  /** Every item of `readAll`, read in pages of `limit`, until there is nothing more to read yet. */
  iterateAll(request?: FeedRequest): AsyncGenerator<FeedEntry, void, undefined>;
  /**
   * The entries of an execution from a number on, as they come; the execution may come later. Ends when the signal is aborted or the
   * store is closed, and throws what a read throws: subscribe again from one more than the last number seen. Not in a transaction.
   */
  subscribe(executionId: string, options?: EntrySubscription): AsyncIterable<HistoryEntry>;
  /** As `subscribe`, of all executions, in the order of `readAll`: again from the `cursor` of the last entry seen. */
  subscribeAll(options?: FeedSubscription): AsyncIterable<FeedEntry>;
}

const appendOptions: Fields<HistoryAppendOptions> = fieldsOf<HistoryAppendOptions>({ expectedNext: true });

const historyRequest: Fields<HistoryRequest> = fieldsOf<HistoryRequest>({ from: true, limit: true });

const feedRequest: Fields<FeedRequest> = fieldsOf<FeedRequest>({ after: true, limit: true });

/** The `history` of a store or of a transaction. */
export function historyOf(session: Session): History {
  const { codec } = session;
  return {
    ...readingOf(session),
    append: async (executionId, entries, options) => {
      const { expectedNext } = appendOptions.readOptional(options, "options");
      const input = encodeAppend(codec, executionId, { entries, expectedNext });
      if (input.entries.length === 0) return [];
      const numbers = await session.write(input.expectedNext === null ? appendEntries : appendExpected, input);
      hintAppended(session);
      return numbers;
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
  const read = async (executionId: string, request: HistoryRequest = {}): Promise<HistoryPage> => {
    const given = historyRequest.read(request, "request");
    const limit = checkLimit(given.limit);
    const from = checkCount(given.from ?? 1, "from", 1);
    const id = checkId(executionId, "executionId");
    const entries = await entriesFrom(session, id, { from, limit: limit + 1 });
    return { items: entries.slice(0, limit), next: entries[limit]?.number ?? null };
  };
  const readAll = async (request: FeedRequest = {}): Promise<FeedPage> =>
    session.run(feedPage(session.codec, feedRequest.read(request, "request")));
  return {
    read,
    async *iterate(executionId, request = {}) {
      const asked = copyPlain(request, "request");
      yield* itemsOf(await read(executionId, asked), (from) => read(executionId, { ...asked, from }));
    },
    readAll,
    iterateAll: (request = {}) =>
      iterate(request, "request", async (asked) => {
        const { items, next } = await readAll(asked);
        // The feed has no last page; one that is not full has all that can be read yet.
        return { items, next: items.length < checkLimit(asked.limit) ? null : next };
      }),
  };
}

/** Tells subscriptions that entries were appended. */
export function hintAppended(session: Session): void {
  session.hint(historyTopic);
}
