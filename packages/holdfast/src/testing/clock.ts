import type { Database } from "../postgres/database.ts";
import type { Hints } from "../session/hints.ts";
import { ask } from "./ask.ts";

/** Controls a test store's clock. All of the store's sessions see the same time. */
export interface TestClock {
  /** Moves time forward; the clock keeps running. Workers, timer pumps and schedulers of the test store look at once for what is due. */
  advance(ms: number): Promise<void>;
  /** Returns the clock to real time. */
  reset(): Promise<void>;
  /** The store's current time. */
  now(): Promise<Date>;
}

/**
 * Replaces the body of the schema's `now()`, which every statement reads; the server's own clock stays as it is. Assumes that nobody else
 * has moved the schema's time.
 */
export function testClock(database: Database, schema: string): TestClock {
  let aheadMs = 0;
  const set = async (ms: number): Promise<void> => {
    await ask(
      database,
      schema,
      `create or replace function holdfast.now() returns timestamptz language sql stable parallel safe
      as 'select pg_catalog.statement_timestamp() + interval ''${ms} milliseconds'''`,
    );
    aheadMs = ms;
  };
  return {
    advance: (ms) => set(aheadMs + ms),
    // Replacing a function makes every session plan anew.
    reset: async () => {
      if (aheadMs !== 0) await set(0);
    },
    now: async () => {
      const now = await ask(database, schema, "select holdfast.now()");
      if (now instanceof Date) return now;
      throw new TypeError("holdfast.now() gave no instant");
    },
  };
}

/** The same clock. What sleeps on the store that has these hints looks again when time moves forward. */
export function wakingClock(clock: TestClock, hints: Hints): TestClock {
  return {
    ...clock,
    advance: async (ms) => {
      await clock.advance(ms);
      hints.wake();
    },
  };
}
