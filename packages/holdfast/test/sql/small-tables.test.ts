import { readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseStatement } from "../../../../tools/sql/parse.ts";
import { describeOnServers } from "../support/databases.ts";
import { filledClient } from "./filling.ts";

/**
 * Statements that concurrent callers share. A connection executes them for as long as it lasts, by plans that may be from its first
 * second.
 */
const shared = [
  "blobs/commit_blobs.sql",
  "blobs/keep_contents.sql",
  "checkpoints/add_pending_writes.sql",
  "checkpoints/read_checkpoint.sql",
  "checkpoints/read_checkpoints.sql",
  "checkpoints/remove_threads.sql",
  "checkpoints/write_checkpoints.sql",
  "components/list_states.sql",
  "components/save_states.sql",
  "correlations/deliver_events.sql",
  "correlations/list_events.sql",
  "correlations/register_waits.sql",
  "executions/acquire_leases.sql",
  "executions/add_usage.sql",
  "executions/change_executions.sql",
  "executions/claim_executions.sql",
  "executions/release_leases.sql",
  "executions/heartbeat_executions.sql",
  "executions/save_executions.sql",
  "fork/fork_executions.sql",
  "history/append_entries.sql",
  "history/append_to_one.sql",
  "history/last_entry.sql",
  "history/read_all_entries.sql",
  "history/read_entries.sql",
  "history/read_own_entries.sql",
  "jobs/cancel_jobs.sql",
  "jobs/claim_plain_jobs.sql",
  "jobs/fail_jobs.sql",
  "jobs/heartbeat_jobs.sql",
  "jobs/push_alike_jobs.sql",
  "jobs/release_jobs.sql",
  "jobs/retry_jobs.sql",
  "kv/append_entries.sql",
  "kv/entries_exist.sql",
  "kv/get_entries.sql",
  "kv/list_entries.sql",
  "kv/list_prefixes.sql",
  "kv/scan_entries.sql",
  "kv/remove_entries.sql",
  "kv/swap_entries.sql",
  "schedules/claim_schedules.sql",
  "schedules/pause_schedules.sql",
  "schedules/remove_schedules.sql",
  "schedules/require_schedule_claims.sql",
  "snapshots/latest_snapshots.sql",
  "snapshots/remove_snapshots.sql",
  "snapshots/write_snapshots.sql",
  "tasks/add_usage.sql",
  "tasks/save_tasks.sql",
  "tasks/set_statuses.sql",
  "timers/acknowledge_timers.sql",
  "timers/add_timers.sql",
  "timers/cancel_timers.sql",
  "timers/cancel_timers_of_executions.sql",
  "timers/claim_timers.sql",
  "timers/heartbeat_timers.sql",
  "timers/release_timers.sql",
  "transition/require_job_claims.sql",
  "transition/require_timer_claims.sql",
];

describeOnServers("a plan that was made when the tables were small and had no statistics", (fresh) => {
  let client: pg.Client;

  beforeAll(async () => {
    ({ client } = await filledClient(fresh, 300));
    await client.query("set plan_cache_mode = force_generic_plan");
  });
  afterAll(() => client.end());

  test.each(shared)("of %s reads no table whole", async (file) => {
    const { text, variants, parameters } = parseStatement(
      file,
      readFileSync(join(import.meta.dirname, "../../src", file), "utf8"),
    );
    for (const each of Object.values(variants ?? { only: text })) {
      await client.query(`prepare checked as ${each}`);
      const { rows } = await client.query<{ "QUERY PLAN": string }>(
        `explain execute checked (${parameters.map(() => "null").join(", ")})`,
      );
      await client.query("deallocate checked");
      expect(rows.map((row) => row["QUERY PLAN"]).filter((line) => line.includes("Seq Scan"))).toEqual([]);
    }
  });
});
