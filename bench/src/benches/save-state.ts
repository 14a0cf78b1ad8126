import type { Bench, Contender } from "../bench.ts";
import { callersName, type Load } from "../load.ts";
import { payload } from "../payload.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfast } from "../peers/holdfast.ts";

/** How many rows the writes go round, so that most of them meet a row that exists. */
const rows = 10_000;

const table = `
  create table states (
    id text collate "C" primary key, status text not null, state json, version bigint not null default 1,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  )`;

const upsert = `
  insert into states (id, status, state) values ($1, 'running', $2)
  on conflict (id) do update
    set status = excluded.status, state = excluded.state, version = states.version + 1, updated_at = now()
  returning version`;

/** An execution or a task with a payload of 1 KB is written, whether it exists or not. */
export const saveState: Bench = {
  name: "save-state",
  measures: "One execution, or one task, with 1 KB of state is written a call, whether it exists or not.",
  unit: "writes",
  cases: (size) =>
    [1, 10, 50].flatMap((callers) => {
      const load = { callers, size };
      const byHand = upsertByHand(load);
      return [
        { name: `execution, ${callersName(callers)}`, contenders: [saveExecution(load), byHand] },
        { name: `task, ${callersName(callers)}`, contenders: [saveTask(load), byHand] },
      ];
    }),
};

function saveExecution(load: Load): Contender {
  return holdfast(load, ({ executions }) => ({
    call: (i) => executions.save({ id: `e${i % rows}`, status: "running", state: payload(i) }),
    // Each write adds one to a version, so that their sum counts the writes.
    check: ["select sum(version) from holdfast.executions", (calls) => calls],
  }));
}

function saveTask(load: Load): Contender {
  return holdfast(load, async ({ executions, tasks }) => {
    const executionIds = Array.from({ length: 100 }, (_, i) => `e${i}`);
    await executions.saveMany(executionIds.map((id) => ({ id, status: "running" })));
    return {
      call: (i) =>
        tasks.save({
          id: `t${i % rows}`,
          executionId: `e${i % executionIds.length}`,
          name: "step",
          status: "running",
          output: payload(i),
        }),
      check: ["select sum(version) from holdfast.tasks", (calls) => calls],
    };
  });
}

function upsertByHand(load: Load): Contender {
  return handWritten(load, {
    schema: table,
    call: (pool, i) => pool.query({ name: "save", text: upsert, values: [`e${i % rows}`, JSON.stringify(payload(i))] }),
    check: ["select sum(version) from states", (calls) => calls],
  });
}
