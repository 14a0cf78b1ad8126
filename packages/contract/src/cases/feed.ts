import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "holdfast";
import type { FeedPage } from "holdfast/history";
import type { PageRequest } from "holdfast/lists";

/** How long a transaction of somebody else's may hold the feed back. */
const patienceMs = 30_000;

/**
 * Reads the feed of all executions once it has `count` entries. Any transaction on the server that is older holds it back, those in other
 * databases too.
 */
export async function feedOf(store: Store, count: number, request: PageRequest = {}): Promise<FeedPage> {
  return feedOnce(store, request, ({ items }) => items.length >= count);
}

/** Returns when the feed has the entries of an execution, which are the last of all. */
export async function feedHasAllOf(store: Store, executionId: string): Promise<void> {
  const last = await store.history.last(executionId);
  await feedOnce(store, { order: "desc", limit: 1 }, ({ items }) => items[0]?.position === last?.position);
}

async function feedOnce(store: Store, request: PageRequest, isThere: (page: FeedPage) => boolean): Promise<FeedPage> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const page = await store.history.readAll(request);
    if (isThere(page) || performance.now() > until) return page;
    await wait(20);
  }
}
