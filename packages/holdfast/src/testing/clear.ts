import type { Database } from "../postgres/database.ts";
import { ask } from "./ask.ts";

/** Every other table refers to these by foreign keys that cascade. Jobs come before executions, which do not remove them. */
const clearSql = `begin;
delete from holdfast.jobs;
delete from holdfast.ready_chunks;
delete from holdfast.lease_chunks;
delete from holdfast.lease_chunk_ends;
delete from holdfast.blocked_jobs;
delete from holdfast.scheduled;
delete from holdfast.group_lines;
delete from holdfast.ready;
delete from holdfast.leases;
delete from holdfast.ended_jobs;
delete from holdfast.job_failures;
delete from holdfast.job_keys;
delete from holdfast.job_counts;
delete from holdfast.places;
delete from holdfast.openings;
delete from holdfast.executions;
delete from holdfast.definitions;
delete from holdfast.kv_entries;
delete from holdfast.queues;
delete from holdfast.schedules;
delete from holdfast.events;
delete from holdfast.snapshots;
delete from holdfast.checkpoint_threads;
delete from holdfast.blobs;
delete from holdfast.blob_contents;
update holdfast.turns set due_at = '2000-01-01Z';
commit`;

/** Removes every row of a store. */
export async function clearSchema(database: Database, schema: string): Promise<void> {
  await ask(database, schema, clearSql);
}
