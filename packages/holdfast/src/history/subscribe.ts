import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkCount, checkId } from "../core/input.ts";
import type { Session } from "../session/session.ts";
import type { HistoryEntry } from "./entry.ts";
import { checkCursor, type FeedEntry, feedPage, hasUnsettled } from "./feed.ts";
import { checkSubscription, follow, type SubscriptionOptions } from "./follow.ts";
import { entriesOf } from "./read.ts";

/** The first number to follow in an execution (1), and the end of the subscription. */
export interface EntrySubscription extends SubscriptionOptions {
  readonly from?: number | undefined;
}

/** Where to start following all executions (the first entry), and the end of the subscription. */
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
 * The pause before reading again entries that running transactions hold back, doubled each time, up to a limit. Nothing announces the end
 * of those transactions.
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
    const items = await entriesOf(session, executionId, { from, after: 0, limit: pageEntries, order: "asc" });
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
  let timesBlocked = 0;
  return follow(session, given.signal, async () => {
    const { items, next } = await session.run(feedPage(session.codec, { after, limit: pageEntries }));
    after = next;
    const isBlocked = items.length === 0 && (await session.run(hasUnsettled(next)));
    timesBlocked = isBlocked ? timesBlocked + 1 : 0;
    const blockedDelayMs = Math.min(heldBackMs.first * 2 ** (timesBlocked - 1), heldBackMs.most);
    return { items, delayMs: isBlocked ? Math.min(blockedDelayMs, pollMs) : pollMs };
  });
}
