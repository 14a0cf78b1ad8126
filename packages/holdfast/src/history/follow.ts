import { setMaxListeners } from "node:events";
import { checkSignal, orAborted } from "../database/call-limits.ts";
import { checkInteger } from "../database/input.ts";
import { isClosedStore } from "../database/open-calls.ts";
import type { Session } from "../database/session.ts";

/** How a subscription waits and ends. */
export interface SubscriptionOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
  /** How often to look when no notification came; 10,000 by default. */
  readonly pollMs?: number | undefined;
}

/** The topic of the hints that something was appended. */
export const historyTopic = "history";

/** What a subscription reads: the next entries, and in how many milliseconds to look again where there are none. */
export interface Turn<T> {
  readonly items: readonly T[];
  readonly delayMs: number;
}

/** Checks what a subscription was given, before it begins. */
export function checkSubscription({ signal, pollMs }: SubscriptionOptions): { readonly pollMs: number } {
  checkSignal(signal);
  return { pollMs: checkInteger(pollMs ?? 10_000, "pollMs", { min: 10, max: 3_600_000 }) };
}

/**
 * Gives what `turn` reads, as it comes: reads on while there is something, then waits for a hint, or until it is time to look again.
 * No connection is held meanwhile, nor while the consumer works. Ends when the signal is aborted or the store is closed, or the
 * consumer leaves, which a generator alone would hear of only after its wait.
 */
export function follow<T>(
  session: Session,
  signal: AbortSignal | undefined,
  turn: () => Promise<Turn<T>>,
): AsyncGenerator<T, void, undefined> {
  const end = new AbortController();
  const items = itemsUntil(end, signal, session, turn);
  const leave = items.return.bind(items);
  items.return = (value) => {
    end.abort();
    return leave(value);
  };
  return items;
}

async function* itemsUntil<T>(
  end: AbortController,
  signal: AbortSignal | undefined,
  session: Session,
  turn: () => Promise<Turn<T>>,
): AsyncGenerator<T, void, undefined> {
  if (signal?.aborted) return;
  const alarm = new Alarm();
  const onAbort = (): void => end.abort();
  end.signal.addEventListener("abort", () => alarm.ring());
  // One signal may end any number of subscriptions.
  if (signal) setMaxListeners(0, signal);
  signal?.addEventListener("abort", onAbort);
  let stopListening = async (): Promise<void> => undefined;
  try {
    const onHint = (topic: string | null): void => {
      if (topic === null || topic === historyTopic) alarm.ring();
    };
    // Before the first read, so that nothing is appended between the two unheard.
    stopListening = await orAborted(end.signal, session.listen(onHint), (stop) => void stop());
    while (!end.signal.aborted) {
      alarm.silence();
      const { items, delayMs } = await orAborted(end.signal, turn(), () => undefined);
      for (const item of items) {
        yield item;
        if (end.signal.aborted) return;
      }
      if (items.length === 0) await alarm.wait(delayMs);
    }
  } catch (error) {
    if (!end.signal.aborted && !isClosedStore(error)) throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await stopListening();
  }
}

/** Wakes one sleeper, also one that goes to sleep only after it rang. */
class Alarm {
  #hasRung = false;
  #wake = (): void => undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  silence(): void {
    this.#hasRung = false;
  }

  /** Resolves when it rings, or after a time. */
  async wait(delayMs: number): Promise<void> {
    if (this.#hasRung) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, delayMs);
    });
    clearTimeout(timer);
  }
}
