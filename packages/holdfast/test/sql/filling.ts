import pg from "pg";
import { migrate } from "../../src/migrations/runner.ts";
import { open, urlOf } from "../database/support.ts";
import type { FreshDatabase } from "../support/databases.ts";

/** How many rows each table gets: enough that PostgreSQL scans none of them for want of anything better. */
export const rowsPerTable = 20_000;

/**
 * The contents of columns, as SQL over the row's number `n`, if type and name alone are not enough. There are few queues and statuses,
 * and many keys; most leases and times are absent. A `*` stands for every table.
 */
export const columnOverrides: Readonly<Record<string, string>> = {
  "*.status": "(array['pending', 'running', 'succeeded', 'succeeded', 'succeeded', 'failed'])[1 + n % 6]",
  "*.token": "n % 3",
  "*.holder": "'worker-' || n % 20",
  "*.component": "'component-' || n % 4",
  "*.queue": "'queue-' || n % 5",
  "*.step": "'step-' || n % 7",
  "*.kind": "'kind-' || n % 7",
  "*.attempts": "n % 3",
  // What retention removes is little beside what stays.
  "*.finished_at": "now() - n % 1000 * interval '1 hour'",
  "*.fired_at": "now() - n % 1000 * interval '1 hour'",
  "*.blocked_by": "0",
  "definitions.name": "'definition-' || n / 20",
  "definitions.version": "1 + n % 20",
  "definitions.status": "(array['active', 'draft', 'retired'])[1 + least(n % 20, 2)]",
  "executions.definition_name": "'definition-' || n % 500",
  "executions.definition_version": "1 + n % 20",
  "executions.parent_id": "case when n % 5 = 0 then id(n / 5) end",
  "executions.parent_task_id": "case when n % 5 = 0 then id(n) end",
  "executions.labels": "jsonb_build_object('customer', n % 3000, 'region', n % 10)",
  "execution_labels.name": "'label-' || n % 3",
  "execution_labels.number": "n % 1000",
  "component_states.execution_id": "id(n / 4)",
  "history_entries.execution_id": "id(n / 10)",
  "history_entries.number": "1 + n % 10",
  "*.transaction": "n",
  "history_forks.source_id": "id(n / 2)",
  "tasks.execution_id": "id(n / 10)",
  "tasks.parent_id": "case when n % 10 > 0 then id(n - n % 10) end",
  "tasks.type": "(array['parallel', 'collection', 'composite', 'wait', 'signal', 'aggregate', 'memory'])[1 + n % 7]",
  "tasks.name": "'task-' || n % 50",
  "tasks.agent": "'agent-' || n % 200",
  "tasks.tool": "'tool-' || n % 200",
  "tasks.action": "'action-' || n % 200",
  "tasks.component": "'component-' || n % 200",
  // Most are to come.
  "waits.expires_at": "case when n % 3 = 0 then now() + (n - 100) * interval '1 minute' end",
  "ended_waits.status": "(array['delivered', 'expired'])[1 + n % 2]",
  "timers.status": "(array['scheduled', 'claimed', 'fired', 'fired', 'fired', 'canceled'])[1 + n % 6]",
  "timers.lease_until": "case when n % 6 = 1 then now() + n % 100 * interval '1 second' end",
  "timers.fire_at": "now() + (n - 10000) * interval '1 minute'",
  "events.consumed_at": "case when n % 4 > 0 then now() end",
  "*.ids": "array[id(n)]",
  "*.chunk_id": "n",
  "ready_chunks.id": "n",
  "lease_chunks.token": "n",
  "jobs.execution_id": "case when n % 3 = 0 then id(n) end",
  "jobs.run_at": "now() + (n - 10000) * interval '1 minute'",
  "jobs.max_attempts": "25",
  "jobs.unique_key": "'unique-' || n",
  "*.rank": "n % 10",
  "*.turn": "n % 100",
  "*.route": "case when n % 10 = 0 then '[\"gpu\"]' else '' end",
  "*.group_key": "'group-' || n % 500",
  "places.group_key": "'group-' || n",
  "ready.kind": "(array['job', 'execution'])[1 + n % 2]",
  "ready.group_key": "case when n % 2 = 0 then 'group-' || n % 500 end",
  "ready.has_place": "n % 4 = 0",
  "scheduled.kind": "(array['job', 'execution'])[1 + n % 2]",
  "scheduled.run_at": "now() + (n - 100) * interval '1 minute'",
  // Of more queues than the rest: to read the lines of a fifth of the table, a scan is rightly the cheapest.
  "group_lines.queue": "'queue-' || n % 50",
  "group_lines.kind": "(array['job', 'execution'])[1 + n % 2]",
  "leases.kind": "(array['job', 'execution'])[1 + n % 2]",
  "leases.lease_until": "now() + (n - 100) * interval '1 second'",
  "jobs.fails_execution": "n % 30 = 0",
  "ended_jobs.status": "(array['succeeded', 'succeeded', 'succeeded', 'dead', 'canceled'])[1 + n % 5]",
  "job_counts.status": "(array['succeeded', 'dead', 'canceled'])[1 + n % 3]",
  "job_keys.unique_key": "'unique-' || n",
  "job_keys.throttled_until": "case when n % 50 = 0 then now() + n * interval '1 second' end",
  "queues.name": "'queue-' || n",
  "schedules.status": "(array['active', 'active', 'active', 'ended', 'paused'])[1 + n % 5]",
  "schedules.cron": "case when n % 2 = 0 then '0 * * * *' end",
  "schedules.every_ms": "case when n % 2 = 1 then 60000 end",
  "schedules.next_at": "case when n % 5 < 3 then now() + (n - 100) * interval '1 minute' end",
  "schedules.available_at": "case when n % 5 < 3 then now() + (n - 100) * interval '1 minute' end",
  "schedules.paused_at": "case when n % 5 = 4 then now() end",
  "schedules.job_ids": "array[id(n)]",
  "job_dependencies.job_id": "id(n + 1)",
  "snapshots.shard": "n % 50",
  "snapshots.digests": "array[id(n)]",
  "snapshot_versions.digests": "array[id(n)]",
  "snapshots.definition_name": "'definition-' || n % 500",
  "snapshot_versions.persistence_id": "id(n / 10)",
  "snapshot_versions.version": "1 + n % 10",
  "checkpoints.thread": "id(n / 20)",
  "*.namespace": "''",
  "checkpoints.part_names": "array['a']",
  "checkpoints.part_versions": "array['1']",
  "checkpoints.part_origins": "array[case when n % 2 = 0 then id(n) end]",
  "checkpoints.labels": "jsonb_build_object('customer', n % 3000)",
  "checkpoint_parts.thread": "id(n / 20)",
  "checkpoint_writes.thread": "id(n / 20)",
  "checkpoint_threads.expires_at": "case when n % 10 = 0 then now() + (n - 100) * interval '1 minute' end",
  "kv_entries.labels": "case when n % 2 = 0 then jsonb_build_object('customer', n % 3000) end",
  "blob_spaces.number": "1",
  "blob_spaces.id": "gen_random_uuid()",
  "blob_contents.pending_until": "case when n % 20 = 0 then now() + n * interval '1 second' end",
  "blob_contents.size": "case when n % 20 > 0 then n end",
  "blob_contents.sha256": "case when n % 20 > 0 then sha256(n::text::bytea) end",
  "blob_contents.unused_since": "case when n % 20 = 1 then now() - n * interval '1 second' end",
  "blobs.expires_at": "case when n % 10 = 0 then now() + (n - 100) * interval '1 minute' end",
  "blob_chunks.content_id": "id(n / 10)",
  "blob_chunks.first_byte": "n % 10 * 1000",
};

