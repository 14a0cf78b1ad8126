import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import type { RetentionKind } from "../../src/retention/index.ts";
import { urlOf } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";

/** The kind of retention that removes the rows of each table; or why none does. */
const tables: Readonly<Record<string, { readonly kind: RetentionKind } | { readonly never: string }>> = {
  blob_chunks: { kind: "blobs" },
  blob_contents: { kind: "blobs" },
  blob_spaces: { never: "one row a store" },
  blobs: { kind: "blobs" },
  blocked_jobs: { never: "a row leaves when its job is no longer blocked, or is removed" },
  checkpoint_parts: { kind: "checkpoints" },
  checkpoint_threads: { kind: "checkpoints" },
  checkpoint_writes: { kind: "checkpoints" },
  checkpoints: { kind: "checkpoints" },
  component_states: { kind: "executions" },
  definitions: { never: "they are made by people, and what refers to them may come back" },
  ended_jobs: { kind: "jobs" },
  ended_waits: { kind: "executions" },
  events: { kind: "events" },
  execution_labels: { kind: "executions" },
  executions: { kind: "executions" },
  former_states: { kind: "executions" },
  group_lines: { never: "a row leaves when its job or execution gets a place, or is removed" },
  history_entries: { kind: "executions" },
  history_forks: { kind: "executions" },
  history_heads: { kind: "executions" },
  job_counts: { never: "a few rows a queue, for they are summed up again and again" },
  job_dependencies: { kind: "jobs" },
  job_failures: { kind: "jobs" },
  job_keys: { kind: "jobs" },
  job_reports: { kind: "jobs" },
  jobs: { kind: "jobs" },
  kv_entries: { kind: "kv" },
  lease_chunk_ends: { never: "they go with their chunk" },
  lease_chunks: { never: "a row leaves when its jobs have ended, or get leases of their own" },
  leases: { never: "a row leaves when its job or execution is given back, ends, or is rescued" },
  migrations: { never: "one row a migration" },
  openings: { never: "claims remove them" },
  parks: { kind: "executions" },
  wakes: { kind: "executions" },
  places: { never: "one row a group that has a limit and a place taken" },
  queues: { never: "one row a queue for which something is set" },
  ready: { never: "a row leaves when its job or execution is claimed, or is removed" },
  ready_chunks: { never: "a row leaves when its jobs are claimed, or get rows of their own" },
  scheduled: { never: "a row leaves when its moment has come, or what it stands for is removed" },
  schedules: { kind: "schedules" },
  snapshot_versions: { kind: "snapshots" },
  snapshots: { never: "one row an id, its latest state" },
  tasks: { kind: "executions" },
  timers: { kind: "timers" },
  turns: { never: "one row for each piece of upkeep" },
  waits: { kind: "executions" },
};

describeOnServers("the tables of the schema", (database) => {
  let client: pg.Client;
  const ask = async (sql: string): Promise<readonly string[]> =>
    (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);
  beforeAll(async () => {
    await (await openStore(await database.prepared())).close();
    client = new pg.Client(await urlOf(database));
    await client.connect();
  });
  afterAll(() => client.end());

  test("each have a kind of retention, or a reason to have none", async () => {
    const there = await ask(
      "select relname as name from pg_class where relnamespace = 'holdfast'::regnamespace and relkind in ('r', 'p')",
    );
    expect(there.toSorted()).toEqual(Object.keys(tables).toSorted());
  });

  test("are found by an index from each table that they refer to, lest a removal reads them whole", async () => {
    const unserved = await ask(`
      select format('%s (%s)', conrelid::regclass, conname) as name
      from pg_constraint as reference
      where contype = 'f' and connamespace = 'holdfast'::regnamespace and not exists (
        select from pg_index where indrelid = reference.conrelid and indkey[0] = any(reference.conkey)
      )`);
    expect(unserved).toEqual([]);
  });
});
