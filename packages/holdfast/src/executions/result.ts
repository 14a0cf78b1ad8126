import { setTimeout as sleep } from "node:timers/promises";
import { canceledTopic, endedTopic } from "../claims/hints.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import type { Session } from "../session/session.ts";
import { type Execution, hasEnded } from "./execution.ts";

/** How long to wait for an end. */
export interface ResultOptions {
  /** 30,000 by default; 0 checks once. */
  readonly timeoutMs?: number | undefined;
}

/** Waits for executions to end. */
export interface Results {
  /**
   * Waits until an execution has ended, and returns it, or null if it has not ended within `timeoutMs`. Notifications wake it, with
   * polling as a fallback. A transaction would see no later end, so there it accepts only an ended execution or `timeoutMs: 0`.
   *
   * @throws NotFoundError
   */
  result(id: string, options?: ResultOptions): Promise<Execution | null>;
}

const resultOptions: Fields<ResultOptions> = fieldsOf<ResultOptions>({ timeoutMs: true });

/** The longest pause between checks without a notification, and the shortest, however many executions end. */
const pollMs = { most: 1000, least: 20 };

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

interface EndWait {
  readonly id: string;
  /** On the clock of `performance.now()`. */
  readonly until: number;
  readonly require: (id: string) => Promise<Execution>;
}

async function waitForEnd(session: Session, { id, until, require }: EndWait): Promise<Execution | null> {
  let wake = (): void => undefined;
  const isAbout = (topic: string | null): boolean =>
    topic === null || topic === endedTopic || topic === canceledTopic(id);
  const stop = await session.listen((topic) => {
    if (isAbout(topic)) wake();
  });
  try {
    for (;;) {
      // Listens before the check, so that an end between the two is not missed.
      const hinted = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const execution = await require(id);
      if (hasEnded(execution.status)) return execution;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return null;
      await atMost(hinted, Math.min(leftMs, pollMs.most));
      await sleep(Math.min(Math.max(until - performance.now(), 0), pollMs.least));
    }
  } finally {
    await stop();
  }
}

async function atMost(hinted: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([hinted, timedOut]);
  clearTimeout(timer);
}
