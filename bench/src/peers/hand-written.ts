import pg from "pg";
import type { Contender } from "../bench.ts";
import { type Load, type Operation, underLoad } from "../load.ts";
import { expectNumber } from "../rows.ts";

/** As many connections as the reference has clients. */
export const peerPoolMax = 32;

/** One operation written by hand on `pg`. */
export interface HandWrittenOperation {
  /** Its tables. */
  readonly schema: string;
  /** What there is to begin with. */
  readonly prepare?: (pool: pg.Pool) => Promise<unknown>;
  readonly call: (pool: pg.Pool, i: number) => Promise<unknown>;
  /** A query, and the number that it must return after `calls` calls. */
  readonly check?: readonly [sql: string, expected: (calls: number) => number];
}

/** What somebody without a library would write: `pg`, a pool, and named prepared statements. */
export function handWritten(load: Load, operation: HandWrittenOperation, name = "hand-written pg"): Contender {
  return underLoad({ name, isOurs: false }, load, async (place): Promise<Operation> => {
    const pool = new pg.Pool({ connectionString: place.url, max: peerPoolMax });
    await pool.query(operation.schema);
    await operation.prepare?.(pool);
    return {
      call: (i) => operation.call(pool, i),
      check: async (calls) => {
        if (operation.check) await expectNumber(place.pool, operation.check[0], operation.check[1](calls));
      },
      close: () => pool.end(),
    };
  });
}
