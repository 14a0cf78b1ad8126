import type { Event } from "@event-driven-io/emmett";
import { getPostgreSQLEventStore, type PostgresEventStore } from "@event-driven-io/emmett-postgresql";
import pg from "pg";
import type { Contender } from "../bench.ts";
import { type Load, underLoad } from "../load.ts";
import { expectNumber } from "../rows.ts";
import { peerPoolMax } from "./hand-written.ts";

/** One operation on an event store; `check` as for what is written by hand. */
export interface EmmettOperation {
  readonly prepare?: (store: PostgresEventStore) => Promise<unknown>;
  readonly call: (store: PostgresEventStore, i: number) => Promise<unknown>;
  readonly check?: readonly [sql: string, expected: (calls: number) => number];
}

/** Emmett's event store on PostgreSQL. */
export function emmett(load: Load, { prepare, call, check }: EmmettOperation): Contender {
  return underLoad({ name: "Emmett", isOurs: false }, load, async (place) => {
    const pool = new pg.Pool({ connectionString: place.url, max: peerPoolMax });
    const store = getPostgreSQLEventStore(place.url, { connectionOptions: { pool } });
    await store.schema.migrate();
    await prepare?.(store);
    return {
      call: (i) => call(store, i),
      check: async (calls) => {
        if (check !== undefined) await expectNumber(place.pool, check[0], check[1](calls));
      },
      close: async () => {
        await store.close();
        await pool.end();
      },
    };
  });
}

/** An event as Emmett wants it. */
export function eventOf(data: Record<string, unknown>): Event {
  return { type: "happened", data };
}
