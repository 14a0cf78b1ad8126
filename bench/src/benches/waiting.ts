import type { Store } from "holdfast";
import type { Pool } from "pg";
import type { Bench, Case } from "../bench.ts";
import { claimedOne, type Load } from "../load.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfast } from "../peers/holdfast.ts";
import { found } from "../rows.ts";
import { casesOf } from "./records.ts";

const executionIds = Array.from({ length: 200 }, (_, i) => `e${i}`);
const leaseMs = 30_000;

/** Waits for events, and timers. */
export const waiting: Bench = {
  name: "waiting",
  measures:
    "A step waits for an event and the event is delivered to it a call, or a timer that is due is scheduled, claimed and acknowledged.",
  unit: "calls",
  cases: (size) => casesOf(size, { correlation, timer }),
};

function executionOf(i: number): string {
  return executionIds[i % executionIds.length] ?? "";
}

async function makeExecutions({ executions }: Store): Promise<void> {
  await executions.saveMany(executionIds.map((id) => ({ id, status: "running" })));
}

const tables = `
  create table executions (id text collate "C" primary key);
  create table waits (
    id bigint generated always as identity primary key, key text collate "C" not null,
    execution_id text collate "C" not null references executions, step text not null,
    created_at timestamptz not null default now(), unique (execution_id, step, key)
  );
  create index waits_of_key on waits (key, id);
  create table timers (
    id bigint generated always as identity primary key, execution_id text collate "C" not null references executions,
    step text not null, state text not null default 'scheduled', fire_at timestamptz not null, token bigint not null default 0,
    lease_until timestamptz, fired_at timestamptz
  );
  create index timers_due on timers (fire_at, id) where state = 'scheduled'`;

const statements = {
  wait: "insert into waits (key, execution_id, step) values ($1, $2, 'step') returning id",
  deliver: `delete from waits where id = (select id from waits where key = $1 order by id limit 1 for update skip locked)
    returning id, execution_id, step`,
  schedule: "insert into timers (execution_id, step, fire_at) values ($1, 'step', now()) returning id",
  claim: `update timers set state = 'claimed', token = token + 1, lease_until = now() + $1 * interval '1 ms'
    where id = any(array(
      select id from timers where state = 'scheduled' and fire_at <= now() order by fire_at, id limit 1 for update skip locked))
    returning id, token, execution_id, step`,
  acknowledge: `update timers set state = 'fired', fired_at = now(), lease_until = null
    where id = $1 and token = $2 and state = 'claimed' and lease_until > now() returning id`,
};

async function prepareByHand(pool: Pool): Promise<void> {
  await pool.query("insert into executions select unnest($1::text[])", [executionIds]);
}

async function rowOf(pool: Pool, name: keyof typeof statements, values: readonly unknown[]): Promise<unknown> {
  const { rows } = await pool.query({ name, text: statements[name], values: [...values] });
  return rows[0] as unknown;
}

function correlation(load: Load): Case["contenders"] {
  return [
    holdfast(load, async (store) => {
      await makeExecutions(store);
      return {
        call: async (i) => {
          const key = `key-${i}`;
          await store.correlations.wait({ key, executionId: executionOf(i), step: "step" });
          const { outcome } = await store.correlations.deliver({ key, payload: { i } });
          if (outcome !== "delivered") throw new Error(`The event was ${outcome}, not delivered.`);
        },
        check: ["select (select count(*) from holdfast.waits) + (select count(*) from holdfast.events)", () => 0],
      };
    }),
    handWritten(load, {
      schema: tables,
      prepare: prepareByHand,
      call: async (pool, i) => {
        const key = `key-${i}`;
        await rowOf(pool, "wait", [key, executionOf(i)]);
        found(await rowOf(pool, "deliver", [key]), "The wait");
      },
      check: ["select count(*) from waits", () => 0],
    }),
  ];
}

function timer(load: Load): Case["contenders"] {
  return [
    holdfast(load, async (store) => {
      await makeExecutions(store);
      return {
        call: async (i) => {
          await store.timers.schedule({ executionId: executionOf(i), step: "step", afterMs: 0 });
          const claimed = await claimedOne(async () => (await store.timers.claim({ limit: 1, leaseMs }))[0]);
          const { ok } = await store.timers.acknowledge(claimed);
          if (!ok) throw new Error("A claim was lost.");
        },
        check: ["select count(*) from holdfast.timers where status = 'fired'", (calls) => calls],
      };
    }),
    handWritten(load, {
      schema: tables,
      prepare: prepareByHand,
      call: async (pool, i) => {
        await rowOf(pool, "schedule", [executionOf(i)]);
        const claimed = await claimedOne(() => rowOf(pool, "claim", [leaseMs]));
        const { id, token } = claimed as { readonly id: string; readonly token: string };
        found(await rowOf(pool, "acknowledge", [id, token]), "The claim");
      },
      check: ["select count(*) from timers where state = 'fired'", (calls) => calls],
    }),
  ];
}
