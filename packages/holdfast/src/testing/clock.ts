import type { Database } from "../database/database.ts";
import { command, sendAll } from "../database/execute.ts";
import { bindSchema } from "../database/schema-name.ts";

/** The hands of a test store's clock. All of the store's sessions see the same time. */
export interface TestClock {
  /** Moves time forward; the clock goes on running. */
  advance(ms: number): Promise<void>;
  /** Gives the clock back to real time. */
  reset(): Promise<void>;
  /** The store's time now. */
  now(): Promise<Date>;
}

/**
 * Replaces the body of the schema's `now()`, which every statement reads; the server's own clock stays as it is. That nobody else
 * has moved the schema's time is taken for granted.
 */
export function testClock(database: Database, schema: string): TestClock {
  let aheadMs = 0;
  const run = async (sql: string): Promise<unknown> => {
    const connection = await database.connect();
    try {
      const [result] = await sendAll(connection, [command(bindSchema(sql, schema))]);
      return result?.rows[0]?.[0];
    } finally {
      connection.release();
    }
  };
  const set = async (ms: number): Promise<void> => {
    await run(`create or replace function holdfast.now() returns timestamptz language sql stable parallel safe
      as 'select pg_catalog.statement_timestamp() + interval ''${ms} milliseconds'''`);
    aheadMs = ms;
  };
  return {
    advance: (ms) => set(aheadMs + ms),
    // A function that is replaced has every session make its plans anew.
    reset: async () => {
      if (aheadMs !== 0) await set(0);
    },
    now: async () => {
      const now = await run("select holdfast.now()");
      if (now instanceof Date) return now;
      throw new TypeError("holdfast.now() gave no instant");
    },
  };
}
