import { setTimeout as sleep } from "node:timers/promises";
import { canceledTopic, endedTopic } from "../claims/hints.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger } from "../database/input.ts";
import type { Session } from "../database/session.ts";
import { type Execution, hasEnded } from "./execution.ts";

/** How long to wait for an end. */
export interface ResultOptions {
  /** 30,000 by default; 0 looks once. */
  readonly timeoutMs?: number | undefined;
}

/** Waits for executions to end. */
export interface Results {
  /**
   * Waits until an execution has ended, and returns it; null if it has not ended within `timeoutMs`. Notifications wake it, and polling
   * where none arrive. In a transaction it takes an ended execution or `timeoutMs: 0` only, because it would see no later end.
   * @throws NotFoundError
   */
  result(id: string, options?: ResultOptions): Promise<Execution | null>;
}

const resultOptions: Fields<ResultOptions> = fieldsOf<ResultOptions>({ timeoutMs: true });

/** The longest time between looks, without a notification, and the shortest, however many executions end. */
const lookMs = { most: 1000, least: 20 };

/** The `result` of a store's or a transaction's `executions`. */
export function resultsOf(session: Session, require: (id: string) => Promise<Execution>): Results {
  return {
    result: async (id, options) => {
      const { timeoutMs = 30_000 } = resultOptions.readOptional(options, "options");
      const until = performance.now() + checkInteger(timeoutMs, "timeoutMs", { min: 0, max: 2 ** 31 - 1 });
      const first = await require(id);
      if (hasEnded(first.status)) return first;
      if (timeoutMs === 0) return null;
      return waitForEnd(session, { id, until, require });
    },
  };
}

interface Awaited {
  readonly id: string;
  /** On the clock of `performance.now()`. */
  readonly until: number;
  readonly require: (id: string) => Promise<Execution>;
}

async function waitForEnd(session: Session, { id, until, require }: Awaited): Promise<Execution | null> {
  let wake = (): void => undefined;
  const isAbout = (topic: string | null): boolean =>
    topic === null || topic === endedTopic || topic === canceledTopic(id);
  const stop = await session.listen((topic) => {
    if (isAbout(topic)) wake();
  });
  try {
    for (;;) {
      // Begins before the look, so that an end between the two is heard.
      const heard = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const execution = await require(id);
      if (hasEnded(execution.status)) return execution;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return null;
      await atMost(heard, Math.min(leftMs, lookMs.most));
      await sleep(Math.min(Math.max(until - performance.now(), 0), lookMs.least));
    }
  } finally {
    await stop();
  }
}

async function atMost(heard: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([heard, over]);
  clearTimeout(timer);
}
