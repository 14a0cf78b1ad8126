import { setMaxListeners } from "node:events";
import { checkInteger } from "../core/input.ts";
import { checkSignal, orAborted } from "../session/call-limits.ts";
import { isClosedStore, type Session } from "../session/session.ts";

/** Options for how a subscription waits and ends. */
export interface SubscriptionOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
  /** How often to poll without a notification; 10,000 by default. */
  readonly pollMs?: number | undefined;
}

/** The topic of hints about appended entries. */
export const historyTopic = "history";

/** One read of a subscription: the next entries, and the delay before the next read if there are none. */
export interface SubscriptionRead<T> {
  readonly items: readonly T[];
  readonly delayMs: number;
}

/** Checks the options of a subscription before it begins. */
export function checkSubscription({ signal, pollMs }: SubscriptionOptions): { readonly pollMs: number } {
  checkSignal(signal);
  return { pollMs: checkInteger(pollMs ?? 10_000, "pollMs", { min: 10, max: 3_600_000 }) };
}

/**
 * Yields what `readNext` reads. While there is more it reads on; then it waits for a hint, or until the next poll. It holds no connection while
 * it waits, or while the consumer works. It ends when the signal is aborted, the store is closed, or the consumer returns. A plain
 * generator would notice the return only after its wait.
 */
export function follow<T>(
  session: Session,
  signal: AbortSignal | undefined,
  readNext: () => Promise<SubscriptionRead<T>>,
): AsyncGenerator<T, void, undefined> {
  const end = new AbortController();
  const items = itemsUntil(end, signal, session, readNext);
  const returnItems = items.return.bind(items);
  items.return = (value) => {
    end.abort();
    return returnItems(value);
  };
  return items;
}

async function* itemsUntil<T>(
  end: AbortController,
  signal: AbortSignal | undefined,
  session: Session,
  readNext: () => Promise<SubscriptionRead<T>>,
): AsyncGenerator<T, void, undefined> {
  if (signal?.aborted) return;
  const wakeEvent = new WakeEvent();
  const onAbort = (): void => end.abort();
  end.signal.addEventListener("abort", () => wakeEvent.set());
  // One signal may end any number of subscriptions.
  if (signal) setMaxListeners(0, signal);
  signal?.addEventListener("abort", onAbort);
  let stopListening = async (): Promise<void> => undefined;
  try {
    const onHint = (topic: string | null): void => {
      if (topic === null || topic === historyTopic) wakeEvent.set();
    };
    // Before the first read, so that no append between the two is missed.
    stopListening = await orAborted(end.signal, session.listen(onHint), (stop) => void stop());
    while (!end.signal.aborted) {
      wakeEvent.reset();
      const { items, delayMs } = await orAborted(end.signal, readNext(), () => undefined);
      for (const item of items) {
        yield item;
        if (end.signal.aborted) return;
      }
      if (items.length === 0) await wakeEvent.wait(delayMs);
    }
  } catch (error) {
    if (!end.signal.aborted && !isClosedStore(error)) throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await stopListening();
  }
}

/** Wakes one sleeper, even one that goes to sleep after it rang. */
class WakeEvent {
  #isSet = false;
  #wake = (): void => undefined;

  set(): void {
    this.#isSet = true;
    this.#wake();
  }

  reset(): void {
    this.#isSet = false;
  }

  /** Resolves when it rings, or after the delay. */
  async wait(delayMs: number): Promise<void> {
    if (this.#isSet) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, delayMs);
    });
    clearTimeout(timer);
  }
}
