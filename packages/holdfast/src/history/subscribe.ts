import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkCount, checkId } from "../database/input.ts";
import type { Session } from "../database/session.ts";
import type { HistoryEntry } from "./entry.ts";
import { checkCursor, type FeedEntry, feedPage, hasUnsettled } from "./feed.ts";
import { checkSubscription, follow, type SubscriptionOptions } from "./follow.ts";
import { entriesFrom } from "./read.ts";

/** From which number on to follow an execution (1), and until when. */
export interface EntrySubscription extends SubscriptionOptions {
  readonly from?: number | undefined;
}

/** From where on to follow all executions (the first entry), and until when. */
export interface FeedSubscription extends SubscriptionOptions {
  readonly after?: string | undefined;
}

const entrySubscription: Fields<EntrySubscription> = fieldsOf<EntrySubscription>({
  signal: true,
  pollMs: true,
  from: true,
});

const feedSubscription: Fields<FeedSubscription> = fieldsOf<FeedSubscription>({
  signal: true,
  pollMs: true,
  after: true,
});

/** How many entries a subscription reads at once. */
const pageEntries = 100;

/**
 * How long entries that running transactions hold back are left alone: twice as long each time, but never for long. Nothing tells
 * of the end of those transactions.
 */
const heldBackMs = { first: 20, most: 1000 };

/** The entries of one execution as they come. */
export function subscribeTo(
  session: Session,
  executionId: string,
  options: EntrySubscription,
): AsyncIterable<HistoryEntry> {
  const given = entrySubscription.read(options, "options");
  const { pollMs } = checkSubscription(given);
  checkId(executionId, "executionId");
  let from = checkCount(given.from ?? 1, "from", 1);
  return follow(session, given.signal, async () => {
    const items = await entriesFrom(session, executionId, { from, limit: pageEntries });
    from = (items.at(-1)?.number ?? from - 1) + 1;
    return { items, delayMs: pollMs };
  });
}

/** The entries of all executions as they come. */
export function subscribeToAll(session: Session, options: FeedSubscription): AsyncIterable<FeedEntry> {
  const given = feedSubscription.read(options, "options");
  const { pollMs } = checkSubscription(given);
  checkCursor(given.after);
  let { after } = given;
  let timesHeldBack = 0;
  return follow(session, given.signal, async () => {
    const { items, next } = await session.run(feedPage(session.codec, { after, limit: pageEntries }));
    after = next;
    const isHeldBack = items.length === 0 && (await session.run(hasUnsettled(next)));
    timesHeldBack = isHeldBack ? timesHeldBack + 1 : 0;
    const heldMs = Math.min(heldBackMs.first * 2 ** (timesHeldBack - 1), heldBackMs.most);
    return { items, delayMs: isHeldBack ? Math.min(heldMs, pollMs) : pollMs };
  });
}
