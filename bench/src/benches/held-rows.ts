import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Contender } from "../bench.ts";
import type { Load } from "../load.ts";
import { holdfast } from "../peers/holdfast.ts";

const freeIds = Array.from({ length: 200 }, (_, i) => `free-${i}`);

/**
 * How many rows another session holds in its transaction; one call waits for each. Null: no transaction. Any open transaction keeps
 * PostgreSQL from clearing dead rows away, so the fair comparison is with a transaction that holds no row.
 */
const heldCounts = [null, 0, 1, 4, 100];

/** What calls on free rows notice of calls that wait for rows that others hold. */
export const heldRows: Bench = {
  name: "held-rows",
  measures:
    "One transition of an execution a call, by 50 callers, while another session holds other executions, and a transition of the same " +
    "store waits for each of those.",
  unit: "transitions",
  cases: (size) => [
    { name: "50 callers", contenders: heldCounts.map((count) => beside(count, { callers: 50, size })) },
  ],
};

function beside(held: number | null, load: Load): Contender {
  const count = held ?? 0;
  const prepare: Parameters<typeof holdfast>[1] = async (store, place) => {
    const { executions } = store;
    const heldIds = Array.from({ length: count }, (_, i) => `held-${i}`);
    await executions.saveMany([...freeIds, ...heldIds].map((id) => ({ id, status: "running" })));
    const holder = await place.pool.connect();
    await holder.query("begin");
    if (held !== null) await holder.query("select pg_current_xact_id()");
    await holder.query("select from holdfast.executions where id like 'held-%' order by id for update");
    const step = (id: string) => executions.transition(id, { usage: { n: 1 } });
    const waiting: Promise<unknown>[] = [];
    for (const [i, id] of heldIds.entries()) {
      waiting.push(step(id));
      // The first come one by one, as in life, and not as one batch.
      if (i < 10) await sleep(60);
    }
    return {
      call: (i) => step(freeIds[i % freeIds.length] ?? ""),
      check: [
        "select coalesce(sum((usage ->> 'n')::int), 0)::int from holdfast.executions where id like 'free-%'",
        (calls) => calls,
      ],
      close: async () => {
        await holder.query("rollback");
        holder.release();
        await Promise.all(waiting);
      },
    };
  };
  const name =
    held === null ? "no transaction open" : `a transaction open, ${count} ${count === 1 ? "row" : "rows"} held`;
  return holdfast(load, prepare, name);
}
