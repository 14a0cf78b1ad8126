import type { Pool } from "pg";
import type { Bench, Contender } from "../bench.ts";
import { callersName, type Load } from "../load.ts";
import { payload } from "../payload.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfast } from "../peers/holdfast.ts";
import { expectNumber, expectSame } from "../rows.ts";

/** How many executions the transitions go round: more than callers, so that no two of them are on one execution at once. */
const executionIds = Array.from({ length: 200 }, (_, i) => `e${i}`);
/** Longer than any measurement. */
const leaseMs = 3_600_000;
const taskNames = ["a", "b", "c"];
const historyKinds = ["began", "ended"];

/** A step of an execution, whole. */
export const transition: Bench = {
  name: "transition",
  measures:
    "One step of an execution is written a call, all or nothing and only where the lease still holds: 1 KB of state, 3 new tasks, " +
    "2 jobs, 1 timer and 2 entries of history.",
  unit: "transitions",
  cases: (size) =>
    [1, 10, 50].map((callers) => {
      const load = { callers, size };
      return { name: callersName(callers), contenders: [ours(load), byHand(load)] };
    }),
};

function ours(load: Load): Contender {
  return holdfast(load, async ({ executions, queues }, { pool }) => {
    await executions.saveMany(executionIds.map((id) => ({ id, status: "running" })));
    const leases = await Promise.all(
      executionIds.map((id) => executions.acquireLease(id, { holder: "bench", leaseMs })),
    );
    return {
      call: (i) => {
        const place = i % executionIds.length;
        const token = leases[place]?.token;
        return executions.transition(executionIds[place] ?? "", {
          require: { token },
          state: payload(i),
          tasks: taskNames.map((name) => ({ name, status: "running", input: { i } })),
          jobs: [
            { queue: "work", payload: { i } },
            { queue: "work", payload: { i } },
          ],
          timers: [{ step: "timeout", afterMs: leaseMs }],
          history: historyKinds.map((kind) => ({ kind, payload: { i } })),
        });
      },
      check: async (calls) => {
        // Every execution began at version 1.
        const written = `(select sum(version) - count(*) from holdfast.executions) + (select count(*) from holdfast.tasks)
          + (select count(*) from holdfast.timers) + (select count(*) from holdfast.history_entries)`;
        await expectNumber(pool, `select ${written}`, calls * 7);
        expectSame((await queues.counts("work")).ready, calls * 2, "ready jobs");
      },
    };
  });
}

const tables = `
  create table executions (
    id text collate "C" primary key, state json, version bigint not null default 1, token bigint not null,
    lease_until timestamptz not null, updated_at timestamptz not null default now()
  );
  create table tasks (
    id uuid primary key default gen_random_uuid(), execution_id text collate "C" not null references executions,
    name text not null, status text not null, input json, created_at timestamptz not null default now()
  );
  create index tasks_of_execution on tasks (execution_id);
  create table jobs (
    id uuid primary key default gen_random_uuid(), queue text not null, priority int not null default 0,
    execution_id text collate "C" references executions, run_at timestamptz not null default now(),
    state text not null default 'ready', payload json
  );
  create index jobs_ready on jobs (queue, priority, run_at) where state = 'ready';
  create table timers (
    id uuid primary key default gen_random_uuid(), execution_id text collate "C" not null references executions,
    step text not null, fire_at timestamptz not null, state text not null default 'scheduled'
  );
  create index timers_due on timers (fire_at) where state = 'scheduled';
  create table history (
    execution_id text collate "C" references executions, number bigint, kind text not null, payload json,
    recorded_at timestamptz not null default now(), primary key (execution_id, number)
  )`;

const statements = {
  save: `update executions set state = $3, version = version + 1, updated_at = now()
    where id = $1 and token = $2 and lease_until > now() returning version`,
  task: "insert into tasks (execution_id, name, status, input) values ($1, $2, 'running', $3) returning id",
  job: "insert into jobs (queue, execution_id, payload) values ('work', $1, $2) returning id",
  timer: `insert into timers (execution_id, step, fire_at)
    values ($1, 'timeout', now() + $2 * interval '1 ms') returning id`,
  entry: `insert into history (execution_id, number, kind, payload)
    select $1, coalesce(max(number), 0) + 1, $2, $3 from history where execution_id = $1 returning number`,
};

function byHand(load: Load): Contender {
  return handWritten(
    load,
    {
      schema: tables,
      prepare: (pool) =>
        pool.query(
          "insert into executions (id, token, lease_until) select unnest($1::text[]), 1, now() + interval '1 h'",
          [executionIds],
        ),
      call: (pool, i) => transitionByHand(pool, i),
      check: [
        `select (select sum(version) - count(*) from executions) + (select count(*) from tasks)
        + (select count(*) from jobs) + (select count(*) from timers) + (select count(*) from history)`,
        (calls) => calls * 9,
      ],
    },
    "hand-written pg, a transaction of single statements",
  );
}

async function transitionByHand(pool: Pool, i: number): Promise<void> {
  const id = executionIds[i % executionIds.length] ?? "";
  const input = JSON.stringify({ i });
  const client = await pool.connect();
  const run = (name: keyof typeof statements, values: readonly unknown[]) =>
    client.query({ name, text: statements[name], values: [...values] });
  try {
    await client.query("begin");
    const { rows } = await run("save", [id, 1, JSON.stringify(payload(i))]);
    if (rows.length === 0) throw new Error(`The lease of ${id} was lost.`);
    for (const name of taskNames) await run("task", [id, name, input]);
    await run("job", [id, input]);
    await run("job", [id, input]);
    await run("timer", [id, leaseMs]);
    for (const kind of historyKinds) await run("entry", [id, kind, input]);
    await client.query("commit");
  } finally {
    client.release();
  }
}
