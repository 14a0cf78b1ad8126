import type { Store } from "holdfast";
import type { TaskInput } from "holdfast/tasks";
import type { Bench, Case, Place, Size } from "../bench.ts";
import { afterwards } from "../fill.ts";
import type { Load } from "../load.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfast } from "../peers/holdfast.ts";
import { expectSame } from "../rows.ts";

/** Every task has this many below it, until there are enough. */
const childrenOfOne = 10;
const statuses = ["succeeded", "running", "pending"] as const;
const executionId = "execution";

/** The tasks of one execution, as a tree. */
export const tree: Bench = {
  name: "tree",
  measures:
    "All tasks of one execution, each with 10 below it, are read a call: one by one from the root downwards, or counted by status.",
  unit: "calls",
  // It takes longer to make a tree than to read it.
  roundsMax: 2,
  cases: (size) => {
    const load = { callers: 1, size };
    return [
      { name: `${size.tasks.toLocaleString("en-US")} tasks walked`, contenders: walk(load) },
      { name: `progress of ${size.tasks.toLocaleString("en-US")} tasks`, contenders: progress(load) },
    ];
  },
};

function tasksOf({ tasks }: Size): readonly (TaskInput & { readonly id: string; readonly parentId: string | null })[] {
  return Array.from({ length: tasks }, (_, i) => ({
    id: `t${i}`,
    executionId,
    parentId: i === 0 ? null : `t${Math.floor((i - 1) / childrenOfOne)}`,
    name: `task-${i}`,
    status: statuses[i % statuses.length],
  }));
}

const table = `
  create table tasks (
    id text collate "C" primary key, execution_id text collate "C" not null, parent_id text collate "C" references tasks,
    sequence bigint generated always as identity, name text not null, status text not null
  );
  create index tasks_of_parent on tasks (parent_id);
  create index tasks_of_execution on tasks (execution_id)`;

const statements = {
  walk: `with recursive tree as (
      select id, parent_id, sequence, name, status, 0 as depth from tasks where id = $1
      union all
      select child.id, child.parent_id, child.sequence, child.name, child.status, tree.depth + 1
      from tree join tasks child on child.parent_id = tree.id
    )
    select id, parent_id, name, status, depth from tree order by depth, sequence`,
  progress: "select status, count(*)::int as count from tasks where execution_id = $1 group by status",
  fill: `insert into tasks (id, execution_id, parent_id, name, status)
    select id, $1, parent_id, id, status from unnest($2::text[], $3::text[], $4::text[]) as _ (id, parent_id, status)`,
};

async function makeTree({ executions, tasks }: Store, { pool }: Place, size: Size): Promise<Store["tasks"]> {
  await executions.save({ id: executionId, status: "running" });
  await tasks.saveMany(tasksOf(size));
  await pool.query(afterwards);
  return tasks;
}

function walk(load: Load): Case["contenders"] {
  const expected = load.size.tasks;
  return [
    holdfast(load, async (store, place) => {
      const tasks = await makeTree(store, place, load.size);
      return {
        call: async () => {
          let nodes = 0;
          for await (const _ of tasks.walk("t0")) nodes += 1;
          expectSame(nodes, expected, "tasks");
        },
      };
    }),
    byHand(load, statements.walk, "t0", (rows) => rows.length),
  ];
}

function progress(load: Load): Case["contenders"] {
  const expected = load.size.tasks;
  return [
    holdfast(load, async (store, place) => {
      const tasks = await makeTree(store, place, load.size);
      return { call: async () => expectSame((await tasks.progressOfExecution(executionId)).total, expected, "tasks") };
    }),
    byHand(load, statements.progress, executionId, (rows) => rows.reduce((sum, { count = 0 }) => sum + count, 0)),
  ];
}

function byHand(
  load: Load,
  text: string,
  id: string,
  count: (rows: readonly { readonly count?: number }[]) => number,
): Case["contenders"][number] {
  const all = tasksOf(load.size);
  return handWritten(load, {
    schema: table,
    prepare: async (pool) => {
      await pool.query(statements.fill, [
        executionId,
        all.map((task) => task.id),
        all.map((task) => task.parentId),
        all.map((task) => task.status),
      ]);
      await pool.query(afterwards);
    },
    call: async (pool) => {
      const { rows } = await pool.query<{ readonly count?: number }>({ name: "tree", text, values: [id] });
      expectSame(count(rows), load.size.tasks, "tasks");
    },
  });
}