/** What parameters hold, by name and type, as SQL, where their type alone would not do. */
export const parameterOverrides: Readonly<Record<string, string>> = {
  "limit bigint": "100",
  "unset text": "null",
  "limit integer": "100",
  "queue text": "'queue-1'",
  "queues text[]": "array['queue-1', 'queue-2']",
  "name text": "'definition-10'",
  "names text[]": "array['definition-10', 'definition-11']",
  "definitionName text": "'definition-10'",
  "agent text": "'agent-7'",
  "tool text": "'tool-7'",
  "action text": "'action-7'",
  "component text": "'component-7'",
  "routes text[]": "array['', '[\"gpu\"]']",
  "capabilities text[]": "array['gpu']",
  "countUpTo bigint": "1000",
  // The engine's own numbers, and those of cursors, travel as text.
  "version text": "'5'",
  "definitionVersion text": "'5'",
  "versions text[]": "array['5', '6']",
  "timestamps text[]": "array['5', '6']",
  "timestamp text": "'5'",
  "expectedVersion text": "'5'",
  "olderThanVersion text": "'5'",
  // In the middle, so that a list has as much before as behind it.
  "after text": "'id-00010000'",
  "after bigint": "10000",
  "afterName text": "'definition-500'",
  "afterMoment text": "(now() - interval '1 day')::text",
  "afterNumber double precision": "500",
  "afterRoute text": "''",
  "afterRank text": "'5'",
  "afterTurn text": "'50'",
  "afterRunAt text": "now()::text",
  "afterSequence text": "'5'",
  "afterVersion text": "'5'",
  "afterTransaction text": "'700'",
  "afterMicroseconds text": "'-1'",
  "transaction text": "'700'",
  "holder text": "'worker-7'",
  "orderName text": "'label-1'",
  "label text": "'label-1'",
  "by text": "'status'",
  // What retention removes is little beside what stays.
  "keepMs bigint": "3456000000",
  "labels jsonb": `'{"customer": 7}'`,
  "document jsonb": `'{"customer": 7}'`,
};

/** The value of a type for the n-th row or element. */
export function valueOf(type: string, labels: readonly string[] | undefined, n = "n"): string {
  if (labels) return `(array[${labels.map((label) => `'${label}'`).join(", ")}])[1 + ${n} % ${labels.length}]`;
  switch (type) {
    case "smallint":
    case "integer":
    case "bigint":
    case "numeric":
    case "double precision":
      return `1 + ${n} % 1000`;
    case "boolean":
      return `${n} % 2 = 0`;
    case "timestamp with time zone":
      return `now() - ${n} * interval '30 seconds'`;
    case "interval":
      return `${n} * interval '1 second'`;
    case "json":
    case "jsonb":
      return `json_build_object('n', ${n}, 'text', repeat('x', 100))::text`;
    case "bytea":
      return `convert_to(repeat('x', 100), 'utf8')`;
    default:
      return `id(${n})`;
  }
}

/** A client on a schema whose tables each have this many rows, and the labels of its enums. */
export async function filledClient(
  fresh: FreshDatabase,
  rowsOfEach: number,
): Promise<{ readonly client: pg.Client; readonly enums: ReadonlyMap<string, readonly string[]> }> {
  const database = await open(await fresh.prepared());
  await migrate(database, "holdfast");
  await database.close();
  const client = new pg.Client(await urlOf(fresh));
  await client.connect();
  const enums = await enumsOf(client);
  await fill(client, enums, rowsOfEach);
  return { client, enums };
}

/** The labels of each enum of the database. */
async function enumsOf(client: pg.Client): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.query<{ name: string; labels: string[] }>(
    `select format_type(enumtypid, null) as name, array_agg(enumlabel::text order by enumsortorder) as labels
     from pg_enum group by enumtypid`,
  );
  return new Map(rows.map(({ name, labels }) => [name, labels]));
}

/** Fills every table of the schema from the catalog, so that a new one is filled too. Triggers and foreign keys are off. */
async function fill(
  client: pg.Client,
  enums: ReadonlyMap<string, readonly string[]>,
  rowsOfEach: number,
): Promise<void> {
  await client.query(
    "create function id(n bigint) returns text language sql immutable as $$ select 'id-' || lpad(n::text, 8, '0') $$",
  );
  const { rows } = await client.query<{ table: string; columns: readonly { name: string; type: string }[] }>(
    `select relname as table, json_agg(json_build_object('name', attname,
        'type', format_type(case when typtype = 'd' then typbasetype else atttypid end, null)) order by attnum) as columns
     from pg_class
     join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
     join pg_type on pg_type.oid = atttypid
     where relnamespace = 'holdfast'::regnamespace and relkind in ('r', 'p') and relname <> 'migrations'
     group by relname`,
  );
  await client.query("set session_replication_role = replica");
  for (const { table, columns } of rows) {
    const values = columns.map(({ name, type }) => {
      const value =
        columnOverrides[`${table}.${name}`] ?? columnOverrides[`*.${name}`] ?? valueOf(type, enums.get(type));
      return `(${value})::text::${type}`;
    });
    await client.query(
      `insert into holdfast.${table} (${columns.map(({ name }) => name).join(", ")})
       select ${values.join(", ")} from generate_series(1, ${rowsOfEach}) as n on conflict do nothing`,
    );
  }
  await client.query("set session_replication_role = origin");
}
