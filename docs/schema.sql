-- The schema of Holdfast as its migrations make it, for reading. Written by `npm run schema` from PostgreSQL's catalog, not by
-- hand; what counts is packages/holdfast/src/migrations, where the reasons stand too.

-- Enums

create type holdfast.blob_backend as enum ('postgres', 'folder', 's3');

create type holdfast.catch_up_policy as enum ('skip', 'latest', 'all');

create type holdfast.definition_status as enum ('draft', 'active', 'retired');

create type holdfast.dependency_policy as enum ('cancel', 'ignore');

create type holdfast.job_status as enum ('blocked', 'scheduled', 'ready', 'running', 'succeeded', 'dead', 'canceled');

create type holdfast.overlap_policy as enum ('allow', 'skip', 'buffer_one', 'cancel_previous');

create type holdfast.running_policy as enum ('keep', 'beside', 'after');

create type holdfast.schedule_status as enum ('active', 'paused', 'ended');

create type holdfast.status as enum ('pending', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'timed_out', 'canceled');

create type holdfast.strategy as enum ('wait_all', 'fail_fast', 'best_effort', 'race');

create type holdfast.task_type as enum ('basic', 'router', 'parallel', 'collection', 'composite', 'wait', 'signal', 'aggregate', 'memory');

create type holdfast.timer_status as enum ('scheduled', 'claimed', 'fired', 'canceled');

create type holdfast.wait_status as enum ('waiting', 'delivered', 'expired');

create type holdfast.wake_reason as enum ('moment', 'event', 'children', 'expiry', 'call');

create type holdfast.work_kind as enum ('job', 'execution');

-- Domains

create domain holdfast.id as text collate "C"
  constraint id_check CHECK (((octet_length(VALUE) >= 1) AND (octet_length(VALUE) <= 255)));

create domain holdfast.key as text collate "C"
  constraint key_check CHECK (((octet_length(VALUE) >= 1) AND (octet_length(VALUE) <= 1024)));

create domain holdfast.kv_key as text collate "C"
  constraint kv_key_check CHECK ((octet_length(VALUE) <= 1024));

create domain holdfast.positive as integer
  constraint positive_check CHECK ((VALUE > 0));

-- Sequences

create sequence holdfast.job_log_numbers;

create sequence holdfast.snapshot_generations;

create sequence holdfast.tokens;

-- Tables

create table holdfast.blob_chunks (
  content_id holdfast.id not null,
  first_byte bigint not null,
  bytes bytea not null,
  constraint blob_chunks_pkey PRIMARY KEY (content_id, first_byte),
  constraint blob_chunks_content_id_fkey FOREIGN KEY (content_id) REFERENCES holdfast.blob_contents(id) ON DELETE CASCADE,
  constraint blob_chunks_first_byte_check CHECK ((first_byte >= 0))
);

create table holdfast.blob_contents (
  id holdfast.id not null,
  backend holdfast.blob_backend not null,
  created_at timestamp with time zone not null,
  pending_until timestamp with time zone,
  size bigint,
  sha256 bytea,
  unused_since timestamp with time zone,
  constraint blob_contents_pkey PRIMARY KEY (id),
  constraint blob_contents_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint blob_contents_size_check CHECK ((size >= 0)),
  constraint blob_contents_state CHECK ((
CASE
    WHEN (pending_until IS NULL) THEN ((size IS NOT NULL) OR (unused_since IS NOT NULL))
    ELSE ((size IS NULL) AND (unused_since IS NULL))
END AND ((size IS NULL) = (sha256 IS NULL))))
);
CREATE INDEX blob_contents_pending ON holdfast.blob_contents USING btree (pending_until) WHERE (pending_until IS NOT NULL);
CREATE INDEX blob_contents_unused ON holdfast.blob_contents USING btree (unused_since) WHERE (unused_since IS NOT NULL);

create table holdfast.blob_spaces (
  number integer not null,
  id uuid not null,
  constraint blob_spaces_pkey PRIMARY KEY (number),
  constraint blob_spaces_number_check CHECK ((number = 1))
);

create table holdfast.blobs (
  key holdfast.key not null,
  content_id holdfast.id not null,
  content_type text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  metadata json,
  constraint blobs_pkey PRIMARY KEY (key),
  constraint blobs_content_id_fkey FOREIGN KEY (content_id) REFERENCES holdfast.blob_contents(id),
  constraint blobs_content_id_key UNIQUE (content_id)
);
CREATE INDEX blobs_expiring ON holdfast.blobs USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE TRIGGER blobs_removed AFTER DELETE ON holdfast.blobs FOR EACH ROW EXECUTE FUNCTION holdfast.release_content();
CREATE TRIGGER blobs_replaced AFTER UPDATE OF content_id ON holdfast.blobs FOR EACH ROW WHEN (((old.content_id)::text <> (new.content_id)::text)) EXECUTE FUNCTION holdfast.release_content();

create table holdfast.blocked_jobs (
  id text not null,
  queue text not null,
  blocked_by integer not null,
  constraint blocked_jobs_pkey PRIMARY KEY (id),
  constraint blocked_jobs_blocked_by_check CHECK ((blocked_by >= 0))
) with (fillfactor=70);
CREATE INDEX blocked_jobs_of_queue ON holdfast.blocked_jobs USING btree (queue);

create table holdfast.checkpoint_parts (
  thread holdfast.id not null,
  namespace holdfast.kv_key not null,
  name holdfast.id not null,
  version holdfast.id not null,
  origin holdfast.id not null,
  manifest holdfast.id,
  encoding text not null,
  value bytea not null,
  constraint checkpoint_parts_pkey PRIMARY KEY (thread, namespace, name, version, origin)
);

create table holdfast.checkpoint_threads (
  thread holdfast.id not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  constraint checkpoint_threads_pkey PRIMARY KEY (thread)
) with (fillfactor=80);
CREATE INDEX checkpoint_threads_expiring ON holdfast.checkpoint_threads USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE TRIGGER checkpoint_threads_removed AFTER DELETE ON holdfast.checkpoint_threads FOR EACH ROW EXECUTE FUNCTION holdfast.empty_checkpoint_thread();
CREATE TRIGGER checkpoint_threads_revived BEFORE UPDATE ON holdfast.checkpoint_threads FOR EACH ROW WHEN ((old.expires_at <= new.updated_at)) EXECUTE FUNCTION holdfast.empty_checkpoint_thread();

create table holdfast.checkpoint_writes (
  thread holdfast.id not null,
  namespace holdfast.kv_key not null,
  checkpoint_id holdfast.id not null,
  task holdfast.id not null,
  number integer not null,
  path holdfast.kv_key not null,
  name holdfast.id not null,
  manifest holdfast.id,
  encoding text not null,
  value bytea not null,
  constraint checkpoint_writes_pkey PRIMARY KEY (thread, namespace, checkpoint_id, task, number)
);

create table holdfast.checkpoints (
  thread holdfast.id not null,
  namespace holdfast.kv_key not null,
  id holdfast.id not null,
  parent_id holdfast.id,
  created_at timestamp with time zone not null,
  labels jsonb not null,
  part_names text[] not null,
  part_versions text[] not null,
  part_origins text[] not null,
  manifest holdfast.id,
  encoding text not null,
  state bytea not null,
  constraint checkpoints_pkey PRIMARY KEY (thread, namespace, id)
);
CREATE INDEX checkpoints_by_id ON holdfast.checkpoints USING btree (id, thread, namespace);
CREATE INDEX checkpoints_labels ON holdfast.checkpoints USING gin (labels jsonb_path_ops);

create table holdfast.component_states (
  execution_id holdfast.id not null,
  component holdfast.key not null,
  version bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  state json not null,
  keeps_states holdfast.positive,
  constraint component_states_pkey PRIMARY KEY (execution_id, component),
  constraint component_states_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE
) with (fillfactor=80);
CREATE TRIGGER component_states_removed AFTER DELETE ON holdfast.component_states FOR EACH ROW WHEN ((old.keeps_states IS NOT NULL)) EXECUTE FUNCTION holdfast.forget_former_states();
CREATE TRIGGER component_states_replaced AFTER UPDATE OF state ON holdfast.component_states FOR EACH ROW WHEN ((new.keeps_states IS NOT NULL)) EXECUTE FUNCTION holdfast.keep_former_component_state();

create table holdfast.definitions (
  name holdfast.id not null,
  version integer not null,
  status holdfast.definition_status not null,
  document jsonb not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  deployed_at timestamp with time zone,
  retired_at timestamp with time zone,
  constraint definitions_pkey PRIMARY KEY (name, version),
  constraint definitions_version_check CHECK ((version > 0))
);
CREATE UNIQUE INDEX definitions_active ON holdfast.definitions USING btree (name) WHERE (status = 'active'::holdfast.definition_status);
CREATE INDEX definitions_created ON holdfast.definitions USING btree (created_at, name);
CREATE INDEX definitions_document ON holdfast.definitions USING gin (document jsonb_path_ops);

create table holdfast.ended_jobs (
  id text not null,
  queue text not null,
  status holdfast.job_status not null,
  attempts integer not null,
  token bigint not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone not null,
  is_kept boolean not null default false,
  holder text,
  result json,
  error json,
  constraint ended_jobs_pkey PRIMARY KEY (id),
  constraint ended_jobs_status_check CHECK ((status = ANY (ARRAY['succeeded'::holdfast.job_status, 'dead'::holdfast.job_status, 'canceled'::holdfast.job_status])))
) with (fillfactor=95);
CREATE INDEX ended_jobs_finished ON holdfast.ended_jobs USING btree (status, finished_at) WHERE (NOT is_kept);
CREATE INDEX ended_jobs_retriable ON holdfast.ended_jobs USING btree (queue, status, id) WHERE (status <> 'succeeded'::holdfast.job_status);

create table holdfast.ended_waits (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  key holdfast.key not null,
  execution_id holdfast.id not null,
  step holdfast.key not null,
  status holdfast.wait_status not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  ended_at timestamp with time zone not null,
  event_id holdfast.id,
  payload json,
  trace_context text,
  constraint ended_waits_pkey PRIMARY KEY (id)
);
CREATE INDEX ended_waits_of_execution ON holdfast.ended_waits USING btree (execution_id, sequence);

create table holdfast.events (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  key holdfast.key not null,
  dedupe_id holdfast.key,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  consumed_at timestamp with time zone,
  payload json,
  trace_context text,
  delivered_to json,
  constraint events_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX events_dedupe ON holdfast.events USING btree (key, dedupe_id) WHERE (dedupe_id IS NOT NULL);
CREATE INDEX events_kept ON holdfast.events USING btree (key, sequence) WHERE (consumed_at IS NULL);
CREATE INDEX events_over ON holdfast.events USING btree (COALESCE(consumed_at, expires_at));

create table holdfast.execution_labels (
  execution_id holdfast.id not null,
  name text not null,
  number double precision not null,
  text text not null,
  constraint execution_labels_pkey PRIMARY KEY (execution_id, name)
);
CREATE INDEX execution_labels_value ON holdfast.execution_labels USING btree (name, number, text, execution_id);

create table holdfast.executions (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  version bigint not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  definition_name holdfast.id,
  definition_version integer,
  parent_id holdfast.id,
  parent_task_id holdfast.id,
  idempotency_key holdfast.key,
  fingerprint text,
  idempotent_until timestamp with time zone,
  queue holdfast.id,
  priority integer,
  route text,
  group_key holdfast.key,
  max_attempts holdfast.positive,
  trace_context text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  labels jsonb not null,
  usage jsonb not null default '{}'::jsonb,
  input json,
  state json,
  output json,
  error json,
  keeps_states holdfast.positive,
  constraint executions_pkey PRIMARY KEY (id),
  constraint executions_definition FOREIGN KEY (definition_name, definition_version) REFERENCES holdfast.definitions(name, version) MATCH FULL,
  constraint executions_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE DEFERRABLE
) with (fillfactor=80, vacuum_truncate=off);
CREATE INDEX executions_created ON holdfast.executions USING btree (created_at, sequence);
CREATE INDEX executions_ended ON holdfast.executions USING btree (finished_at, id) WHERE (finished_at IS NOT NULL);
CREATE UNIQUE INDEX executions_idempotency ON holdfast.executions USING btree (idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX executions_labels ON holdfast.executions USING gin (labels jsonb_path_ops) WHERE (labels <> '{}'::jsonb);
CREATE INDEX executions_of_definition ON holdfast.executions USING btree (definition_name, created_at, sequence, definition_version) WHERE (definition_name IS NOT NULL);
CREATE INDEX executions_of_queue ON holdfast.executions USING btree (queue, created_at, sequence) WHERE (queue IS NOT NULL);
CREATE INDEX executions_parent ON holdfast.executions USING btree (parent_id, created_at, sequence) WHERE (parent_id IS NOT NULL);
CREATE INDEX executions_parent_task ON holdfast.executions USING btree (parent_task_id, created_at, sequence) WHERE (parent_task_id IS NOT NULL);
CREATE INDEX executions_status ON holdfast.executions USING btree (status, created_at, sequence);
CREATE TRIGGER executions_changed_labels AFTER UPDATE OF labels ON holdfast.executions FOR EACH ROW WHEN ((old.labels IS DISTINCT FROM new.labels)) EXECUTE FUNCTION holdfast.index_changed_labels();
CREATE TRIGGER executions_columns BEFORE INSERT OR UPDATE OF queue, priority, route, max_attempts, parent_id, parent_task_id ON holdfast.executions FOR EACH ROW WHEN (((new.parent_task_id IS NOT NULL) OR ((num_nulls(new.queue, new.priority, new.route, new.max_attempts) % 4) <> 0))) EXECUTE FUNCTION holdfast.check_columns();
CREATE TRIGGER executions_ended_below AFTER UPDATE OF status ON holdfast.executions FOR EACH ROW WHEN (((new.parent_id IS NOT NULL) AND (new.status >= 'succeeded'::holdfast.status))) EXECUTE FUNCTION holdfast.tell_parent();
CREATE TRIGGER executions_frozen BEFORE UPDATE ON holdfast.executions FOR EACH ROW WHEN ((old.status >= 'succeeded'::holdfast.status)) EXECUTE FUNCTION holdfast.keep_ended_execution();
CREATE TRIGGER executions_new_labels AFTER INSERT ON holdfast.executions FOR EACH ROW WHEN ((new.labels <> '{}'::jsonb)) EXECUTE FUNCTION holdfast.index_new_labels();
CREATE TRIGGER executions_removed AFTER DELETE ON holdfast.executions FOR EACH ROW WHEN ((old.status < 'succeeded'::holdfast.status)) EXECUTE FUNCTION holdfast.leave_queue_removed();
CREATE TRIGGER executions_removed_labels AFTER DELETE ON holdfast.executions FOR EACH ROW WHEN ((old.labels <> '{}'::jsonb)) EXECUTE FUNCTION holdfast.remove_labels();
CREATE TRIGGER executions_removed_waits AFTER DELETE ON holdfast.executions FOR EACH ROW EXECUTE FUNCTION holdfast.remove_ended_waits();
CREATE TRIGGER executions_state_replaced AFTER UPDATE OF state ON holdfast.executions FOR EACH ROW WHEN (((new.keeps_states IS NOT NULL) AND (old.state IS NOT NULL))) EXECUTE FUNCTION holdfast.keep_former_state();
CREATE TRIGGER executions_status_change BEFORE UPDATE OF status ON holdfast.executions FOR EACH ROW WHEN (((new.status >= 'succeeded'::holdfast.status) OR (new.status < old.status))) EXECUTE FUNCTION holdfast.end_execution();

create table holdfast.former_states (
  execution_id holdfast.id not null,
  component text not null,
  version bigint not null,
  updated_at timestamp with time zone not null,
  replaced_at timestamp with time zone not null,
  state json not null,
  constraint former_states_pkey PRIMARY KEY (execution_id, component, version),
  constraint former_states_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE
);

create table holdfast.group_lines (
  kind holdfast.work_kind not null,
  id text not null,
  queue text not null,
  route text not null,
  rank bigint not null,
  turn bigint not null,
  run_at timestamp with time zone not null,
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text not null,
  is_linked boolean not null,
  constraint group_lines_pkey PRIMARY KEY (id, kind)
) with (vacuum_truncate=off);
CREATE INDEX group_lines_order ON holdfast.group_lines USING btree (queue, group_key, rank, turn, run_at, sequence);

create table holdfast.history_entries (
  execution_id holdfast.id not null,
  number bigint not null,
  "position" bigint generated always as identity not null,
  transaction xid8 not null,
  kind holdfast.id not null,
  recorded_at timestamp with time zone not null,
  payload json,
  constraint history_entries_pkey PRIMARY KEY (execution_id, number),
  constraint history_entries_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.history_heads(execution_id) ON DELETE CASCADE,
  constraint history_entries_number_check CHECK ((number > 0))
);
CREATE UNIQUE INDEX history_entries_order ON holdfast.history_entries USING btree (transaction, "position");

create table holdfast.history_forks (
  execution_id holdfast.id not null,
  source_id holdfast.id,
  shared bigint not null,
  origin_id holdfast.id not null,
  origin_number bigint not null,
  constraint history_forks_pkey PRIMARY KEY (execution_id),
  constraint history_forks_check CHECK (((shared >= 0) AND ((source_id IS NULL) = (shared = 0)))),
  constraint history_forks_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.history_heads(execution_id) ON DELETE CASCADE,
  constraint history_forks_source FOREIGN KEY (source_id) REFERENCES holdfast.history_heads(execution_id)
);
CREATE INDEX history_forks_of_source ON holdfast.history_forks USING btree (source_id, shared) WHERE (source_id IS NOT NULL);

create table holdfast.history_heads (
  execution_id holdfast.id not null,
  next bigint not null,
  transaction xid8 not null,
  ended_as holdfast.status,
  constraint history_heads_pkey PRIMARY KEY (execution_id),
  constraint history_heads_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE
) with (fillfactor=50, vacuum_truncate=off);
CREATE TRIGGER history_heads_removed BEFORE DELETE ON holdfast.history_heads FOR EACH ROW EXECUTE FUNCTION holdfast.hand_history_over();

create table holdfast.job_counts (
  queue text not null,
  status holdfast.job_status not null,
  count bigint not null
);
CREATE INDEX job_counts_of_queue ON holdfast.job_counts USING btree (queue, status);

create table holdfast.job_dependencies (
  after_id holdfast.id not null,
  job_id holdfast.id not null,
  constraint job_dependencies_pkey PRIMARY KEY (after_id, job_id),
  constraint job_dependencies_after_id_fkey FOREIGN KEY (after_id) REFERENCES holdfast.jobs(id) ON DELETE CASCADE,
  constraint job_dependencies_job_id_fkey FOREIGN KEY (job_id) REFERENCES holdfast.jobs(id) ON DELETE CASCADE
);
CREATE INDEX job_dependencies_of_job ON holdfast.job_dependencies USING btree (job_id);

create table holdfast.job_failures (
  job_id text not null,
  token bigint not null,
  attempt integer not null,
  started_at timestamp with time zone not null,
  failed_at timestamp with time zone not null,
  holder text,
  error json,
  constraint job_failures_pkey PRIMARY KEY (job_id, token)
);
CREATE TRIGGER job_failures_trimmed AFTER INSERT ON holdfast.job_failures FOR EACH ROW WHEN (((new.attempt % 10) = 1)) EXECUTE FUNCTION holdfast.trim_job_failures();

create table holdfast.job_keys (
  queue text not null,
  unique_key text not null,
  job_id text not null,
  throttled_until timestamp with time zone,
  constraint job_keys_pkey PRIMARY KEY (queue, unique_key)
) with (fillfactor=70);
CREATE INDEX job_keys_throttled ON holdfast.job_keys USING btree (throttled_until) WHERE (throttled_until IS NOT NULL);

create table holdfast.job_reports (
  job_id holdfast.id not null,
  number bigint not null,
  reported_at timestamp with time zone not null,
  message text,
  data json,
  constraint job_reports_pkey PRIMARY KEY (job_id, number),
  constraint job_reports_check CHECK (((number = 0) = (message IS NULL))),
  constraint job_reports_job_id_fkey FOREIGN KEY (job_id) REFERENCES holdfast.jobs(id) ON DELETE CASCADE
);

create table holdfast.jobs (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  queue holdfast.id not null,
  on_dependency_failure holdfast.dependency_policy not null,
  priority integer not null,
  rank bigint not null,
  turn bigint not null default 0,
  route text not null default ''::text,
  max_attempts integer not null,
  backoff_ms bigint not null,
  backoff_max_ms bigint not null,
  timeout_ms bigint,
  run_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  group_key holdfast.key,
  unique_key holdfast.key,
  chunk_id bigint,
  execution_id holdfast.id,
  fails_execution boolean not null default false,
  attempts integer not null default 0,
  token bigint not null default 0,
  started_at timestamp with time zone,
  holder text,
  error json,
  payload json,
  trace_context text,
  constraint jobs_pkey PRIMARY KEY (id),
  constraint jobs_backoff_ms_check CHECK ((backoff_ms >= 0)),
  constraint jobs_check CHECK (((NOT fails_execution) OR (execution_id IS NOT NULL))),
  constraint jobs_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id),
  constraint jobs_max_attempts_check CHECK ((max_attempts > 0)),
  constraint jobs_timeout_ms_check CHECK ((timeout_ms > 0))
) with (fillfactor=95);
CREATE INDEX jobs_of_execution ON holdfast.jobs USING btree (execution_id, id) WHERE (execution_id IS NOT NULL);

create table holdfast.kv_entries (
  prefix holdfast.kv_key not null,
  key holdfast.kv_key not null,
  version bigint generated by default as identity not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  value bytea,
  labels jsonb,
  constraint kv_entries_pkey PRIMARY KEY (prefix, key)
) with (fillfactor=80);
CREATE INDEX kv_entries_expiring ON holdfast.kv_entries USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX kv_entries_labels ON holdfast.kv_entries USING gin (labels jsonb_path_ops) WHERE (labels IS NOT NULL);

create table holdfast.lease_chunk_ends (
  token bigint not null,
  count integer not null
);
CREATE INDEX lease_chunk_ends_of_token ON holdfast.lease_chunk_ends USING btree (token);

create table holdfast.lease_chunks (
  token bigint not null,
  chunk_id bigint not null,
  queue text not null,
  lease_until timestamp with time zone not null,
  claimed_at timestamp with time zone not null,
  holder text,
  ids text[] not null,
  constraint lease_chunks_pkey PRIMARY KEY (token)
) with (vacuum_truncate=off);
CREATE INDEX lease_chunks_of_chunk ON holdfast.lease_chunks USING btree (chunk_id);
CREATE INDEX lease_chunks_of_queue ON holdfast.lease_chunks USING btree (queue, lease_until);

create table holdfast.leases (
  kind holdfast.work_kind not null,
  id text not null,
  token bigint not null,
  queue text,
  lease_until timestamp with time zone not null,
  claimed_at timestamp with time zone not null,
  attempts integer not null,
  holder text,
  group_key text,
  is_linked boolean not null,
  constraint leases_pkey PRIMARY KEY (id, kind)
) with (fillfactor=70, vacuum_truncate=off);
CREATE INDEX leases_of_queue ON holdfast.leases USING btree (queue, lease_until) WHERE (queue IS NOT NULL);

create table holdfast.migrations (
  number integer not null,
  name text not null,
  checksum text not null,
  oldest_client integer not null,
  applied_at timestamp with time zone not null,
  constraint migrations_pkey PRIMARY KEY (number)
);

create table holdfast.openings (
  queue text not null,
  group_key text not null,
  freed integer not null
) with (vacuum_truncate=off);
CREATE INDEX openings_of_queue ON holdfast.openings USING btree (queue, group_key);

create table holdfast.parks (
  execution_id text not null,
  parked_at timestamp with time zone not null,
  children integer,
  woken_by holdfast.wake_reason,
  step text,
  key text,
  payload json,
  trace_context text,
  constraint parks_pkey PRIMARY KEY (execution_id)
) with (fillfactor=70);

create table holdfast.places (
  queue text not null,
  group_key text not null,
  used integer not null,
  constraint places_pkey PRIMARY KEY (queue, group_key),
  constraint places_used_check CHECK ((used >= 0))
) with (fillfactor=50);

create table holdfast.queues (
  name holdfast.id not null,
  paused_at timestamp with time zone,
  concurrency integer,
  concurrency_per_group integer,
  rate_limit integer,
  rate_period_ms bigint,
  rate_full_at timestamp with time zone,
  aging_ms bigint,
  timeout_ms bigint,
  is_limited boolean not null generated always as (((concurrency IS NOT NULL) OR (rate_limit IS NOT NULL) OR (concurrency_per_group IS NOT NULL))) stored,
  turn bigint not null default 0,
  constraint queues_pkey PRIMARY KEY (name),
  constraint queues_aging_ms_check CHECK ((aging_ms > 0)),
  constraint queues_check CHECK (((rate_limit IS NULL) = (rate_period_ms IS NULL))),
  constraint queues_concurrency_check CHECK ((concurrency > 0)),
  constraint queues_concurrency_per_group_check CHECK ((concurrency_per_group > 0)),
  constraint queues_rate_limit_check CHECK ((rate_limit > 0)),
  constraint queues_rate_period_ms_check CHECK ((rate_period_ms > 0)),
  constraint queues_timeout_ms_check CHECK ((timeout_ms > 0))
);

create table holdfast.ready (
  kind holdfast.work_kind not null,
  id text not null,
  queue text not null,
  route text not null,
  rank bigint not null,
  turn bigint not null,
  run_at timestamp with time zone not null,
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text,
  has_place boolean not null,
  is_linked boolean not null
) with (vacuum_truncate=off);
CREATE INDEX ready_executions ON holdfast.ready USING btree (id) WHERE (kind = 'execution'::holdfast.work_kind);
CREATE INDEX ready_of_group ON holdfast.ready USING btree (queue, group_key, kind, route, rank, turn) WHERE ((group_key IS NOT NULL) AND (NOT has_place));
CREATE INDEX ready_order ON holdfast.ready USING btree (queue, kind, route, rank, turn, run_at, sequence);
CREATE INDEX ready_with_place ON holdfast.ready USING btree (queue, group_key, rank, turn, run_at, sequence) WHERE has_place;

create table holdfast.ready_chunks (
  id bigint not null,
  queue text not null,
  rank bigint not null,
  run_at timestamp with time zone not null,
  sequence bigint not null,
  priority integer not null,
  ids text[] not null,
  constraint ready_chunks_pkey PRIMARY KEY (id)
) with (vacuum_truncate=off);
CREATE INDEX ready_chunks_order ON holdfast.ready_chunks USING btree (queue, rank, run_at, sequence);

create table holdfast.scheduled (
  kind holdfast.work_kind not null,
  id text not null,
  queue text not null,
  route text not null,
  rank bigint not null,
  turn bigint not null,
  run_at timestamp with time zone not null,
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text,
  is_linked boolean not null,
  constraint scheduled_pkey PRIMARY KEY (id, kind)
) with (vacuum_truncate=off);
CREATE INDEX scheduled_due ON holdfast.scheduled USING btree (queue, run_at);
CREATE INDEX scheduled_of_group ON holdfast.scheduled USING btree (queue, group_key, rank, turn) WHERE (group_key IS NOT NULL);
CREATE TRIGGER scheduled_woken AFTER DELETE ON holdfast.scheduled FOR EACH ROW WHEN (((old.kind = 'execution'::holdfast.work_kind) AND old.is_linked)) EXECUTE FUNCTION holdfast.leave_park();

create table holdfast.schedules (
  id holdfast.id not null,
  queue holdfast.id not null,
  status holdfast.schedule_status not null,
  overlap holdfast.overlap_policy not null,
  catch_up holdfast.catch_up_policy not null,
  catch_up_limit integer not null,
  missed_after_ms bigint not null,
  cron text,
  time_zone text not null,
  every_ms bigint,
  anchor_at timestamp with time zone not null,
  starts_at timestamp with time zone,
  ends_at timestamp with time zone,
  next_at timestamp with time zone,
  available_at timestamp with time zone,
  token bigint not null default 0,
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  paused_at timestamp with time zone,
  last_tick_at timestamp with time zone,
  missed_from timestamp with time zone,
  missed_to timestamp with time zone,
  pushed_count bigint not null default 0,
  skipped_count bigint not null default 0,
  job_ids text[] not null default '{}'::text[],
  job_options json not null,
  payload json,
  constraint schedules_pkey PRIMARY KEY (id),
  constraint schedules_available CHECK (((next_at IS NULL) = (available_at IS NULL))),
  constraint schedules_catch_up_limit_check CHECK ((catch_up_limit > 0)),
  constraint schedules_every_ms_check CHECK ((every_ms > 0)),
  constraint schedules_id_check CHECK ((octet_length((id)::text) <= 200)),
  constraint schedules_missed_after_ms_check CHECK ((missed_after_ms > 0)),
  constraint schedules_next CHECK (((status = 'active'::holdfast.schedule_status) = (next_at IS NOT NULL))),
  constraint schedules_paused CHECK (((status = 'paused'::holdfast.schedule_status) = (paused_at IS NOT NULL))),
  constraint schedules_rule CHECK (((cron IS NULL) <> (every_ms IS NULL)))
) with (fillfactor=85);
CREATE INDEX schedules_available ON holdfast.schedules USING btree (available_at) WHERE (available_at IS NOT NULL);
CREATE INDEX schedules_ended ON holdfast.schedules USING btree (GREATEST(updated_at, ends_at)) WHERE (status = 'ended'::holdfast.schedule_status);
CREATE INDEX schedules_of_queue ON holdfast.schedules USING btree (queue, id);
CREATE INDEX schedules_of_state ON holdfast.schedules USING btree (status, id);

create table holdfast.snapshot_versions (
  persistence_id holdfast.key not null,
  version bigint not null,
  shard bigint not null,
  written_at timestamp with time zone not null,
  replaced_at timestamp with time zone not null,
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer,
  definition_hash holdfast.id,
  encoding text not null,
  digests text[] not null,
  payload bytea not null,
  constraint snapshot_versions_pkey PRIMARY KEY (persistence_id, version),
  constraint snapshot_versions_persistence_id_fkey FOREIGN KEY (persistence_id) REFERENCES holdfast.snapshots(persistence_id) ON DELETE CASCADE
);
CREATE INDEX snapshot_versions_replaced ON holdfast.snapshot_versions USING btree (replaced_at, persistence_id, version);

create table holdfast.snapshots (
  persistence_id holdfast.key not null,
  version bigint not null,
  generation bigint not null,
  shard bigint not null,
  keeps integer,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer,
  definition_hash holdfast.id,
  encoding text not null,
  digests text[] not null,
  payload bytea not null,
  constraint snapshots_pkey PRIMARY KEY (persistence_id),
  constraint snapshots_check CHECK (((definition_name IS NOT NULL) OR ((definition_version IS NULL) AND (definition_hash IS NULL)))),
  constraint snapshots_definition_version_check CHECK ((definition_version > 0)),
  constraint snapshots_generation_check CHECK ((generation >= 0)),
  constraint snapshots_keeps_check CHECK ((keeps >= 0)),
  constraint snapshots_shard_check CHECK ((shard >= 0)),
  constraint snapshots_version_check CHECK ((version >= 0))
) with (fillfactor=80);
CREATE INDEX snapshots_definition ON holdfast.snapshots USING btree (definition_name, persistence_id) WHERE (definition_name IS NOT NULL);
CREATE INDEX snapshots_shard ON holdfast.snapshots USING btree (shard, persistence_id);
CREATE TRIGGER snapshots_replaced AFTER UPDATE OF version ON holdfast.snapshots FOR EACH ROW WHEN (((new.keeps IS NOT NULL) AND (old.version <> new.version))) EXECUTE FUNCTION holdfast.keep_snapshot_version();

create table holdfast.tasks (
  id holdfast.id not null,
  execution_id holdfast.id not null,
  sequence bigint generated always as identity not null,
  version bigint not null,
  parent_id holdfast.id,
  name holdfast.key not null,
  type holdfast.task_type not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  attempt holdfast.positive not null,
  component holdfast.key,
  agent holdfast.key,
  action holdfast.key,
  tool holdfast.key,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  usage jsonb not null default '{}'::jsonb,
  input json,
  output json,
  error json,
  constraint tasks_pkey PRIMARY KEY (id),
  constraint tasks_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE,
  constraint tasks_parent FOREIGN KEY (parent_id) REFERENCES holdfast.tasks(id) ON DELETE CASCADE DEFERRABLE
) with (fillfactor=80, vacuum_truncate=off);
CREATE INDEX tasks_action ON holdfast.tasks USING btree (action, sequence) WHERE (action IS NOT NULL);
CREATE INDEX tasks_agent ON holdfast.tasks USING btree (agent, sequence) WHERE (agent IS NOT NULL);
CREATE INDEX tasks_component ON holdfast.tasks USING btree (component, sequence) WHERE (component IS NOT NULL);
CREATE INDEX tasks_name ON holdfast.tasks USING btree (name, sequence);
CREATE INDEX tasks_of_execution ON holdfast.tasks USING btree (execution_id, sequence);
CREATE INDEX tasks_of_parent ON holdfast.tasks USING btree (parent_id, sequence) WHERE (parent_id IS NOT NULL);
CREATE INDEX tasks_of_parent_by_name ON holdfast.tasks USING btree (parent_id, name) WHERE (parent_id IS NOT NULL);
CREATE INDEX tasks_retried ON holdfast.tasks USING btree (execution_id, parent_id, name) WHERE ((attempt)::integer > 1);
CREATE INDEX tasks_roots_by_name ON holdfast.tasks USING btree (execution_id, name) WHERE (parent_id IS NULL);
CREATE UNIQUE INDEX tasks_sequence ON holdfast.tasks USING btree (sequence);
CREATE INDEX tasks_status ON holdfast.tasks USING btree (status, sequence);
CREATE INDEX tasks_tool ON holdfast.tasks USING btree (tool, sequence) WHERE (tool IS NOT NULL);
CREATE TRIGGER tasks_moved AFTER UPDATE OF parent_id ON holdfast.tasks FOR EACH ROW WHEN (((new.parent_id IS NOT NULL) AND ((old.parent_id)::text IS DISTINCT FROM (new.parent_id)::text))) EXECUTE FUNCTION holdfast.check_moved_task();
CREATE TRIGGER tasks_status_change BEFORE UPDATE OF status ON holdfast.tasks FOR EACH ROW WHEN (((old.status >= 'succeeded'::holdfast.status) OR (new.status < old.status))) EXECUTE FUNCTION holdfast.change_task_status();
CREATE TRIGGER tasks_without_cycles AFTER INSERT ON holdfast.tasks FOR EACH ROW WHEN ((new.parent_id IS NOT NULL)) EXECUTE FUNCTION holdfast.check_new_task();
CREATE TRIGGER tasks_work BEFORE INSERT OR UPDATE OF type, agent, action, tool ON holdfast.tasks FOR EACH ROW WHEN (((new.agent IS NOT NULL) OR (new.action IS NOT NULL) OR (new.tool IS NOT NULL))) EXECUTE FUNCTION holdfast.check_work();

create table holdfast.timers (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  execution_id holdfast.id not null,
  step holdfast.key not null,
  status holdfast.timer_status not null,
  fire_at timestamp with time zone not null,
  dedupe_key holdfast.key,
  holder text,
  token bigint not null default 0,
  lease_until timestamp with time zone,
  created_at timestamp with time zone not null,
  fired_at timestamp with time zone,
  canceled_at timestamp with time zone,
  payload json,
  trace_context text,
  wait_id holdfast.id,
  wait_key holdfast.key,
  constraint timers_pkey PRIMARY KEY (id),
  constraint timers_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE,
  constraint timers_lease CHECK (((status = 'claimed'::holdfast.timer_status) = (lease_until IS NOT NULL)))
);
CREATE INDEX timers_claimed ON holdfast.timers USING btree (lease_until) WHERE (status = 'claimed'::holdfast.timer_status);
CREATE UNIQUE INDEX timers_dedupe ON holdfast.timers USING btree (execution_id, dedupe_key) WHERE (dedupe_key IS NOT NULL);
CREATE INDEX timers_due ON holdfast.timers USING btree (fire_at, sequence) WHERE (status = 'scheduled'::holdfast.timer_status);
CREATE INDEX timers_ended ON holdfast.timers USING btree (status, fire_at, sequence) WHERE (status = ANY (ARRAY['fired'::holdfast.timer_status, 'canceled'::holdfast.timer_status]));
CREATE INDEX timers_expiring ON holdfast.timers USING btree (COALESCE(fired_at, canceled_at)) WHERE ((status = ANY (ARRAY['fired'::holdfast.timer_status, 'canceled'::holdfast.timer_status])) AND (dedupe_key IS NULL));
CREATE INDEX timers_of_execution ON holdfast.timers USING btree (execution_id, fire_at, sequence);

create table holdfast.turns (
  name holdfast.id not null,
  due_at timestamp with time zone not null,
  constraint turns_pkey PRIMARY KEY (name)
);

create table holdfast.waits (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  key holdfast.key not null,
  execution_id holdfast.id not null,
  step holdfast.key not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  is_park boolean not null default false,
  constraint waits_pkey PRIMARY KEY (id),
  constraint waits_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE,
  constraint waits_execution_id_step_key_key UNIQUE (execution_id, step, key)
);
CREATE INDEX waits_expiring ON holdfast.waits USING btree (expires_at, sequence) WHERE ((expires_at IS NOT NULL) AND (NOT is_park));
CREATE INDEX waits_of_key ON holdfast.waits USING btree (key, sequence);
CREATE UNIQUE INDEX waits_sequence ON holdfast.waits USING btree (sequence);

create table holdfast.wakes (
  execution_id text not null,
  payload json,
  trace_context text,
  constraint wakes_pkey PRIMARY KEY (execution_id)
);

-- Views

create view holdfast.job_records as
 SELECT job.id,
    job.sequence,
    job.queue,
    job.on_dependency_failure,
    job.priority,
    job.max_attempts,
    job.backoff_ms,
    job.backoff_max_ms,
    job.timeout_ms,
    job.run_at,
    job.created_at,
    job.group_key,
    job.route,
    job.unique_key,
    job.execution_id,
    job.fails_execution,
    job.payload,
        CASE
            WHEN (ended.id IS NOT NULL) THEN ended.status
            WHEN ((lease.id IS NOT NULL) OR (packed.token IS NOT NULL)) THEN 'running'::holdfast.job_status
            WHEN (blocked.id IS NOT NULL) THEN 'blocked'::holdfast.job_status
            WHEN (waiting.id IS NOT NULL) THEN 'scheduled'::holdfast.job_status
            ELSE 'ready'::holdfast.job_status
        END AS status,
    COALESCE(blocked.blocked_by, 0) AS blocked_by,
    COALESCE(ended.attempts, lease.attempts,
        CASE
            WHEN (packed.token IS NOT NULL) THEN 1
            ELSE NULL::integer
        END, job.attempts) AS attempts,
    COALESCE(ended.token, lease.token, packed.token, job.token) AS token,
        CASE
            WHEN (ended.id IS NULL) THEN COALESCE(lease.lease_until, packed.lease_until)
            ELSE NULL::timestamp with time zone
        END AS lease_until,
    COALESCE(ended.started_at, lease.claimed_at, packed.claimed_at, job.started_at) AS started_at,
    ended.finished_at,
        CASE
            WHEN (ended.id IS NOT NULL) THEN ended.holder
            WHEN (lease.id IS NOT NULL) THEN lease.holder
            WHEN (packed.token IS NOT NULL) THEN packed.holder
            ELSE job.holder
        END AS holder,
    ended.result,
        CASE
            WHEN (ended.id IS NOT NULL) THEN ended.error
            ELSE job.error
        END AS error
   FROM (((((holdfast.jobs job
     LEFT JOIN LATERAL ( SELECT stored.id,
            stored.queue,
            stored.status,
            stored.attempts,
            stored.token,
            stored.started_at,
            stored.finished_at,
            stored.is_kept,
            stored.holder,
            stored.result,
            stored.error
           FROM holdfast.ended_jobs stored
          WHERE (stored.id = (job.id)::text)
         LIMIT 1) ended ON (true))
     LEFT JOIN LATERAL ( SELECT stored.kind,
            stored.id,
            stored.token,
            stored.queue,
            stored.lease_until,
            stored.claimed_at,
            stored.attempts,
            stored.holder,
            stored.group_key,
            stored.is_linked
           FROM holdfast.leases stored
          WHERE ((stored.id = (job.id)::text) AND (stored.kind = 'job'::holdfast.work_kind))
         LIMIT 1) lease ON (true))
     LEFT JOIN LATERAL ( SELECT stored.token,
            stored.chunk_id,
            stored.queue,
            stored.lease_until,
            stored.claimed_at,
            stored.holder,
            stored.ids
           FROM holdfast.lease_chunks stored
          WHERE ((stored.chunk_id = job.chunk_id) AND ((job.id)::text = ANY (stored.ids)))
         LIMIT 1) packed ON (true))
     LEFT JOIN LATERAL ( SELECT stored.id,
            stored.queue,
            stored.blocked_by
           FROM holdfast.blocked_jobs stored
          WHERE (stored.id = (job.id)::text)
         LIMIT 1) blocked ON (true))
     LEFT JOIN LATERAL ( SELECT stored.kind,
            stored.id,
            stored.queue,
            stored.route,
            stored.rank,
            stored.turn,
            stored.run_at,
            stored.sequence,
            stored.priority,
            stored.attempts,
            stored.group_key,
            stored.is_linked
           FROM holdfast.scheduled stored
          WHERE ((stored.id = (job.id)::text) AND (stored.kind = 'job'::holdfast.work_kind))
         LIMIT 1) waiting ON (true));

-- Functions

CREATE OR REPLACE FUNCTION holdfast.acquire_queued(execution text, in_queue text, wanted_by text, held_until timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  taken record;
  given bigint;
begin
  for round in 1..10 loop
    delete from holdfast.ready as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, case when work.has_place then work.group_key end as group_key into taken;
    exit when found;
    delete from holdfast.scheduled as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, null::text as group_key into taken;
    exit when found;
    delete from holdfast.group_lines as work
      where work.id = execution and work.kind = 'execution'
      returning work.attempts, null::text as group_key into taken;
    exit when found;
    -- For update, to wait for an uncommitted step under the old lease.
    perform from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution' and lease.lease_until <= holdfast.now()
      for update;
    if found then
      delete from holdfast.leases as lease
        where lease.id = execution and lease.kind = 'execution'
        returning lease.attempts, lease.group_key into taken;
      exit;
    end if;
    perform from holdfast.leases as lease where lease.id = execution and lease.kind = 'execution';
    if found then
      return null;
    end if;
  end loop;
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  values ('execution', execution, nextval('holdfast.tokens'), in_queue, held_until, holdfast.now(), coalesce(taken.attempts, 0) + 1,
    wanted_by, taken.group_key, false)
  on conflict do nothing
  returning token into given;
  return given;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.add_usage(before jsonb, added jsonb)
 RETURNS jsonb
 LANGUAGE sql
AS $function$
  select case when before = '{}' then added else holdfast.sum_usage(before, added) end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.admit_groups(in_queue text, per_group integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  crowded text[];
begin
  if per_group is not null then
    for round in 1..10 loop
      exit when not exists (
        select from holdfast.ready as work where work.queue = in_queue and work.group_key is not null and not work.has_place
      );
      exit when holdfast.file_groups(in_queue) < 10000;
    end loop;
  end if;
  if exists (select from holdfast.openings as opening where opening.queue = in_queue) then
    crowded := holdfast.fold_openings(in_queue, per_group);
    if crowded is not null then
      perform holdfast.evict_groups(in_queue, per_group, crowded);
      for round in 1..1000 loop
        crowded := holdfast.reseat_groups(in_queue, crowded);
        exit when crowded is null;
      end loop;
    end if;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.after_ms(ms bigint)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + least(ms, 1) * interval '999 microseconds')
    + ms * interval '1 millisecond'
$function$
;

CREATE OR REPLACE FUNCTION holdfast.append_to(of_execution text, kinds text[], payloads json[], expected bigint)
 RETURNS holdfast.appended
 LANGUAGE plpgsql
AS $function$
declare
  amount constant bigint := pg_catalog.cardinality(kinds);
  log holdfast.history_heads;
  found_status holdfast.status;
begin
  update holdfast.history_heads as head set
    next = head.next + amount, transaction = greatest(head.transaction, pg_catalog.pg_current_xact_id())
  where head.execution_id = of_execution and holdfast.is_open(head.execution_id, head.ended_as)
  returning head.* into log;
  if not found then
    -- Before the head is created: its foreign key would lock the execution after it. A session that has locked the execution and appends
    -- to it would then wait for us, and we for it.
    select stored.status into found_status from holdfast.executions as stored where stored.id = of_execution for key share;
    if not found then
      perform holdfast.fail('HF004', pg_catalog.format('executionId is %s, which does not exist: create the execution first', of_execution),
        pg_catalog.json_build_object('field', 'executionId', 'entity', 'execution', 'id', of_execution));
    end if;
    perform holdfast.is_open(of_execution, found_status);
    insert into holdfast.history_heads as head (execution_id, next, transaction)
    values (of_execution, amount + 1, pg_catalog.pg_current_xact_id())
    on conflict (execution_id) do update set
      next = head.next + excluded.next - 1, transaction = greatest(head.transaction, excluded.transaction)
    where holdfast.is_open(head.execution_id, head.ended_as)
    returning head.* into log;
  end if;
  if expected <> log.next - amount then
    perform holdfast.fail('HF001', pg_catalog.format('the next entry of execution %s has not the expected number', of_execution),
      pg_catalog.json_build_object('reason', 'number', 'entity', 'history', 'executionId', of_execution, 'expected', expected,
        'actual', log.next - amount));
  end if;
  insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at, payload)
  select of_execution, log.next - amount + given.position - 1, log.transaction, given.kind, holdfast.now(), given.payload
  from unnest(kinds, payloads) with ordinality as given(kind, payload, position)
  -- The order of all entries preserves the order of an execution's numbers.
  order by given.position;
  return row(log.next - amount, holdfast.now())::holdfast.appended;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.are_labels_within(labels jsonb, names text[], low_numbers double precision[], low_texts text[], high_numbers double precision[], high_texts text[])
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select not exists (
    select from unnest(names, low_numbers, low_texts, high_numbers, high_texts)
      as span(name, low_number, low_text, high_number, high_text)
    where not exists (
      select from (
        select case pg_catalog.jsonb_typeof(labels -> span.name)
            when 'number' then (labels -> span.name)::double precision
            when 'boolean' then '-infinity'
            else 'infinity'
          end as number,
          case pg_catalog.jsonb_typeof(labels -> span.name) when 'number' then '' else labels ->> span.name end collate "C" as text
      ) as label
      where (label.number, label.text) >= (span.low_number, span.low_text)
        and (label.number, label.text) < (span.high_number, span.high_text)
    )
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.are_last_generations(first bigint, amount bigint)
 RETURNS boolean
 LANGUAGE sql
AS $function$select generations.last_value - first + 1 = amount from holdfast.snapshot_generations as generations$function$
;

CREATE OR REPLACE FUNCTION holdfast.at_most(amount bigint)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$select amount$function$
;

CREATE OR REPLACE FUNCTION holdfast.await_children(execution text, since timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  running integer;
  is_over boolean;
begin
  select count(*) into running from (
    select from holdfast.executions as child
    where child.parent_id = execution and child.finished_at is null
    order by child.id
    for key share
  ) as locked;
  is_over := case
    when since is null then running = 0
    else exists (select from holdfast.executions as child where child.parent_id = execution and child.finished_at >= since)
  end;
  update holdfast.parks as park set woken_by = case when is_over then 'children'::holdfast.wake_reason end,
      children = case when running > 0 and not is_over then case when since is null then running else 1 end end
    where park.execution_id = execution;
  return is_over;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.cancel_executions(roots text[], cause json, tree boolean)
 RETURNS TABLE(canceled text[], woken text[])
 LANGUAGE plpgsql
AS $function$
declare
  level text[] := roots;
  each text;
begin
  canceled := '{}';
  woken := '{}';
  while pg_catalog.cardinality(level) > 0 loop
    for each in select given.id from unnest(level) as given(id) order by given.id collate "C" loop
      perform from holdfast.executions as stored where stored.id = each and stored.finished_at is null for update;
      continue when not found;
      woken := woken || holdfast.clear_execution(each);
      update holdfast.executions as stored set status = 'canceled', error = coalesce(cause, stored.error), version = stored.version + 1,
          updated_at = holdfast.now(), finished_at = holdfast.now()
        where stored.id = each;
      canceled := canceled || each;
    end loop;
    exit when not tree;
    level := array(
      select child.id::text
      from unnest(level) as given(id)
      cross join lateral (
        select stored.id from holdfast.executions as stored where stored.parent_id = given.id and stored.finished_at is null
      ) as child
    );
  end loop;
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.cancel_jobs(job_ids text[], statuses holdfast.job_status[], OUT canceled text[], OUT woken text[])
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  linked text[];
begin
  with taken as materialized (
    select job.id, job.queue, job.status, job.attempts, job.token, job.started_at, job.holder, job.error, job.place_of, job.is_linked
    from holdfast.take_jobs(job_ids, statuses) as job
  ), ended as (
    insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
    select taken.id, taken.queue, 'canceled', taken.attempts,
      case when taken.status = 'running' then nextval('holdfast.tokens') else taken.token end, taken.started_at, holdfast.now(),
      taken.holder, taken.error
    from taken
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select taken.queue, 'canceled', count(*) from taken group by taken.queue
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select taken.queue, taken.place_of, count(*) from taken where taken.place_of is not null group by taken.queue, taken.place_of
  )
  select coalesce(pg_catalog.array_agg(taken.id), '{}'),
    coalesce(pg_catalog.array_agg(distinct taken.queue) filter (where taken.status = 'running' or taken.place_of is not null), '{}'),
    coalesce(pg_catalog.array_agg(taken.id) filter (where taken.is_linked), '{}')
  into canceled, woken, linked
  from taken;
  woken := woken || holdfast.settle_jobs(linked);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.cancel_jobs_of(execution text)
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  done record;
begin
  if not exists (select from holdfast.jobs as job where job.execution_id = execution) then
    return '{}';
  end if;
  select ended.* into done
  from holdfast.cancel_jobs(
    array(select stored.id::text from holdfast.jobs as stored where stored.execution_id = execution),
    array['blocked', 'scheduled', 'ready', 'running']::holdfast.job_status[]
  ) as ended;
  return done.woken;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.change_claimed(execution text, new_status holdfast.status, added jsonb)
 RETURNS holdfast.executions
 LANGUAGE plpgsql
AS $function$
declare
  changed holdfast.executions;
begin
  update holdfast.executions as stored set
      version = stored.version + 1, status = coalesce(new_status, stored.status), updated_at = holdfast.now(),
      started_at = holdfast.started_at(stored.started_at, coalesce(new_status, stored.status)),
      usage = case when added is null then stored.usage else holdfast.add_usage(stored.usage, added) end
    where stored.id = execution
    returning stored.* into changed;
  return changed;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.change_held(ids text[], statuses holdfast.status[], labels jsonb[], usages jsonb[], states json[], outputs json[], errors json[])
 RETURNS TABLE(id text, version bigint, status holdfast.status, strategy holdfast.strategy, definition_name text, definition_version integer, parent_id text, parent_task_id text, idempotency_key text, label jsonb, usage jsonb, created_at timestamp with time zone, updated_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
begin
  return query
    update holdfast.executions as stored set
      version = stored.version + 1, status = coalesce(input.status, stored.status), updated_at = holdfast.now(),
      started_at = holdfast.started_at(stored.started_at, input.status),
      finished_at = holdfast.finished_at(stored.finished_at, input.status),
      labels = case when input.labels is null then stored.labels else holdfast.merge_labels(stored.labels, input.labels) end,
      usage = case when input.usage is null then stored.usage else holdfast.add_usage(stored.usage, input.usage) end,
      state = coalesce(input.state, stored.state), output = coalesce(input.output, stored.output),
      error = coalesce(input.error, stored.error)
    from (
      select given.id, given.status, given.labels, given.usage, given.state, given.output, given.error
      from unnest(ids, statuses, change_held.labels, usages, states, outputs, errors)
        as given(id, status, labels, usage, state, output, error)
      order by given.id collate "C"
    ) as input
    where stored.id = input.id
    returning stored.id::text, stored.version, stored.status, stored.strategy, stored.definition_name::text,
      stored.definition_version, stored.parent_id::text, stored.parent_task_id::text, stored.idempotency_key::text, stored.labels,
      stored.usage, stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.change_locked(of_execution text, new_status holdfast.status, new_labels jsonb, more_usage jsonb, new_state json, new_output json, new_error json, whole boolean)
 RETURNS SETOF holdfast.changed_execution
 LANGUAGE plpgsql
 ROWS 1
AS $function$
declare
  changed holdfast.changed_execution;
begin
  update holdfast.executions as stored set
    version = stored.version + 1, status = coalesce(new_status, stored.status), updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, new_status),
    finished_at = holdfast.finished_at(stored.finished_at, new_status),
    labels = case when new_labels is null then stored.labels else holdfast.merge_labels(stored.labels, new_labels) end,
    usage = case when more_usage is null then stored.usage else holdfast.add_usage(stored.usage, more_usage) end,
    state = coalesce(new_state, stored.state), output = coalesce(new_output, stored.output), error = coalesce(new_error, stored.error)
  where stored.id = of_execution
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.parent_task_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at,
    stored.started_at, stored.finished_at,
    coalesce(stored.finished_at = stored.updated_at, false) and (
      select former.finished_at from holdfast.executions as former where former.id = stored.id limit 1
    ) is null,
    case when whole then stored.input end, case when whole then stored.state end,
    case when whole then stored.output end, case when whole then stored.error end
  into changed;
  return next changed;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.change_task_status()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.may_change_status('task', new.id, old.status, new.status);
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.change_tasks(ids text[], sequences bigint[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[], statuses holdfast.status[], strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[], tools text[], inputs json[], outputs json[], errors json[], expected bigint[])
 RETURNS SETOF holdfast.task_summary
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
begin
  return query
    update holdfast.tasks as stored set
      version = stored.version + 1, parent_id = nullif(coalesce(given.parent_id, stored.parent_id), ''), name = given.name,
      type = coalesce(given.type, stored.type), status = coalesce(given.status, stored.status),
      strategy = coalesce(given.strategy, stored.strategy), attempt = coalesce(given.attempt, stored.attempt),
      component = nullif(coalesce(given.component, stored.component), ''), agent = nullif(coalesce(given.agent, stored.agent), ''),
      action = nullif(coalesce(given.action, stored.action), ''), tool = nullif(coalesce(given.tool, stored.tool), ''),
      updated_at = holdfast.now(), started_at = holdfast.started_at(stored.started_at, coalesce(given.status, stored.status)),
      finished_at = holdfast.finished_at(stored.finished_at, coalesce(given.status, stored.status)),
      input = coalesce(given.input, stored.input), output = coalesce(given.output, stored.output),
      error = coalesce(given.error, stored.error)
    from (
      select given.*
      from unnest((select ids), sequences, execution_ids, parent_ids, names, types, statuses, strategies, attempts, components,
        agents, actions, tools, inputs, outputs, errors, expected) as given(id, sequence, execution_id, parent_id, name, type, status,
        strategy, attempt, component, agent, action, tool, input, output, error, expected)
      order by given.id collate "C" desc
      limit cardinality(ids)
    ) as given
    -- Not those that were inserted above.
    where stored.id = given.id and stored.sequence is distinct from given.sequence
      and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, given.execution_id, given.expected)
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_columns()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if pg_catalog.num_nulls(new.queue, new.priority, new.route, new.max_attempts) % 4 <> 0
    or new.parent_task_id is not null and new.parent_id is null
  then
    perform holdfast.refuse_row('executions', 'executions_columns', new.id);
  end if;
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_moved_task()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  ancestors text[];
begin
  if new.execution_id <> (select parent.execution_id from holdfast.tasks as parent where parent.id = new.parent_id) then
    perform holdfast.fail('HF006', pg_catalog.format('parentId of task %s is a task of another execution', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  perform holdfast.lock_keys('task moves', array[new.execution_id::text]);
  ancestors := array(
    with recursive above as (
      select new.parent_id::text as id
      union
      select task.parent_id::text
      from above
      join holdfast.tasks as task on task.id = above.id
      where task.parent_id is not null
    )
    select above.id from above
  );
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform from holdfast.tasks as task where task.id = any (ancestors) order by task.id desc for share;
  end if;
  if new.id = any (ancestors) then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_new_task()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  parent_execution text;
  parent_sequence bigint;
begin
  select parent.execution_id, parent.sequence into parent_execution, parent_sequence
    from holdfast.tasks as parent where parent.id = new.parent_id;
  if new.execution_id <> parent_execution then
    perform holdfast.fail('HF006', pg_catalog.format('parentId of task %s is a task of another execution', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  if new.sequence <= parent_sequence and holdfast.is_own_ancestor(new.id, new.sequence) then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_new_tasks(ids text[], execution_ids text[], expected bigint[], missing text[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform case
    when given.expected > 0 then
      holdfast.fail('HF001', pg_catalog.format('task %s is not at the expected version', given.id),
        json_build_object('entity', 'task', 'id', given.id, 'expected', given.expected, 'actual', 0))
    else
      holdfast.fail('HF004', pg_catalog.format('executionId of task %s is %s, which does not exist: create the execution first',
        given.id, given.execution_id),
        json_build_object('field', 'executionId', 'entity', 'execution', 'id', given.execution_id))
  end
  from unnest(ids, execution_ids, expected) as given(id, execution_id, expected)
  where (given.expected > 0 or given.execution_id = any (missing))
    and (select stored.version from holdfast.tasks as stored where stored.id = given.id) is null;
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_parents(ids text[], execution_ids text[], parent_ids text[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.fail('HF004', pg_catalog.format('parentId of task %s is %s, which is no task of execution %s: save the parent first',
      given.id, given.parent_id, given.execution_id),
    json_build_object('field', 'parentId', 'entity', 'task', 'id', given.parent_id))
  from unnest(ids, execution_ids, parent_ids) as given(id, execution_id, parent_id)
  where given.parent_id <> ''
    and (select parent.execution_id from holdfast.tasks as parent where parent.id = given.parent_id) is distinct from given.execution_id
    and (select stored.parent_id from holdfast.tasks as stored where stored.id = given.id) is distinct from given.parent_id
    and (given.execution_id, given.parent_id) not in (
      select sibling.execution_id, sibling.id from unnest(ids, execution_ids) as sibling(id, execution_id)
    );
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_work()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.type = 'router' or new.type = 'basic' and ((new.agent is null) <> (new.action is null) or new.agent is not null and new.tool is not null)
  then
    perform holdfast.refuse_row('tasks', 'tasks_work', new.id);
  end if;
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.checkpoint_part_origin(of_thread text, of_namespace text, of_name text, of_version text)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select max(stored.origin)
  from holdfast.checkpoint_parts as stored
  where stored.thread = of_thread and stored.namespace = of_namespace and stored.name = of_name and stored.version = of_version
$function$
;

CREATE OR REPLACE FUNCTION holdfast.claim_chunks(in_queue text, most bigint, lease_ms bigint, claimer text, is_guarded boolean)
 RETURNS TABLE(pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer, timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamp with time zone, run_at timestamp with time zone, created_at timestamp with time zone, execution_id text, payload json, trace_context text)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
  first record;
  claimed bigint := 0;
  packed bigint := 0;
  before bigint;
  drawn bigint;
  singles bigint;
  queue_timeout constant bigint := (select setting.timeout_ms from holdfast.queues as setting where setting.name = in_queue);
begin
  while claimed < most loop
    before := claimed;
    select * into first from holdfast.lock_head_chunk(in_queue, most - claimed);
    if first.ahead = 0 and most >= 10 then
      drawn := holdfast.lease_chunk(first.head, most - claimed, lease_ms, claimer);
      packed := packed + least(pg_catalog.cardinality((first.head).ids), most - claimed);
      return query
      select before + member.place, member.id, in_queue, drawn, job.priority, 1, job.max_attempts, job.timeout_ms, queue_timeout,
        holdfast.now() + lease_ms * interval '1 millisecond', job.run_at, job.created_at, job.execution_id::text, job.payload,
        job.trace_context
      from (select chunk.ids from holdfast.lease_chunks as chunk where chunk.token = drawn) as held
      cross join lateral pg_catalog.unnest(held.ids) with ordinality as member(id, place)
      cross join lateral (
        select stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id, stored.payload,
          stored.trace_context
        from holdfast.jobs as stored
        where stored.id = member.id
        limit 1
      ) as job;
    else
      singles := coalesce(first.ahead, most - claimed);
      if first.ahead = 0 then
        perform holdfast.unpack_ready((first.head).id);
        -- No more than these: another chunk may come before other single jobs.
        singles := least(pg_catalog.cardinality((first.head).ids), most - claimed);
      end if;
      return query
      select before + leased.pos, leased.id, leased.queue, leased.token, leased.priority, leased.attempts, leased.max_attempts,
        leased.timeout_ms, leased.queue_timeout_ms, leased.lease_until, leased.run_at, leased.created_at, leased.execution_id,
        leased.payload, leased.trace_context
      from holdfast.lease_jobs(array[in_queue], array[singles], array[false], singles, lease_ms, claimer, '{}') as leased;
    end if;
    get diagnostics singles = row_count;
    claimed := claimed + singles;
    -- Rows that others have locked are theirs. If no chunk is left, the single ones were the last.
    exit when singles = 0 or first.ahead is null;
  end loop;
  if is_guarded and packed > 0 then
    update holdfast.queues as charged set
      rate_full_at = holdfast.rate_after(charged.rate_full_at, packed, charged.rate_limit, charged.rate_period_ms)
    where charged.name = in_queue and charged.rate_limit is not null;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[], expired_error json, behind boolean)
 RETURNS TABLE(pos bigint, token bigint, attempts integer, execution holdfast.executions, park holdfast.parks)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  found_open record;
  held record;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, behind) as opened;
  select pg_catalog.array_agg(leased.pos) as places, pg_catalog.array_agg(leased.id) as ids, pg_catalog.array_agg(leased.token) as tokens,
    pg_catalog.array_agg(leased.attempts) as attempts
  into held
  from holdfast.lease_work('execution', found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities)
    as leased;
  -- A separate statement: lease_work may have leased rows committed after the calling statement's snapshot.
  return query
  select leased.pos, leased.token, leased.attempts, present.whole, parked.whole
  from rows from (
    pg_catalog.unnest(held.places), pg_catalog.unnest(held.ids), pg_catalog.unnest(held.tokens), pg_catalog.unnest(held.attempts)
  ) as leased(pos, id, token, attempts)
  cross join lateral (select stored as whole from holdfast.executions as stored where stored.id = leased.id limit 1) as present
  left join lateral (select stored as whole from holdfast.parks as stored where stored.execution_id = leased.id limit 1) as parked on true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.claim_executions(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[], expired_error json, behind boolean, new_status holdfast.status, added jsonb)
 RETURNS TABLE(pos bigint, token bigint, attempts integer, execution holdfast.executions, park holdfast.parks)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  claimed record;
  place text;
begin
  for claimed in
    select one.* from holdfast.claim_executions(named, most, lease_ms, claimer, capabilities, expired_error, behind) as one
  loop
    if holdfast.lock_claimable((claimed.execution).id) then
      pos := claimed.pos;
      token := claimed.token;
      attempts := claimed.attempts;
      execution := holdfast.change_claimed((claimed.execution).id, new_status, added);
      park := claimed.park;
      return next;
    else
      delete from holdfast.leases as lease
        where lease.id = (claimed.execution).id and lease.kind = 'execution'
        returning lease.group_key into place;
      perform holdfast.enqueue_execution((claimed.execution).id, holdfast.now(), claimed.attempts - 1, place);
    end if;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.claim_jobs(named text[], most bigint, lease_ms bigint, claimer text, capabilities text[], expired_error json)
 RETURNS TABLE(pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer, timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamp with time zone, run_at timestamp with time zone, created_at timestamp with time zone, execution_id text, payload json, trace_context text, woken text[], died text[])
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
  found_open record;
  claimed bigint;
begin
  select opened.* into found_open from holdfast.open_queues(named, most, expired_error, false) as opened;
  if pg_catalog.cardinality(named) = 1 and found_open.names = named and capabilities = '{}' and not found_open.are_grouped[1] then
    return query select leased.*, null::text[], null::text[] from holdfast.claim_chunks(named[1], found_open.rooms[1], lease_ms, claimer,
      found_open.are_guarded) as leased;
  else
    perform holdfast.unpack_heads(found_open.names, most);
    return query
    select leased.*, null::text[], null::text[]
    from holdfast.lease_jobs(found_open.names, found_open.rooms, found_open.are_grouped, most, lease_ms, claimer, capabilities) as leased;
  end if;
  get diagnostics claimed = row_count;
  if pg_catalog.cardinality(found_open.died) > 0 then
    return query select 0::bigint, null::text, '', 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
      holdfast.now(), null::text, null::json, null::text, found_open.woken, found_open.died;
  end if;
  return query select 0::bigint, null::text, lost.queue, 0::bigint, 0, 0, 0, null::bigint, null::bigint, holdfast.now(), holdfast.now(),
    holdfast.now(), null::text, null::json, null::text, null::text[], null::text[]
  from pg_catalog.unnest(found_open.fatal) as lost(queue);
  -- Once in 256 jobs, so that folding costs a claim nothing on average. The usual claim calls this one as often.
  if claimed > 0 then
    if (pg_catalog.currval('holdfast.tokens') - 3) % 512 < 2 * claimed then
      perform holdfast.fold_job_counts(each.name) from pg_catalog.unnest(found_open.names) as each(name);
    end if;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.clear_execution(execution text)
 RETURNS text[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  woken text[];
begin
  -- The usual case: nothing is left, and one look-up tells.
  if not (
    exists (select from holdfast.jobs as job where job.execution_id = execution)
    or exists (select from holdfast.timers as timer where timer.execution_id = execution)
    or exists (select from holdfast.waits as wait where wait.execution_id = execution)
  ) then
    return '{}';
  end if;
  perform from holdfast.leases as stored where stored.id = execution and stored.kind = 'execution' for update;
  woken := holdfast.cancel_jobs_of(execution);
  perform from holdfast.timers as timer
    where timer.execution_id = execution
      and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()))
    order by timer.id
    for update;
  if found then
    update holdfast.timers as timer set status = 'canceled', canceled_at = holdfast.now(), holder = null, lease_until = null
      where timer.execution_id = execution and timer.dedupe_key is not null
        and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()));
    delete from holdfast.timers as timer
      where timer.execution_id = execution and timer.dedupe_key is null
        and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()));
  end if;
  delete from holdfast.waits as wait
    where wait.id = any(array(
      select found.id::text from holdfast.waits as found
      where found.execution_id = execution
      order by found.key, found.sequence
      for update
    ));
  return woken;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.clear_executions(ids text[])
 RETURNS TABLE(id text, woken text[])
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
  crowded text[] := ids;
  each text;
begin
  if pg_catalog.cardinality(ids) > 1 then
    crowded := array(
      select given.id
      from pg_catalog.unnest(ids) as given(id)
      -- Not written with `exists`: the planner may answer that by reading the whole table.
      where (select true from holdfast.jobs as job where job.execution_id = given.id limit 1)
        or (select true from holdfast.timers as timer where timer.execution_id = given.id limit 1)
        or (select true from holdfast.waits as wait where wait.execution_id = given.id limit 1)
      order by given.id collate "C"
    );
    if crowded <> '{}' then
      perform holdfast.lock_parts(ids, '{}');
    end if;
  end if;
  foreach each in array crowded loop
    id := each;
    woken := holdfast.clear_execution(each);
    return next;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.complete_chunk(of_token bigint, ids text[], results json[], is_settled boolean, OUT done bigint, OUT freed text)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  held holdfast.lease_chunks;
begin
  done := 0;
  select chunk.* into held
  from holdfast.lease_chunks as chunk
  where chunk.token = of_token and (is_settled or chunk.lease_until > holdfast.now())
  for key share;
  if not found then
    return;
  end if;
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, result)
  select given.id, held.queue, 'succeeded', 1, of_token, held.claimed_at, holdfast.now(), held.holder, given.result
  from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(results)) as given(id, result)
  where given.id in (select pg_catalog.unnest(held.ids))
  on conflict (id) do nothing;
  get diagnostics done = row_count;
  if done = 0 then
    return;
  end if;
  insert into holdfast.job_counts (queue, status, count) values (held.queue, 'succeeded', done);
  if done = holdfast.count_running(held) then
    delete from holdfast.lease_chunks as chunk where chunk.token = of_token;
    delete from holdfast.lease_chunk_ends as told where told.token = of_token;
  else
    insert into holdfast.lease_chunk_ends (token, count) values (of_token, done);
  end if;
  freed := (select queue.name from holdfast.queues as queue where queue.name = held.queue and queue.is_limited);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.complete_chunks(ids text[], tokens bigint[], results json[], is_settled boolean)
 RETURNS TABLE(place bigint, id text, token bigint, result json, freed text)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
  named record;
  ended record;
  done bigint := 0;
begin
  for named in
    select given.token, pg_catalog.array_agg(given.id) as ids, pg_catalog.array_agg(given.result) as results
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens), pg_catalog.unnest(results)) as given(id, token, result)
    where given.token % 2 = 0
    group by given.token
    order by given.token
  loop
    select one.* into ended from holdfast.complete_chunk(named.token, named.ids, named.results, is_settled) as one;
    done := done + ended.done;
    if ended.freed is not null then
      return query select null::bigint, null::text, null::bigint, null::json, ended.freed;
    end if;
  end loop;
  if done < pg_catalog.cardinality(ids) then
    return query
    select given.place, given.id, given.token, given.result, null::text
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens), pg_catalog.unnest(results)) with ordinality
      as given(id, token, result, place)
    where done = 0 or given.token % 2 <> 0 or not exists (
      select from holdfast.ended_jobs as job
      where job.id = given.id and job.token = given.token and job.status = 'succeeded'
    );
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.complete_packed(job_id text, claim_token bigint, job_result json, is_settled boolean)
 RETURNS TABLE(status holdfast.job_status, token bigint, attempts integer, freed text)
 LANGUAGE plpgsql
AS $function$
begin
  if claim_token % 2 = 0 then
    freed := (select ended.freed from holdfast.complete_chunk(claim_token, array[job_id], array[job_result], is_settled) as ended);
  end if;
  return query select job.status, job.token, job.attempts, complete_packed.freed from holdfast.job_standing(job_id) as job;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.consume(event text, dedupe text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if dedupe is null then
    delete from holdfast.events as stored where stored.id = event;
  else
    update holdfast.events as stored set consumed_at = holdfast.now(), payload = null where stored.id = event;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.count_running(chunk holdfast.lease_chunks)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select pg_catalog.cardinality(chunk.ids) - (
    select coalesce(sum(told.count), 0) from holdfast.lease_chunk_ends as told where told.token = chunk.token
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.count_tasks(ids text[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
begin
  return (select count(*) from holdfast.tasks as task where task.id = any (ids));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.creation_outcome(is_new boolean, asked_id text, known holdfast.executions, fingerprint text, other_fingerprints text)
 RETURNS text
 LANGUAGE sql
AS $function$
  select case
    when is_new then 'created'
    when known.id is null and holdfast.fail('HF007',
      pg_catalog.format('execution %s exists: choose another id, or create it with an idempotency key', asked_id),
      pg_catalog.json_build_object('entity', 'execution', 'id', asked_id)) then null
    when known.fingerprint = creation_outcome.fingerprint
      or known.fingerprint = any (pg_catalog.string_to_array(other_fingerprints, ' ')) then 'replayed'
    else 'mismatch'
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.empty_checkpoint_thread()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from holdfast.checkpoints as stored where stored.thread = old.thread;
  delete from holdfast.checkpoint_parts as stored where stored.thread = old.thread;
  delete from holdfast.checkpoint_writes as stored where stored.thread = old.thread;
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.end_execution()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  was_queued boolean;
begin
  if old.status >= 'succeeded' or new.status < 'succeeded' then
    perform holdfast.may_change_status('execution', new.id, old.status, new.status);
    return new;
  end if;
  perform from holdfast.executions as execution where execution.id = new.id for update;
  was_queued := holdfast.leave_queue(new.id, new.queue);
  if pg_catalog.current_setting('transaction_isolation') = 'read committed' then
    update holdfast.history_heads as head set ended_as = new.status where head.execution_id = new.id;
  else
    -- The snapshot may miss a newer head. Meeting that head then fails, and the transaction runs again.
    insert into holdfast.history_heads as head (execution_id, next, transaction, ended_as)
    values (new.id, 1, pg_catalog.pg_current_xact_id(), new.status)
    on conflict (execution_id) do update set ended_as = excluded.ended_as;
  end if;
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.enqueue_execution(execution text, moment timestamp with time zone, tried integer, place text, linked boolean DEFAULT false)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  work record;
  aging bigint;
  per_group integer;
  rank bigint;
  turn bigint := 0;
begin
  select stored.id::text as id, stored.queue::text as queue, stored.priority, stored.route, stored.group_key::text as group_key,
      stored.sequence, greatest(tried, 0) as attempts
    into work
    from holdfast.executions as stored where stored.id = execution;
  select queue.aging_ms, queue.concurrency_per_group into aging, per_group from holdfast.queues as queue where queue.name = work.queue;
  rank := case when moment = 'infinity' then work.priority else holdfast.work_rank(work.priority, moment, aging) end;
  if work.group_key is not null and tried = 0 and place is null then
    select last.turn + 1 into turn from holdfast.turn_before(work.queue, 'execution', work.route, rank, work.group_key) as last;
  end if;
  if place is not null then
    insert into holdfast.openings (queue, group_key, freed) values (work.queue, place, 1);
  end if;
  if moment > holdfast.now() then
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, linked);
  elsif work.group_key is not null and per_group is not null then
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, false);
    insert into holdfast.openings (queue, group_key, freed) values (work.queue, work.group_key, 0);
  else
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    values ('execution', work.id, work.queue, work.route, rank, turn, moment, work.sequence,
      work.priority, work.attempts, work.group_key, false, false);
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.enqueue_jobs(job_ids text[])
 RETURNS TABLE(id text, status holdfast.job_status)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  return query
  with job as materialized (
    select stored.id::text as id, stored.queue::text as queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence,
      stored.priority, stored.attempts, stored.group_key::text as group_key,
      stored.unique_key is not null or stored.fails_execution
        or exists (select from holdfast.job_dependencies as edge where edge.after_id = stored.id) as is_linked,
      case
        -- A job without its own time is due when it is created, which may be after this statement's time.
        when stored.run_at > holdfast.now() and stored.run_at > stored.created_at then 'scheduled'
        when stored.group_key is not null and (
          select queue.concurrency_per_group is not null from holdfast.queues as queue where queue.name = stored.queue
        ) then 'line'
        else 'ready'
      end as place
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select job.* from holdfast.jobs as job where job.id = given.id limit 1) as stored
  ), scheduled as (
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      job.is_linked
    from job where job.place = 'scheduled'
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      job.is_linked
    from job where job.place = 'line'
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct job.queue, job.group_key, 0 from job where job.place = 'line'
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, job.attempts, job.group_key,
      false, job.is_linked
    from job where job.place = 'ready'
  )
  select job.id, (case job.place when 'scheduled' then 'scheduled' else 'ready' end)::holdfast.job_status from job;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.enqueue_new(ids text[], moments timestamp with time zone[])
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_seqscan TO 'off'
AS $function$
declare
  done bigint;
begin
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'execution', stored.id, stored.queue, stored.route,
    holdfast.work_rank(stored.priority, coalesce(given.moment, holdfast.now()), (
      select setting.aging_ms from holdfast.queues as setting where setting.name = stored.queue
    )), 0, coalesce(given.moment, holdfast.now()), stored.sequence, stored.priority, 0, false, false
  from unnest(ids, moments) as given(id, moment)
  join holdfast.executions as stored on stored.id = given.id
  where stored.group_key is null and (given.moment > holdfast.now()) is not true;
  get diagnostics done = row_count;
  if done = pg_catalog.cardinality(ids) then
    return;
  end if;
  perform holdfast.enqueue_execution(stored.id, coalesce(given.moment, holdfast.now()), 0, null)
  from unnest(ids, moments) with ordinality as given(id, moment, position)
  join holdfast.executions as stored on stored.id = given.id
  where stored.group_key is not null or given.moment > holdfast.now()
  order by given.position;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.evict_groups(in_queue text, per_group integer, crowded text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  with excess as materialized (
    select given.group_key, taken.used - per_group as count
    from pg_catalog.unnest((select crowded)) as given(group_key)
    cross join lateral (
      select stored.used from holdfast.places as stored where stored.queue = in_queue and stored.group_key = given.group_key limit 1
    ) as taken
    where taken.used > per_group
  ), last as materialized (
    select found.place
    from excess
    cross join lateral (
      select work.ctid as place
      from holdfast.ready as work
      where work.queue = in_queue and work.group_key = excess.group_key and work.has_place
      order by work.rank desc, work.turn desc, work.run_at desc, work.sequence desc
      limit excess.count
      for update skip locked
    ) as found
  ), let_out as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select last.place from last))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select let_out.kind, let_out.id, in_queue, let_out.route, let_out.rank, let_out.turn, let_out.run_at, let_out.sequence,
      let_out.priority, let_out.attempts, let_out.group_key, let_out.is_linked
    from let_out
  ), settled as materialized (
    select excess.group_key, excess.count as excess, (
        select count(*)::integer from let_out where let_out.group_key = excess.group_key
      ) as count
    from excess
  ), reopened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, settled.group_key, 0
    from settled
    where settled.count < settled.excess and settled.count < (
      select count(*) from (
        select from holdfast.ready as work
        where work.queue = in_queue and work.group_key = settled.group_key and work.has_place limit settled.count + 1
      ) as left_over
    )
  )
  update holdfast.places as stored set used = stored.used - settled.count
  from (select each.group_key, each.count from settled as each where each.count > 0 limit (select 10000)) as settled
  where stored.queue = in_queue and stored.group_key = settled.group_key;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.exact(number bigint)
 RETURNS json
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$select pg_catalog.json_build_object('bigint', number::text)$function$
;

CREATE OR REPLACE FUNCTION holdfast.execution_of_key(key text)
 RETURNS holdfast.executions
 LANGUAGE plpgsql
AS $function$
declare
  known holdfast.executions;
begin
  if key is null then
    return null;
  end if;
  select stored.* into known from holdfast.executions as stored where stored.idempotency_key = key;
  if known.idempotent_until <= holdfast.now() then
    update holdfast.executions as stored set idempotency_key = null, fingerprint = null
      where stored.id = known.id and stored.idempotency_key = key;
    return null;
  end if;
  return known;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.expectations(ids text[], tokens bigint[], versions bigint[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select pg_catalog.jsonb_object_agg(given.id, pg_catalog.jsonb_build_object('token', given.token, 'version', given.version))
  from unnest(ids, tokens, versions) as given(id, token, version)
  where given.token is not null or given.version is not null
$function$
;

CREATE OR REPLACE FUNCTION holdfast.expire_waits(most bigint, claimer text, until timestamp with time zone)
 RETURNS SETOF holdfast.timers
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
begin
  return query
  with expired as materialized (
    select stored.id, stored.key, stored.execution_id, stored.step, stored.created_at, stored.expires_at, stored.sequence
    from holdfast.waits as stored
    cross join lateral (
      select execution.id from holdfast.executions as execution where execution.id = stored.execution_id for key share skip locked
    ) as owner
    where not stored.is_park and stored.expires_at <= holdfast.now()
    order by stored.expires_at, stored.sequence
    limit most
    for update of stored skip locked
  ), removed as (
    delete from holdfast.waits as stored
    where stored.id = any(array(select expired.id::text from expired))
  ), ended as (
    insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at)
    select expired.id, expired.key, expired.execution_id, expired.step, 'expired', expired.created_at, expired.expires_at, holdfast.now()
    from expired
    order by expired.expires_at, expired.sequence
    on conflict (id) do nothing
  )
  insert into holdfast.timers as timer
    (id, execution_id, step, status, fire_at, token, holder, lease_until, created_at, wait_id, wait_key)
  select pg_catalog.gen_random_uuid()::text, expired.execution_id, expired.step, 'claimed', expired.expires_at,
    pg_catalog.nextval('holdfast.tokens'), claimer, until, holdfast.now(), expired.id, expired.key
  from expired
  order by expired.expires_at, expired.sequence
  returning timer.*;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.extend_chunks(ids text[], tokens bigint[], lease_ms bigint)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
declare
  named record;
  running text[];
begin
  for named in
    select given.token, pg_catalog.array_agg(given.id) as ids, pg_catalog.array_agg(given.place) as places
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    where given.token % 2 = 0
    group by given.token
    order by given.token
  loop
    select pg_catalog.array_agg(member.id) into running
    from holdfast.lease_chunks as chunk
    cross join lateral pg_catalog.unnest(chunk.ids) as member(id)
    where chunk.token = named.token and not exists (select from holdfast.ended_jobs as ended where ended.id = member.id);
    continue when running is null;
    if running <@ named.ids then
      update holdfast.lease_chunks as chunk set lease_until = holdfast.now() + lease_ms * interval '1 millisecond'
      where chunk.token = named.token and chunk.lease_until > holdfast.now();
      if found then
        return query select given.place
        from rows from (pg_catalog.unnest(named.ids), pg_catalog.unnest(named.places)) as given(id, place)
        where given.id in (select pg_catalog.unnest(running));
      end if;
    else
      perform holdfast.unpack_lease(named.token);
    end if;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.extend_leases(ids text[], tokens bigint[], lease_ms bigint)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
declare
  claim record;
begin
  for claim in
    select given.id, given.token, given.place
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    order by given.id collate "C"
  loop
    update holdfast.leases as lease set lease_until = holdfast.now() + lease_ms * interval '1 millisecond'
    where lease.id = claim.id and lease.kind = 'job' and lease.token = claim.token and lease.lease_until > holdfast.now();
    if found then
      return next claim.place;
    end if;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.fail(code text, message text, facts json)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  raise exception using errcode = code, message = message, detail = facts::text;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.fail_execution(execution text, fence bigint, cause json, after_ms bigint)
 RETURNS TABLE(outcome text, queue text, parent_id text, run_at timestamp with time zone)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  stored holdfast.executions;
  held holdfast.leases;
begin
  outcome := 'lost';
  select present.* into stored from holdfast.executions as present where present.id = execution for update;
  select lease.* into held from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution' and holdfast.holds(lease.token, lease.lease_until, fence)
    for update;
  if held.id is null or held.queue is null then
    return next;
    return;
  end if;
  queue := held.queue;
  parent_id := stored.parent_id;
  if held.attempts >= stored.max_attempts then
    outcome := 'failed';
    update holdfast.executions as present set status = 'failed', error = coalesce(cause, present.error),
        version = present.version + 1, updated_at = holdfast.now(),
        started_at = coalesce(present.started_at, held.claimed_at), finished_at = holdfast.now()
      where present.id = execution;
  else
    outcome := 'again';
    delete from holdfast.leases as lease where lease.id = execution and lease.kind = 'execution';
    run_at := holdfast.after_ms(coalesce(after_ms, least(1000 * 2 ^ least(held.attempts - 1, 22), 3600000)::bigint));
    perform holdfast.enqueue_execution(execution, run_at, held.attempts, held.group_key);
  end if;
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.fail_owners(job_ids text[])
 RETURNS TABLE(executions text[], woken text[])
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  owner text;
  cause json;
begin
  executions := '{}';
  woken := '{}';
  for owner, cause in
    select distinct on (job.execution_id collate "C") job.execution_id, ended.error
    from pg_catalog.unnest(job_ids) with ordinality as given(id, place)
    cross join lateral (
      select stored.execution_id::text as execution_id
      from holdfast.jobs as stored where stored.id = given.id and stored.fails_execution limit 1
    ) as job
    cross join lateral (
      select stored.error from holdfast.ended_jobs as stored where stored.id = given.id and stored.status = 'dead' limit 1
    ) as ended
    order by job.execution_id collate "C", given.place
  loop
    perform from holdfast.executions as stored where stored.id = owner and stored.finished_at is null for update;
    continue when not found;
    executions := executions || owner;
    woken := woken || holdfast.clear_execution(owner);
    update holdfast.executions as stored set status = 'failed', error = coalesce(cause, stored.error), version = stored.version + 1,
        updated_at = holdfast.now(), started_at = coalesce(stored.started_at, holdfast.now()), finished_at = holdfast.now()
      where stored.id = owner;
  end loop;
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.file_groups(in_queue text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  filed bigint;
begin
  with misfiled as materialized (
    select found.ctid as place
    from holdfast.ready as found
    where found.queue = in_queue and found.group_key is not null and not found.has_place
    order by found.queue, found.group_key
    limit (select 10000)
    for update skip locked
  ), gone as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select misfiled.place from misfiled))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed) select distinct in_queue, gone.group_key, 0 from gone
  )
  insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
  select gone.kind, gone.id, in_queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
    gone.group_key, gone.is_linked
  from gone;
  get diagnostics filed = row_count;
  return filed;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.finished_at(was timestamp with time zone, status holdfast.status)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$select coalesce(was, case when holdfast.is_terminal(status) then holdfast.now() end)$function$
;

CREATE OR REPLACE FUNCTION holdfast.fold_job_counts(in_queue text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  written bigint;
begin
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    return 0;
  end if;
  with told as materialized (
    select found.ctid as place
    from holdfast.job_counts as found
    where found.queue = in_queue
    order by found.queue, found.status
    limit (select 10000)
    for update skip locked
  ), gone as (
    delete from holdfast.job_counts as stored
    where stored.ctid = any(array(select told.place from told))
    returning stored.status, stored.count
  )
  insert into holdfast.job_counts (queue, status, count)
  select in_queue, gone.status, sum(gone.count) from gone group by gone.status having sum(gone.count) <> 0;
  get diagnostics written = row_count;
  return written;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.fold_openings(in_queue text, per_group integer)
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  crowded text[];
begin
  with opening as materialized (
    select found.ctid as place
    from holdfast.openings as found
    where found.queue = in_queue
    order by found.queue, found.group_key
    limit (select 10000)
  ), gone as (
    delete from holdfast.openings as told
    where told.ctid = any(array(select opening.place from opening))
    returning told.group_key, told.freed
  ), room as materialized (
    select opened.group_key, coalesce(taken.used, 0) as former, coalesce(taken.used, 0) - opened.freed as used,
      least(1000, coalesce(per_group - coalesce(taken.used, 0) + opened.freed, 1000)) as count
    from (select gone.group_key, sum(gone.freed)::integer as freed from gone group by gone.group_key) as opened
    left join lateral (
      select stored.used from holdfast.places as stored where stored.queue = in_queue and stored.group_key = opened.group_key limit 1
    ) as taken on true
  ), head as materialized (
    select found.place
    from room
    cross join lateral (
      select work.ctid as place
      from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = room.group_key
      order by work.rank, work.turn, work.run_at, work.sequence
      limit greatest(room.count, 0)
      for update skip locked
    ) as found
  ), let_in as (
    delete from holdfast.group_lines as work
    where work.ctid = any(array(select head.place from head))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
    select let_in.kind, let_in.id, in_queue, let_in.route, let_in.rank, let_in.turn, let_in.run_at, let_in.sequence, let_in.priority,
      let_in.attempts, let_in.group_key, per_group is not null, let_in.is_linked
    from let_in
  ), settled as materialized (
    select room.group_key, room.former, room.count as room, coalesce(entered.count, 0) as entered,
      room.used + case when per_group is null then 0 else coalesce(entered.count, 0) end as used
    from room
    left join (select let_in.group_key, count(*)::integer as count from let_in group by let_in.group_key) as entered
      on entered.group_key = room.group_key
  ), taken as (
    insert into holdfast.places as stored (queue, group_key, used)
    select in_queue, settled.group_key, settled.used from settled where settled.used <> settled.former and settled.used <> 0
    on conflict (queue, group_key) do update set used = excluded.used
  ), vacated as (
    delete from holdfast.places as stored
    using (select settled.group_key from settled where settled.used = 0 and settled.former <> 0 limit (select 10000)) as empty
    where stored.queue = in_queue and stored.group_key = empty.group_key
  ), reopened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, settled.group_key, 0
    from settled
    where (settled.entered < settled.room or settled.entered = 1000) and settled.entered < (
      select count(*) from (
        select from holdfast.group_lines as work
        where work.queue = in_queue and work.group_key = settled.group_key limit settled.entered + 1
      ) as waiting
    )
  )
  select pg_catalog.array_agg(settled.group_key) filter (where settled.used >= per_group) into crowded from settled;
  return crowded;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.forget_former_states()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from holdfast.former_states as former where former.execution_id = old.execution_id and former.component = old.component;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.forget_jobs(job_ids text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  with forgotten as (
    delete from holdfast.jobs as stored
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where stored.id = given.id
    returning stored.id, stored.queue, stored.unique_key
  ), cleared as (
    delete from holdfast.job_failures as failure
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where failure.job_id = given.id
  )
  delete from holdfast.job_keys as held
  using (
    select forgotten.id, forgotten.queue, forgotten.unique_key from forgotten where forgotten.unique_key is not null
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as job
  where held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.fork_point(source text, fork text, wanted bigint, parent text, OUT is_known boolean, OUT at bigint, OUT strategy holdfast.strategy, OUT definition_name text, OUT definition_version integer, OUT labels jsonb, OUT input json, OUT transaction xid8)
 RETURNS record
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  last bigint;
  depth bigint;
begin
  select stored.origin_number into at
    from holdfast.history_forks as stored
    where stored.execution_id = fork and stored.origin_id = source and stored.origin_number = coalesce(wanted, stored.origin_number);
  is_known := found;
  if is_known then
    return;
  end if;
  perform from holdfast.executions as stored where stored.id = fork;
  if found then
    perform holdfast.fail('HF007', pg_catalog.format('execution %s exists: choose another id', fork),
      pg_catalog.json_build_object('entity', 'execution', 'id', fork));
  end if;
  select stored.strategy, stored.definition_name, stored.definition_version, stored.labels, stored.input,
      coalesce(head.transaction, pg_catalog.pg_current_xact_id())
    into strategy, definition_name, definition_version, labels, input, transaction
    from holdfast.executions as stored
    left join lateral (
      select known.transaction from holdfast.history_heads as known where known.execution_id = stored.id limit 1
    ) as head on true
    where stored.id = source;
  if not found then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: fork one that does', source),
      pg_catalog.json_build_object('entity', 'execution', 'id', source));
  end if;
  -- Reads the newest entry instead of the next number: retention removes the newest entries first, and leaves that number.
  select coalesce(max(newest.number), 0), count(*) into last, depth
    from holdfast.history_lineage(source) as part
    left join lateral (
      select stored.number
      from holdfast.history_entries as stored
      where stored.execution_id = part.owner_id and stored.number > part.above and stored.number <= part.through
      order by stored.number desc
      limit 1
    ) as newest on true;
  at := coalesce(wanted, last);
  if at > last then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s has no entry %s: its last is %s', source, at, last),
      pg_catalog.json_build_object('entity', 'history', 'field', 'at', 'executionId', source, 'expected', at, 'actual', last));
  elsif depth > 100 then
    perform holdfast.fail('HF001',
      pg_catalog.format('execution %s has 100 forks behind it, and may not be forked again: fork one of those', source),
      pg_catalog.json_build_object('reason', 'rule', 'entity', 'execution', 'id', source, 'depth', 100));
  elsif parent is not null then
    perform holdfast.hold_parent(parent, fork);
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.generation_of(snapshot_id text)
 RETURNS bigint
 LANGUAGE sql
AS $function$select known.generation from holdfast.snapshots as known where known.persistence_id = snapshot_id$function$
;

CREATE OR REPLACE FUNCTION holdfast.give_turns(pushes holdfast.job_push[])
 RETURNS holdfast.job_push[]
 LANGUAGE plpgsql
AS $function$
begin
  return array(
    select row(push.id, push.has_own_id, push.position, push.outcome, push.holder, push.status, push.queue, push.priority, push.run_at,
      push.max_attempts, push.backoff_ms, push.backoff_max_ms, push.timeout_ms, push.execution_id, push.group_key,
      coalesce(max(push.before) over in_group + push.place, 0), push.route, push.unique_key, push.replaces, push.on_running,
      push.debounce_max_ms, push.throttle_ms, push.policy, push.fails_execution, push.payload)::holdfast.job_push
    from (
      -- Looked up once per group, and distributed by a window.
      select input.*, case when input.place = 1 and input.group_key is not null and input.outcome = 'created' then (
          select before.turn
          from holdfast.turn_before(input.queue, 'job', input.route, input.priority, input.group_key) as before
          where not exists (select from holdfast.queues as queue where queue.name = input.queue and queue.aging_ms is not null)
        ) end as before
      from (
        select given.*,
          row_number() over (
            partition by given.outcome = 'created', given.queue, given.route, given.priority, given.group_key order by given.position
          ) as place
        from pg_catalog.unnest(pushes) as given
      ) as input
    ) as push
    window in_group as (partition by push.outcome = 'created', push.queue, push.route, push.priority, push.group_key)
    order by push.position
  );
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hand_history_over()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  own_source text;
  own_shared bigint;
  heir_id text;
  heir_shared bigint;
begin
  perform from holdfast.history_forks as fork
    join holdfast.history_heads as head on head.execution_id = fork.execution_id
    where fork.source_id = old.execution_id
    order by head.execution_id
    for update of head, fork;
  if not found then
    return old;
  end if;
  select fork.execution_id, fork.shared into heir_id, heir_shared
    from holdfast.history_forks as fork
    join holdfast.history_heads as head on head.execution_id = fork.execution_id
    where fork.source_id = old.execution_id
    order by fork.shared desc, fork.execution_id
    limit 1;
  select fork.source_id, fork.shared into own_source, own_shared
    from holdfast.history_forks as fork
    where fork.execution_id = old.execution_id
    for update;
  update holdfast.history_entries as entry set execution_id = heir_id
    where entry.execution_id = old.execution_id and entry.number <= heir_shared;
  update holdfast.history_forks as fork set source_id = heir_id
    from holdfast.history_heads as head
    where fork.source_id = old.execution_id and fork.execution_id <> heir_id and head.execution_id = fork.execution_id;
  update holdfast.history_forks as fork set source_id = own_source, shared = least(fork.shared, coalesce(own_shared, 0))
    where fork.execution_id = heir_id;
  return old;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.has_labels(id text, names text[], low_numbers double precision[], low_texts text[], high_numbers double precision[], high_texts text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select not exists (
    select from unnest(names, low_numbers, low_texts, high_numbers, high_texts)
      as span(name, low_number, low_text, high_number, high_text)
    where not exists (
      select from holdfast.execution_labels as label
      where label.execution_id = id and label.name = span.name
        and (label.number, label.text) >= (span.low_number, span.low_text)
        and (label.number, label.text) < (span.high_number, span.high_text)
    )
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.history_lineage(execution text)
 RETURNS TABLE(owner_id text, above bigint, through bigint)
 LANGUAGE sql
 STABLE
AS $function$
  with recursive lineage(owner_id, source_id, above, through) as (
    select execution collate "C", own.source_id::text, coalesce(own.shared, 0), 9223372036854775807
    from (select) as one
    left join holdfast.history_forks as own on own.execution_id = execution
    union all
    select lineage.source_id, own.source_id::text, coalesce(own.shared, 0), least(lineage.through, lineage.above)
    from lineage
    left join lateral (
      select fork.source_id, fork.shared
      from holdfast.history_forks as fork
      where fork.execution_id = lineage.source_id
      limit holdfast.at_most(1)
    ) as own on true
    where lineage.source_id is not null
  )
  select lineage.owner_id, lineage.above, lineage.through from lineage
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hold_claim(job_id text, fence bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform from holdfast.leases as lease
    where lease.id = job_id and lease.kind = 'job' and holdfast.holds(lease.token, lease.lease_until, fence)
    for key share;
  if found then
    return true;
  end if;
  perform from holdfast.lease_chunks as chunk
    where chunk.token = fence and chunk.lease_until > holdfast.now() and job_id = any(chunk.ids)
    for key share;
  return found and not exists (select from holdfast.ended_jobs as ended where ended.id = job_id);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hold_content(content_id text)
 RETURNS text
 LANGUAGE sql
AS $function$
  select pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('blob_content:' || content_id, 0));
  select content_id
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hold_execution(execution text, mode text, fence bigint, held_by text, is_lax boolean, required bigint, statuses text)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
declare
  found_version bigint;
  found_status holdfast.status;
begin
  if mode = 'add' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for key share;
  elsif mode = 'hold' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for share;
  elsif mode = 'change' then
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for no key update;
  else
    select stored.version, stored.status into found_version, found_status
      from holdfast.executions as stored where stored.id = execution for update;
  end if;
  if found_version is null then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: create it first', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution));
  end if;
  -- One condition after another, because PL/pgSQL prepares each expression that it reaches anew in each transaction.
  -- The look-up is hold_lease's own, without its call. That function fails, if nothing is found.
  if fence is not null or held_by is not null then
    perform from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution' and (is_lax or lease.lease_until > holdfast.now())
        and (fence is null or lease.token = fence) and (held_by is null or lease.holder = held_by)
      for key share;
    if not found then
      perform holdfast.hold_lease(execution, fence, held_by, is_lax);
    end if;
  end if;
  if required is not null or statuses is not null then
    perform holdfast.meets(execution, found_version, found_status, required, statuses);
  end if;
  return execution;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hold_executions(execution_ids text[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
begin
  return (
    select array_agg(named.id) filter (where execution.id is null)
    from (select distinct given.id collate "C" as id from unnest((select execution_ids)) as given(id) order by 1) as named
    left join lateral (
      select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
    ) as execution on true
    where execution.id is null or holdfast.is_open(execution.id, execution.status)
  );
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hold_executions_of(task_ids text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.hold_executions(array(
    select task.execution_id::text
    from unnest(task_ids) as given(id)
    cross join lateral (select stored.execution_id from holdfast.tasks as stored where stored.id = given.id limit 1) as task
  ));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hold_lease(execution text, fence bigint, held_by text DEFAULT NULL::text, is_lax boolean DEFAULT false)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution' and (is_lax or lease.lease_until > holdfast.now())
      and (fence is null or lease.token = fence) and (held_by is null or lease.holder = held_by)
    for key share;
  -- Apart, because PL/pgSQL prepares each expression that it reaches anew in each transaction.
  if not found then
    perform holdfast.fail('HF002', pg_catalog.format('the lease of execution %s is no longer held: stop its work', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'token', fence));
  end if;
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.hold_parent(parent text, child text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform from holdfast.executions as execution where execution.id = parent for key share;
  return found or holdfast.fail('HF004',
    pg_catalog.format('execution %s, the parent of %s, does not exist: create it first', parent, child),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', parent));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.holds(row_token bigint, lease_until timestamp with time zone, token bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$select row_token = token and lease_until > holdfast.now()$function$
;

CREATE OR REPLACE FUNCTION holdfast.index_changed_labels()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from holdfast.execution_labels as stored
  using (select * from holdfast.label_rows(old.labels) except select * from holdfast.label_rows(new.labels)) as gone
  where stored.execution_id = new.id and stored.name = gone.name;
  insert into holdfast.execution_labels (execution_id, name, number, text)
  select new.id, label.* from (select * from holdfast.label_rows(new.labels) except select * from holdfast.label_rows(old.labels)) as label;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION holdfast.index_new_labels()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into holdfast.execution_labels (execution_id, name, number, text)
  select new.id, label.name, label.number, label.text from holdfast.label_rows(new.labels) as label;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.insert_jobs(pushes holdfast.job_push[], traces text[], children text[], parents text[], OUT missed text[], OUT later text[])
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  made text[];
begin
  with inserted as (
    insert into holdfast.jobs as job (id, sequence, queue, on_dependency_failure, priority, rank, turn, route, max_attempts, backoff_ms,
      backoff_max_ms, timeout_ms, run_at, created_at, group_key, unique_key, execution_id, fails_execution, payload, trace_context)
      overriding system value
    select input.id, input.sequence, input.queue, input.policy, input.priority,
      holdfast.work_rank(input.priority, input.run_at, setting.aging_ms), input.turn, input.route, input.max_attempts,
      input.backoff_ms, input.backoff_max_ms, input.timeout_ms, input.run_at, holdfast.now(), input.group_key, input.unique_key,
      input.execution_id, input.fails_execution, input.payload, input.trace_context
    from (
      -- Numbered before they are sorted.
      select push.*, pg_catalog.nextval('holdfast.jobs_sequence_seq') as sequence, push.unnest as trace_context
      from rows from (pg_catalog.unnest(pushes), pg_catalog.unnest(traces)) as push
      where push.outcome = 'created'
    ) as input
    left join lateral (select queue.aging_ms from holdfast.queues as queue where queue.name = input.queue limit 1) as setting on true
    order by input.id collate "C"
    on conflict (id) do nothing
    returning job.id, job.sequence, job.queue, job.priority, job.rank, job.turn, job.route, job.run_at, job.group_key,
      job.unique_key is not null or job.fails_execution or job.id in (select pg_catalog.unnest(parents)) as is_linked,
      case
        when job.id in (select pg_catalog.unnest(children)) then 'blocked'
        when job.run_at > holdfast.now() then 'scheduled'
        when job.group_key is not null and exists (
          select from holdfast.queues as queue where queue.name = job.queue and queue.concurrency_per_group is not null
        ) then 'line'
        else 'ready'
      end as place
  ), scheduled as (
    insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key,
      job.is_linked
    from inserted as job where job.place = 'scheduled'
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key,
      job.is_linked
    from inserted as job where job.place = 'line'
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct job.queue, job.group_key, 0 from inserted as job where job.place = 'line'
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place,
      is_linked)
    select 'job', job.id, job.queue, job.route, job.rank, job.turn, job.run_at, job.sequence, job.priority, 0, job.group_key, false,
      job.is_linked
    from inserted as job where job.place = 'ready'
  )
  select coalesce(pg_catalog.array_agg(job.id), '{}'), coalesce(pg_catalog.array_agg(job.id) filter (where job.place = 'scheduled'), '{}')
  into made, later
  from inserted as job;
  missed := '{}';
  if pg_catalog.cardinality(made) < pg_catalog.cardinality(pushes) then
    missed := array(
      select push.id from pg_catalog.unnest(pushes) as push
      where push.outcome = 'created' and push.id not in (select pg_catalog.unnest(made))
    );
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.insert_or_lock_tasks(ids text[], sequences bigint[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[], statuses holdfast.status[], strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[], tools text[], inputs json[], outputs json[], errors json[], other_ids text[])
 RETURNS SETOF holdfast.task_summary
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
begin
  return query
    insert into holdfast.tasks as stored (
      id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
      created_at, updated_at, started_at, finished_at, input, output, error
    ) overriding system value
    select step.id, step.execution_id, step.sequence, 1, nullif(step.parent_id, ''), step.name, coalesce(step.type, 'basic'),
      coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), coalesce(step.attempt, 1), nullif(step.component, ''),
      nullif(step.agent, ''), nullif(step.action, ''), nullif(step.tool, ''), holdfast.now(), holdfast.now(),
      holdfast.started_at(null, step.status), holdfast.finished_at(null, step.status), step.input, step.output, step.error
    from (
      select given.*
      from unnest((select ids || other_ids), sequences, execution_ids, parent_ids, names, types, statuses, strategies, attempts,
        components, agents, actions, tools, inputs, outputs, errors) as given(id, sequence, execution_id, parent_id, name, type,
        status, strategy, attempt, component, agent, action, tool, input, output, error)
      order by given.id collate "C" desc
    ) as step
    left join lateral (
      select task.id from holdfast.tasks as task where step.sequence is null and task.id = step.id for no key update
    ) as other on true
    -- Nothing is inserted for another: no id is empty. The condition is on the join, so that the other is locked first.
    where case when step.sequence is null then other.id = '' else true end
    order by step.id collate "C" desc
    on conflict (id) do update set version = stored.version where false
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_as_expected(execution text, version bigint, expected jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  token constant bigint := (expected ->> 'token')::bigint;
  expected_version constant bigint := (expected ->> 'version')::bigint;
begin
  if token is not null then
    perform holdfast.hold_lease(execution, token);
  end if;
  return expected_version is null or expected_version = version or holdfast.fail('HF001',
    pg_catalog.format('execution %s is not at the expected version: read it again', execution),
    pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', expected_version, 'actual', version));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_content_free(content_id text)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('blob_content:' || content_id, 0))
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_fatal(lease holdfast.leases)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select lease.is_linked and exists (
    select from holdfast.jobs as job where job.id = lease.id and job.fails_execution and lease.attempts >= job.max_attempts
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_of_held_chunk(job_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (
    select
    from holdfast.jobs as job
    join holdfast.lease_chunks as chunk on chunk.chunk_id = job.chunk_id
    where job.id = is_of_held_chunk.job_id and job.chunk_id is not null and job.id = any(chunk.ids)
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_open(execution_id text, status holdfast.status)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    when holdfast.is_terminal(status) then
      holdfast.fail('HF003', pg_catalog.format('execution %s has ended (%s) and does not change any more: fork it, or start another',
        execution_id, status), pg_catalog.json_build_object('reason', 'ended', 'entity', 'execution', 'id', execution_id, 'status', status))
    else true
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_own_ancestor(task_id text, oldest bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET enable_seqscan TO 'off'
AS $function$
  with recursive above as (
    select task.parent_id::text as id from holdfast.tasks as task where task.id = task_id
    union
    select task.parent_id::text
    from above
    join holdfast.tasks as task on task.id = above.id
    where task.sequence >= oldest
  )
  select exists (select from above where above.id = task_id)
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_terminal(status holdfast.status)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$select status in ('succeeded', 'failed', 'timed_out', 'canceled')$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_throttled(job_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (
    select
    from holdfast.jobs as job
    join holdfast.job_keys as held on held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id
    where job.id = is_throttled.job_id and job.unique_key is not null and held.throttled_until > holdfast.now()
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_within(execution text, owner text, entity text, id text, field text)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    when owner <> execution then
      holdfast.fail('HF006', pg_catalog.format('%s %s belongs to another execution than %s', entity, id, execution),
        pg_catalog.json_build_object('field', field, 'entity', entity, 'id', id))
    else true
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.job_key(queue text, unique_key text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$select pg_catalog.concat(pg_catalog.octet_length(queue), ':', queue, ':', unique_key)$function$
;

CREATE OR REPLACE FUNCTION holdfast.job_standing(job_id text)
 RETURNS TABLE(status holdfast.job_status, token bigint, attempts integer, queue text, run_at timestamp with time zone)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  return query
  select job.status, job.token, job.attempts, job.queue::text, job.run_at from holdfast.job_records as job where job.id = job_id;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.job_status_of(job_id text)
 RETURNS holdfast.job_status
 LANGUAGE sql
AS $function$select job.status from holdfast.job_records as job where job.id = job_id$function$
;

CREATE OR REPLACE FUNCTION holdfast.keep_ended_execution()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.strategy, new.definition_name, new.definition_version, new.parent_id, new.parent_task_id, new.created_at,
      new.started_at, new.finished_at, new.input::text, new.state::text, new.output::text, new.error::text)
    is distinct from (old.strategy, old.definition_name, old.definition_version, old.parent_id,
      old.parent_task_id, old.created_at, old.started_at, old.finished_at, old.input::text, old.state::text, old.output::text, old.error::text)
    or (new.idempotency_key, new.fingerprint) is distinct from (old.idempotency_key, old.fingerprint)
      and (old.idempotent_until <= holdfast.now()) is not true
  then
    perform holdfast.is_open(old.id, old.status);
  end if;
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.keep_former_component_state()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.state::text is distinct from new.state::text then
    insert into holdfast.former_states (execution_id, component, version, updated_at, replaced_at, state)
    values (old.execution_id, old.component, old.version, old.updated_at, new.updated_at, old.state);
    perform holdfast.trim_former_states(new.execution_id, new.component, new.keeps_states);
  end if;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.keep_former_state()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.state::text is distinct from new.state::text then
    insert into holdfast.former_states (execution_id, component, version, updated_at, replaced_at, state)
    values (old.id, '', old.version, old.updated_at, new.updated_at, old.state);
    perform holdfast.trim_former_states(new.id, '', new.keeps_states);
  end if;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.keep_snapshot_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.keeps <> 1 then
    insert into holdfast.snapshot_versions (persistence_id, version, shard, written_at, replaced_at, engine_timestamp, manifest,
      definition_name, definition_version, definition_hash, encoding, digests, payload)
    values (old.persistence_id, old.version, old.shard, old.updated_at, new.updated_at, old.engine_timestamp, old.manifest,
      old.definition_name, old.definition_version, old.definition_hash, old.encoding, old.digests, old.payload);
  end if;
  if new.keeps > 0 then
    delete from holdfast.snapshot_versions as former
    where former.persistence_id = new.persistence_id
      and former.version <= (
        select newest.version
        from holdfast.snapshot_versions as newest
        where newest.persistence_id = new.persistence_id
        order by newest.version desc
        offset new.keeps - 1
        limit 1
      );
  end if;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.keep_states(execution text, of_component text, keep integer)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  if of_component = '' then
    update holdfast.executions as stored set keeps_states = nullif(keep, 0) where stored.id = execution;
  else
    update holdfast.component_states as stored set keeps_states = nullif(keep, 0)
      where stored.execution_id = execution and stored.component = of_component;
  end if;
  if not found then
    return false;
  end if;
  perform holdfast.trim_former_states(execution, of_component, keep);
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.keeps_parent(execution text, parent text, task text, given text, given_task text)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select (given is null or given = parent) and (given_task is null or given_task = task) or holdfast.fail('HF006',
    pg_catalog.format('execution %s has another parent, which never changes: leave parentId and parentTaskId out', execution),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', execution))
$function$
;

CREATE OR REPLACE FUNCTION holdfast.kv_version(of_prefix text, of_key text)
 RETURNS bigint
 LANGUAGE sql
AS $function$
  select coalesce(max(stored.version), 0)
  from holdfast.kv_entries as stored
  where stored.prefix = of_prefix and stored.key = of_key
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
$function$
;

CREATE OR REPLACE FUNCTION holdfast.label_rows(labels jsonb)
 RETURNS TABLE(name text, number double precision, text text)
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select label.key,
    case pg_catalog.jsonb_typeof(label.value)
      when 'number' then label.value::double precision
      when 'boolean' then '-infinity'
      else 'infinity'
    end,
    case pg_catalog.jsonb_typeof(label.value) when 'number' then '' else label.value #>> '{}' end
  from pg_catalog.jsonb_each(labels) as label
  where pg_catalog.octet_length(label.key) <= 255 and pg_catalog.octet_length(label.value #>> '{}') <= 1000
$function$
;

CREATE OR REPLACE FUNCTION holdfast.last_key()
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$select pg_catalog.repeat(pg_catalog.chr(1114111), 256)$function$
;

CREATE OR REPLACE FUNCTION holdfast.lease_chunk(head holdfast.ready_chunks, count bigint, lease_ms bigint, claimer text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  drawn constant bigint := nextval('holdfast.tokens') + 1;
begin
  if pg_catalog.cardinality(head.ids) <= count then
    delete from holdfast.ready_chunks as chunk where chunk.id = head.id;
  else
    update holdfast.ready_chunks as chunk set
      ids = head.ids[count + 1:],
      sequence = (select job.sequence from holdfast.jobs as job where job.id = head.ids[count + 1])
    where chunk.id = head.id;
  end if;
  insert into holdfast.lease_chunks (token, chunk_id, queue, lease_until, claimed_at, holder, ids)
  values (drawn, head.id, head.queue, holdfast.now() + lease_ms * interval '1 millisecond', holdfast.now(), claimer, head.ids[:count]);
  return drawn;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lease_jobs(names text[], rooms bigint[], are_grouped boolean[], most bigint, lease_ms bigint, claimer text, capabilities text[])
 RETURNS TABLE(pos bigint, id text, queue text, token bigint, priority integer, attempts integer, max_attempts integer, timeout_ms bigint, queue_timeout_ms bigint, lease_until timestamp with time zone, run_at timestamp with time zone, created_at timestamp with time zone, execution_id text, payload json, trace_context text)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  held record;
begin
  select pg_catalog.array_agg(leased.pos) as places, pg_catalog.array_agg(leased.id) as ids, pg_catalog.array_agg(leased.queue) as queues,
    pg_catalog.array_agg(leased.token) as tokens, pg_catalog.array_agg(leased.attempts) as attempts
  into held
  from holdfast.lease_work('job', names, rooms, are_grouped, most, lease_ms, claimer, capabilities) as leased;
  -- A separate statement: lease_work may have leased rows committed after the calling statement's snapshot.
  return query
  select leased.pos, leased.id, leased.queue, leased.token, job.priority, leased.attempts, job.max_attempts, job.timeout_ms,
    setting.timeout_ms, holdfast.now() + lease_ms * interval '1 millisecond', job.run_at, job.created_at, job.execution_id::text, job.payload,
    job.trace_context
  from rows from (
    pg_catalog.unnest(held.places), pg_catalog.unnest(held.ids), pg_catalog.unnest(held.queues), pg_catalog.unnest(held.tokens),
    pg_catalog.unnest(held.attempts)
  ) as leased(pos, id, queue, token, attempts)
  cross join lateral (
    select stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id, stored.payload,
      stored.trace_context
    from holdfast.jobs as stored
    where stored.id = leased.id
    limit 1
  ) as job
  left join holdfast.queues as setting on setting.name = leased.queue;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lease_work(of_kind holdfast.work_kind, names text[], rooms bigint[], are_grouped boolean[], most bigint, lease_ms bigint, claimer text, capabilities text[])
 RETURNS TABLE(pos bigint, id text, queue text, token bigint, attempts integer)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  return query
  with recursive open_queue as materialized (
    select given.name, given.room, given.is_grouped
    from unnest((select names), rooms, are_grouped) as given(name, room, is_grouped)
    where given.room > 0
  ), served_route as (
    select open_queue.name as queue, '' collate "C" as route from open_queue
    union all
    select served_route.queue, (
        select work.route
        from holdfast.ready as work
        where work.queue = served_route.queue and work.kind = of_kind and work.route > served_route.route
        order by work.route
        limit 1
      )
    from served_route
    where served_route.route is not null and pg_catalog.cardinality(capabilities) > 0
  ), head as materialized (
    select served_route.queue, open_queue.room, found.place, found.priority, found.rank, found.turn, found.run_at, found.sequence,
      row_number() over in_line as number
    from served_route
    join open_queue on open_queue.name = served_route.queue
    cross join lateral (
      select work.ctid as place, work.priority, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.ready as work
      where work.queue = served_route.queue and work.kind = of_kind and work.route = served_route.route
        and (work.has_place or work.group_key is null or not open_queue.is_grouped)
      order by work.rank, work.turn, work.run_at, work.sequence
      limit open_queue.room
      for update skip locked
    ) as found
    where served_route.route = '' or holdfast.serves(capabilities, served_route.route)
    window in_line as (partition by served_route.queue order by found.rank, found.turn, found.run_at, found.sequence)
  ), aligned as (
    select head.queue, head.place, head.run_at, head.sequence, head.number,
      min(head.priority) over (partition by head.queue order by head.number desc) as priority
    from head
    where head.number <= head.room and pg_catalog.cardinality(names) > 1
  ), dated as (
    select aligned.place, aligned.sequence, aligned.number, aligned.priority,
      min(aligned.run_at) over (partition by aligned.queue, aligned.priority order by aligned.number desc) as run_at
    from aligned
  ), picked as materialized (
    select dated.place, row_number() over (order by dated.priority, dated.run_at, dated.number, dated.sequence) as pos
    from dated
    union all
    select head.place, head.number from head where head.number <= head.room and pg_catalog.cardinality(names) = 1
  ), gone as (
    delete from holdfast.ready as work
    using (
      select given.place, given.pos
      from (
        select pg_catalog.array_agg(picked.place order by picked.pos) as places from picked where picked.pos <= most
      ) as line
      cross join lateral unnest(line.places) with ordinality as given(place, pos)
      limit (select most)
    ) as chosen
    where work.ctid = chosen.place
    returning work.id, work.queue, work.turn, work.attempts + 1 as attempts,
      case when work.has_place then work.group_key end as group_key,
      -- For an execution it says whether it waits for events, which its lease need not know.
      of_kind = 'job' and work.is_linked as is_linked,
      -- Drawn here instead of at the insert: joining those rows with these would compare all with all.
      chosen.pos, nextval('holdfast.tokens') as token
  ), leased as (
    insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
    select of_kind, gone.id, gone.token, gone.queue, holdfast.now() + lease_ms * interval '1 millisecond', holdfast.now(), gone.attempts,
      claimer, gone.group_key, gone.is_linked
    from gone
  ), charged as (
    update holdfast.queues as charged set
      turn = greatest(charged.turn, started.turn),
      rate_full_at = holdfast.rate_after(charged.rate_full_at, started.count, charged.rate_limit, charged.rate_period_ms)
    from (select gone.queue, count(*) as count, max(gone.turn) as turn from gone group by gone.queue limit (select most)) as started
    where charged.name = started.queue and charged.is_limited
  )
  select gone.pos, gone.id, gone.queue, gone.token, gone.attempts from gone;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.leave_park()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  with gone as (
    delete from holdfast.waits as wait
    where wait.id = any(array(
      select parked.id::text from holdfast.waits as parked
      where parked.execution_id = old.id and parked.is_park
      for update skip locked
    ))
    returning wait.id, wait.key, wait.execution_id, wait.step, wait.created_at, wait.expires_at
  )
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at)
  select gone.id, gone.key, gone.execution_id, gone.step, 'expired', gone.created_at, gone.expires_at, holdfast.now()
  from gone
  where gone.expires_at <= holdfast.now()
  on conflict (id) do nothing;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.leave_queue(execution text, queue text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  gone record;
  place text;
begin
  -- Before its row in `scheduled`: a wake locks in this order too.
  if leave_queue.queue is not null then
    -- One look-up takes less time than two deletions that find nothing.
    if exists (select from holdfast.parks as park where park.execution_id = execution)
      or exists (select from holdfast.wakes as called where called.execution_id = execution)
    then
      delete from holdfast.parks as park where park.execution_id = execution;
      delete from holdfast.wakes as called where called.execution_id = execution;
    end if;
  end if;
  -- The usual case is that it is leased.
  delete from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution'
    returning lease.group_key into place;
  if found and place is null then
    return true;
  end if;
  if found then
    insert into holdfast.openings (queue, group_key, freed) values (leave_queue.queue, place, 1);
    return true;
  end if;
  for round in 1..(case when leave_queue.queue is null then 0 else 10 end) loop
    delete from holdfast.ready as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, work.has_place into gone;
    exit when found;
    delete from holdfast.scheduled as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, false as has_place into gone;
    exit when found;
    delete from holdfast.group_lines as work
      where work.id = execution and work.kind = 'execution'
      returning work.queue, work.group_key, false as has_place into gone;
    exit when found;
    delete from holdfast.leases as lease
      where lease.id = execution and lease.kind = 'execution'
      returning lease.queue, lease.group_key, lease.group_key is not null as has_place into gone;
    exit when found;
  end loop;
  if gone is null then
    return false;
  end if;
  if gone.has_place then
    insert into holdfast.openings (queue, group_key, freed) values (gone.queue, gone.group_key, 1);
  end if;
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.leave_queue_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.leave_queue(old.id, old.queue);
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.link_jobs(children text[], parents text[], locked text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into holdfast.blocked_jobs (id, queue, blocked_by)
  select edge.child, job.queue, edge.count
  from (
    select given.child, count(*)::integer as count from pg_catalog.unnest(children) as given(child) group by given.child
  ) as edge
  cross join lateral (select stored.queue::text as queue from holdfast.jobs as stored where stored.id = edge.child limit 1) as job;
  insert into holdfast.job_dependencies (after_id, job_id)
  select given.parent, given.child from rows from (pg_catalog.unnest(parents), pg_catalog.unnest(children)) as given(parent, child);
  perform holdfast.mark_linked(locked);
  perform holdfast.settle_jobs(array(
    select ended.id
    from pg_catalog.unnest(locked) as given(id)
    cross join lateral (select stored.id from holdfast.ended_jobs as stored where stored.id = given.id limit 1) as ended
  ));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.links_of_pushes(pushes holdfast.job_push[], edge_jobs text[], edge_afters text[])
 RETURNS TABLE(children text[], parents text[], touched text[])
 LANGUAGE plpgsql
AS $function$
declare
  known jsonb;
  made text[];
begin
  select edge_jobs || coalesce(pg_catalog.array_agg(push.id), '{}'), edge_afters || coalesce(pg_catalog.array_agg(push.holder), '{}')
  into edge_jobs, edge_afters
  from pg_catalog.unnest(pushes) as push
  where push.outcome = 'created' and push.holder is not null and push.on_running = 'after';
  if edge_jobs = '{}' then
    return query
    select '{}'::text[], '{}'::text[], array(
      select push.holder collate "C" from pg_catalog.unnest(pushes) as push
      where push.outcome <> 'kept' and push.holder is not null order by 1
    );
    return;
  end if;
  select coalesce(pg_catalog.jsonb_object_agg(push.id, push.holder) filter (where push.outcome <> 'created'), '{}'),
    pg_catalog.array_agg(push.id) filter (where push.outcome = 'created')
  into known, made
  from pg_catalog.unnest(pushes) as push;
  return query
  with edge as materialized (
    select distinct given.child, coalesce(known ->> given.parent, given.parent) as parent
    from rows from (pg_catalog.unnest(edge_jobs), pg_catalog.unnest(edge_afters)) as given(child, parent)
    where not known ? given.child
  )
  select array(select edge.child from edge), array(select edge.parent from edge),
    array(
      select edge.parent collate "C" as id from edge where edge.parent not in (select pg_catalog.unnest(made))
      union
      select push.holder
      from pg_catalog.unnest(pushes) as push
      where push.outcome <> 'kept' and push.holder is not null
      order by id
    );
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_canceled(roots text[], trees boolean[], other_jobs text[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  locked constant text[] := holdfast.lock_families(roots, trees, true);
begin
  if pg_catalog.cardinality(locked) > 1 then
    perform holdfast.lock_parts(locked, other_jobs);
  end if;
  return locked;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_claimable(execution text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform from holdfast.executions as stored where stored.id = execution for no key update skip locked;
  return found;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_ending(execution_ids text[], claimed text[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.lock_leases_of(execution_ids);
  if not holdfast.open_jobs_of(execution_ids) <@ claimed then
    perform holdfast.lock_parts(execution_ids, claimed);
  end if;
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_failing(job_ids text[], are_final boolean[], touched text[], ending text[])
 RETURNS boolean
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  failing text[];
begin
  failing := array(
    select distinct job.execution_id collate "C"
    from rows from (pg_catalog.unnest(job_ids), pg_catalog.unnest(are_final)) as given(id, is_final)
    cross join lateral (
      select stored.execution_id::text as execution_id, stored.max_attempts
      from holdfast.jobs as stored where stored.id = given.id and stored.fails_execution limit 1
    ) as job
    where given.is_final or (
      select lease.attempts >= job.max_attempts from holdfast.leases as lease where lease.id = given.id and lease.kind = 'job'
    )
    order by 1
  );
  if failing = '{}' then
    return false;
  end if;
  perform from pg_catalog.unnest(failing) as given(id)
  cross join lateral (select from holdfast.executions as stored where stored.id = given.id for update) as execution;
  perform holdfast.lock_parts(failing || ending, job_ids || touched);
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_families(roots text[], trees boolean[], only_open boolean)
 RETURNS text[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  level text[] := roots;
  locked text[] := '{}';
begin
  while pg_catalog.cardinality(level) > 0 loop
    locked := locked || array(
      select named.id
      from (
        select given.id collate "C" as id, pg_catalog.bool_or(trees[given.place]) as is_tree
        from pg_catalog.unnest(level) with ordinality as given(id, place)
        group by 1
        order by 1
      ) as named
      cross join lateral (
        select from holdfast.executions as stored where stored.id = named.id and (stored.finished_at is null or named.is_tree) for update
      ) as execution
    );
    level := array(
      select child.id
      from pg_catalog.unnest(level) with ordinality as given(id, place)
      cross join lateral (
        select stored.id::text as id
        from holdfast.executions as stored
        where stored.parent_id = given.id and (stored.finished_at is null or not only_open)
        limit holdfast.at_most(1000000000)
      ) as child
      where trees[given.place]
    );
    trees := pg_catalog.array_fill(true, array[pg_catalog.cardinality(level)]);
  end loop;
  return locked;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_head_chunk(in_queue text, most bigint, OUT head holdfast.ready_chunks, OUT ahead bigint)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
begin
  select chunk.* into head
  from holdfast.ready_chunks as chunk
  where chunk.queue = in_queue
  order by chunk.rank, chunk.run_at, chunk.sequence
  limit 1
  for update skip locked;
  if found then
    select count(*) into ahead from (
      select
      from holdfast.ready as work
      where work.queue = in_queue and work.kind = 'job' and work.route = ''
        and (work.rank, work.turn, work.run_at, work.sequence) < (head.rank, 0, head.run_at, head.sequence)
      order by work.rank, work.turn, work.run_at, work.sequence
      limit most
    ) as single;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_job(job_id text)
 RETURNS TABLE(status holdfast.job_status, place text, token bigint, attempts integer, group_key text)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  job holdfast.jobs;
begin
  for round in 1..100 loop
    select stored.* into job from holdfast.jobs as stored where stored.id = job_id;
    if not found then
      return;
    end if;
    if job.chunk_id is not null then
      perform holdfast.unpack_jobs(array[job_id]);
    end if;
    return query select 'blocked'::holdfast.job_status, 'blocked_jobs', job.token, job.attempts, null
      from holdfast.blocked_jobs as stored where stored.id = job_id for update;
    if found then return; end if;
    return query select 'scheduled'::holdfast.job_status, 'scheduled', job.token, stored.attempts, null
      from holdfast.scheduled as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select 'ready'::holdfast.job_status, 'group_lines', job.token, stored.attempts, null
      from holdfast.group_lines as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select 'ready'::holdfast.job_status, 'ready', job.token, stored.attempts,
        case when stored.has_place then stored.group_key end
      from holdfast.ready as stored
      where stored.queue = job.queue and stored.kind = 'job' and stored.route = job.route and stored.rank = job.rank
        and stored.turn = job.turn and stored.run_at = job.run_at and stored.sequence = job.sequence and stored.id = job_id
      for update;
    if found then return; end if;
    return query select 'running'::holdfast.job_status, 'leases', stored.token, stored.attempts, stored.group_key
      from holdfast.leases as stored where stored.id = job_id and stored.kind = 'job' for update;
    if found then return; end if;
    return query select stored.status, 'ended_jobs', stored.token, stored.attempts, null
      from holdfast.ended_jobs as stored where stored.id = job_id for update;
    if found then return; end if;
  end loop;
  perform holdfast.fail('40001', pg_catalog.format('job %s moves faster than it can be locked', job_id), '{}');
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_jobs(job_ids text[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.unpack_jobs(job_ids);
  return array(
    select ordered.id
    from (
      select given.id collate "C" as id,
        exists (select from holdfast.blocked_jobs as blocked where blocked.id = given.id) as is_blocked
      from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id)) as given
      order by is_blocked, id
    ) as ordered
    cross join lateral holdfast.lock_job(ordered.id) as job
  );
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_keys(kind text, keys text[])
 RETURNS void
 LANGUAGE sql
AS $function$
  select case
    when pg_catalog.cardinality(keys) > 1000
    then pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(kind, 0))
    else pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended(kind, 0))
  end;
  select pg_catalog.pg_advisory_xact_lock(hash)
  from (
    select distinct pg_catalog.hashtextextended(kind || ':' || key, 0) as hash
    from pg_catalog.unnest(keys) as input(key)
    where pg_catalog.cardinality(keys) <= 1000
    order by 1
  ) as ordered
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_leases(ids text[], tokens bigint[])
 RETURNS TABLE(id text, token bigint, lease_until timestamp with time zone)
 LANGUAGE plpgsql
 ROWS 10
AS $function$
#variable_conflict use_column
declare
  wanted text;
begin
  perform holdfast.unpack_claims(tokens);
  for wanted in
    select given.id from pg_catalog.unnest(ids) as given(id) order by given.id collate "C"
  loop
    return query
    select lease.id, lease.token, lease.lease_until
    from holdfast.leases as lease
    where lease.id = wanted and lease.kind = 'job'
    for no key update;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_leases_of(execution_ids text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  -- The usual case, without a sort.
  if pg_catalog.cardinality(execution_ids) = 1 then
    perform from holdfast.leases as stored where stored.id = execution_ids[1] and stored.kind = 'execution' for update;
    return;
  end if;
  perform from (select given.id collate "C" as id from pg_catalog.unnest(execution_ids) as given(id) order by 1) as named
    cross join lateral (
      select from holdfast.leases as stored where stored.id = named.id and stored.kind = 'execution' for update
    ) as lease;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_linked_jobs(execution_ids text[], own_ids text[], touched text[], queues text[], unique_keys text[], ending text[])
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
begin
  perform holdfast.lock_pushes(execution_ids, own_ids, array(
    select holdfast.job_key(given.queue, given.unique_key) from rows from (pg_catalog.unnest(queues), pg_catalog.unnest(unique_keys)) as given(queue, unique_key)
  ));
  perform holdfast.lock_leases_of(ending);
  perform holdfast.lock_jobs(touched || holdfast.open_jobs_of(ending) || array(
    select held.job_id
    from rows from (pg_catalog.unnest(queues), pg_catalog.unnest(unique_keys)) as given(queue, unique_key)
    cross join lateral (
      select stored.job_id from holdfast.job_keys as stored
      where stored.queue = given.queue and stored.unique_key = given.unique_key
      limit 1
    ) as held
  ));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_owners(pushes holdfast.job_push[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform from (
    select distinct push.execution_id collate "C" as id
    from pg_catalog.unnest(pushes) as push
    where push.execution_id is not null and push.outcome = 'created'
      and not exists (select from holdfast.jobs as job where push.has_own_id and job.id = push.id)
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
  where holdfast.is_open(execution.id, execution.status);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_parts(execution_ids text[], other_jobs text[])
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
begin
  perform holdfast.lock_leases_of(execution_ids);
  perform holdfast.lock_jobs(other_jobs || holdfast.open_jobs_of(execution_ids));
  perform from holdfast.timers as timer
    where timer.execution_id = any(execution_ids)
      and (timer.status = 'scheduled' or (timer.status = 'claimed' and timer.lease_until <= holdfast.now()))
    order by timer.id
    for update;
  perform from holdfast.waits as wait
    where wait.execution_id = any(execution_ids)
    order by wait.key, wait.sequence
    for update;
  perform from holdfast.history_heads as head
    where head.execution_id = any(execution_ids)
    order by head.execution_id
    for no key update;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.lock_pushes(execution_ids text[], job_ids text[], unique_keys text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if execution_ids <> '{}' then
    perform from (select distinct given.id collate "C" as id from pg_catalog.unnest(execution_ids) as given(id) order by 1) as named
    cross join lateral (
      select from holdfast.executions as stored where stored.id = named.id for key share
    ) as execution;
  end if;
  if job_ids <> '{}' then
    perform holdfast.lock_keys('job', job_ids);
  end if;
  if unique_keys <> '{}' then
    perform holdfast.lock_keys('job unique key', unique_keys);
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.mark_linked(job_ids text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update holdfast.leases as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.scheduled as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.group_lines as work set is_linked = true
  from (select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))) as job
  where work.id = job.id and work.kind = 'job' and not work.is_linked;
  update holdfast.ready as work set is_linked = true
  from (
    select stored.id, stored.queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as job
  where work.queue = job.queue and work.kind = 'job' and work.route = job.route and work.rank = job.rank and work.turn = job.turn
    and work.run_at = job.run_at and work.sequence = job.sequence and work.id = job.id and not work.is_linked;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.may_change_status(entity text, id text, before holdfast.status, after holdfast.status)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    when before <> after and (before >= 'succeeded' or after = 'pending') then
      holdfast.fail('HF003', pg_catalog.format('a status cannot change from %s to %s', before, after),
        pg_catalog.json_build_object('entity', entity, 'id', id, 'expected', after, 'actual', before))
    else true
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.may_save_task(task_id text, task_execution text, task_version bigint, of_execution text, expected bigint)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    when expected <> task_version then
      holdfast.fail('HF001', pg_catalog.format('task %s is not at the expected version', task_id),
        pg_catalog.json_build_object('entity', 'task', 'id', task_id, 'expected', expected, 'actual', task_version))
    when task_execution <> of_execution then
      holdfast.fail('HF006', pg_catalog.format('executionId is %s, but task %s belongs to another execution', of_execution, task_id),
        pg_catalog.json_build_object('field', 'executionId', 'entity', 'task', 'id', task_id))
    else true
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.meets(execution text, version bigint, status holdfast.status, required bigint, statuses text)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    when required <> version then
      holdfast.fail('HF001', pg_catalog.format('execution %s is not at the expected version: read it again', execution),
        pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', required,
          'actual', version))
    when statuses is not null and status::text <> all(pg_catalog.string_to_array(statuses, ',')) then
      holdfast.fail('HF003', pg_catalog.format('execution %s is %s, not %s: read it again', execution, status, statuses),
        pg_catalog.json_build_object('entity', 'execution', 'id', execution, 'expected', statuses,
          'actual', status))
    else true
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.meets_expectation(snapshot_id text, outcome text, generation bigint, expected_generation bigint, expected_version bigint)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    when expected_generation <> case outcome when 'created' then 0 else generation end then
      holdfast.fail('HF001', pg_catalog.format('snapshot %s is not of the expected generation', snapshot_id),
        pg_catalog.json_build_object('reason', 'generation', 'entity', 'snapshot', 'persistenceId', snapshot_id, 'field', 'expectedGeneration',
          'expected', expected_generation, 'actual', case outcome when 'created' then 0 else generation end))
    when outcome = 'created' and expected_version >= 0 then
      holdfast.refuse_snapshot_version(snapshot_id, expected_version, null)
    else true
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.merge_labels(before jsonb, changes jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(pg_catalog.jsonb_object_agg(label.key, label.value), '{}')
  from pg_catalog.jsonb_each(before || changes) as label
  where label.value <> 'null'
$function$
;

CREATE OR REPLACE FUNCTION holdfast.now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$select pg_catalog.statement_timestamp()$function$
;

CREATE OR REPLACE FUNCTION holdfast.open_group(in_queue text, of_group text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  insert into holdfast.openings (queue, group_key, freed) values (in_queue, of_group, 1);
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.open_guarded_queues(named text[], guarded text[], most bigint)
 RETURNS TABLE(names text[], rooms bigint[], are_grouped boolean[])
 LANGUAGE plpgsql
AS $function$
declare
  each record;
begin
  names := '{}';
  rooms := '{}';
  are_grouped := '{}';
  for each in
    select given.name, setting.concurrency_per_group, given.name = any(guarded) as is_guarded,
      greatest(0, least(
        most,
        case when setting.concurrency is not null then setting.concurrency - (
          select count(*) from (
            select from holdfast.leases as lease where lease.queue = given.name limit setting.concurrency
          ) as busy
        ) - (
          select coalesce(sum(holdfast.count_running(chunk)), 0)
          from holdfast.lease_chunks as chunk where chunk.queue = given.name
        ) end,
        -- Rounded down, except for what the rounding of the times removed.
        case when setting.rate_limit is not null then pg_catalog.floor(setting.rate_limit * (1 - greatest(0,
          extract(epoch from setting.rate_full_at - holdfast.now()) * 1000) / setting.rate_period_ms) + 0.0001)::bigint end
      )) as room
    from pg_catalog.unnest((select named)) as given(name)
    left join lateral (select queue.* from holdfast.queues as queue where queue.name = given.name limit 1) as setting on true
    where setting.paused_at is null and (given.name = any(guarded) or not coalesce(setting.is_limited, false))
  loop
    if each.is_guarded then
      perform holdfast.admit_groups(each.name, each.concurrency_per_group);
    end if;
    names := names || each.name;
    rooms := rooms || each.room;
    are_grouped := are_grouped || (each.concurrency_per_group is not null);
  end loop;
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.open_jobs_of(execution_ids text[])
 RETURNS text[]
 LANGUAGE plpgsql
 STABLE
 SET enable_seqscan TO 'off'
AS $function$
begin
  return array(
    select job.id
    from pg_catalog.unnest(execution_ids) as given(id)
    cross join lateral (
      select stored.id::text as id from holdfast.jobs as stored where stored.execution_id = given.id limit holdfast.at_most(1000000000)
    ) as job
    where (select true from holdfast.ended_jobs as ended where ended.id = job.id limit 1) is null
  );
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.open_queues(named text[], most bigint, expired_error json, behind boolean)
 RETURNS TABLE(names text[], rooms bigint[], are_grouped boolean[], are_guarded boolean, died text[], woken text[], fatal text[])
 LANGUAGE plpgsql
AS $function$
declare
  each record;
  rescued record;
  guarded text[] := '{}';
begin
  names := '{}';
  fatal := '{}';
  rooms := '{}';
  are_grouped := '{}';
  died := '{}';
  woken := '{}';
  for each in
    select given.name,
      exists (
        select from holdfast.scheduled as work where work.queue = given.name and work.run_at <= holdfast.now()
      ) as has_due,
      exists (
        select from holdfast.leases as lease where lease.queue = given.name and lease.lease_until <= holdfast.now()
      ) or exists (
        select from holdfast.lease_chunks as chunk where chunk.queue = given.name and chunk.lease_until <= holdfast.now()
      ) as has_expired,
      coalesce(setting.is_limited, false) or exists (
        select from holdfast.openings as opening where opening.queue = given.name
      ) as is_guarded
    from (select distinct known.name collate "C" as name from pg_catalog.unnest((select named)) as known(name) order by 1) as given
    left join lateral (
      select queue.paused_at, queue.is_limited from holdfast.queues as queue where queue.name = given.name limit 1
    ) as setting on true
    where setting.paused_at is null
  loop
    if each.has_due then
      perform holdfast.wake_due(each.name, greatest(most, 100));
    end if;
    if each.has_expired then
      select one.* into rescued from holdfast.rescue_expired(each.name, greatest(most, 100), expired_error) as one;
      died := died || rescued.died;
      woken := woken || rescued.woken;
      if rescued.are_left then
        fatal := fatal || each.name;
      end if;
      perform holdfast.rescue_executions(each.name, greatest(most, 100), expired_error, behind);
    end if;
    if each.is_guarded then
      guarded := guarded || each.name;
    end if;
    names := names || each.name;
    rooms := rooms || most;
    are_grouped := are_grouped || false;
  end loop;
  are_guarded := pg_catalog.cardinality(guarded) > 0;
  if are_guarded then
    insert into holdfast.queues (name)
    select given.name from pg_catalog.unnest(guarded) as given(name)
    where not exists (select from holdfast.queues as queue where queue.name = given.name)
    order by given.name
    on conflict (name) do nothing;
    perform from holdfast.queues as queue
    where queue.name = any(array(select pg_catalog.unnest(guarded)))
    order by queue.name
    for no key update;
    select * into names, rooms, are_grouped from holdfast.open_guarded_queues(names, guarded, most);
  end if;
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.overall_status(strategy holdfast.strategy, total bigint, pending bigint, running bigint, succeeded bigint, failed bigint, timed_out bigint, canceled bigint)
 RETURNS holdfast.status
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when pending = total then 'pending'
    when canceled = total then 'canceled'
    when strategy = 'race' and succeeded > 0 then 'succeeded'
    when strategy = 'fail_fast' and failed > 0 then 'failed'
    when strategy = 'fail_fast' and timed_out > 0 then 'timed_out'
    when pending + running > 0 then 'running'
    when strategy = 'best_effort' and succeeded > 0 then 'succeeded'
    when failed > 0 then 'failed'
    when timed_out > 0 then 'timed_out'
    when canceled > 0 then 'canceled'
    else 'succeeded'
  end::holdfast.status
$function$
;

CREATE OR REPLACE FUNCTION holdfast.parents_of_saved(ids text[], parent_ids text[], come_before boolean[])
 RETURNS text[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
begin
  perform holdfast.fail('HF004',
    pg_catalog.format('execution %s, the parent of %s, does not exist: create it first', given.parent_id, given.id),
    pg_catalog.json_build_object('entity', 'execution', 'field', 'parentId', 'id', given.parent_id))
  from unnest(ids, parent_ids, come_before) as given(id, parent_id, comes_before)
  where given.parent_id is not null and not given.comes_before
    and (select parent.version from holdfast.executions as parent where parent.id = given.parent_id) is null
    and (select stored.version from holdfast.executions as stored where stored.id = given.id) is null;
  return array(select distinct given.id from unnest(parent_ids) as given(id) where given.id is not null);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.park(execution text, until_at timestamp with time zone, wait_ids text[], steps text[], keys text[], expiries timestamp with time zone[], for_children boolean, any_child boolean)
 RETURNS TABLE(queue text, is_ready boolean)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  held holdfast.leases;
  soonest record;
begin
  delete from holdfast.leases as lease
    where lease.id = execution and lease.kind = 'execution'
    returning lease.* into held;
  if held.queue is null then
    perform holdfast.fail('HF006',
      pg_catalog.format('execution %s is in no queue, so nobody could claim it again: create it with a queue', execution),
      pg_catalog.json_build_object('entity', 'execution', 'field', 'park', 'id', execution));
  end if;
  delete from holdfast.waits as wait where wait.execution_id = execution and wait.is_park;
  insert into holdfast.parks as park (execution_id, parked_at) values (execution, holdfast.now())
    on conflict (execution_id) do update set
      parked_at = excluded.parked_at, children = null, woken_by = null, step = null, key = null, payload = null,
      trace_context = null;
  with called as (
    delete from holdfast.wakes as called where called.execution_id = execution returning called.payload, called.trace_context
  )
  update holdfast.parks as park set woken_by = 'call', payload = called.payload, trace_context = called.trace_context
    from called where park.execution_id = execution;
  is_ready := found;
  queue := held.queue;
  if pg_catalog.cardinality(keys) > 0 and not is_ready then
    is_ready := holdfast.take_early_event(execution, wait_ids, steps, keys, expiries);
  end if;
  if (for_children or any_child) and not is_ready then
    is_ready := holdfast.await_children(execution, case when any_child then held.claimed_at end);
  end if;
  if not is_ready then
    with registered as (
      insert into holdfast.waits as wait (id, key, execution_id, step, created_at, expires_at, is_park)
      select given.id, given.key, execution, given.step, holdfast.now(), given.expires_at, true
      from unnest((select wait_ids), keys, steps, expiries) with ordinality as given(id, key, step, expires_at, position)
      order by given.position
      on conflict (execution_id, step, key) do update set is_park = true
      returning wait.step, wait.key, wait.expires_at
    )
    select registered.step, registered.key, registered.expires_at into soonest
      from registered
      where registered.expires_at < coalesce(until_at, 'infinity')
      order by registered.expires_at
      limit 1;
    if soonest.expires_at is not null then
      until_at := soonest.expires_at;
      update holdfast.parks as park set step = soonest.step, key = soonest.key where park.execution_id = execution;
    end if;
  end if;
  perform holdfast.enqueue_execution(execution, case when is_ready then holdfast.now() else coalesce(until_at, 'infinity') end, 0,
    held.group_key, pg_catalog.cardinality(keys) > 0);
  is_ready := is_ready or until_at <= holdfast.now();
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.pin_definition(name text, asked text)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  found_version integer;
  found_status holdfast.definition_status;
begin
  select stored.version, stored.status into found_version, found_status
    from holdfast.definitions as stored
    where stored.name = pin_definition.name and case pin_definition.asked
        when 'active' then stored.status = 'active'
        when 'latest' then stored.version = (
          select max(newest.version) from holdfast.definitions as newest where newest.name = pin_definition.name
        )
        else stored.version = pin_definition.asked::integer
      end
    for key share;
  if not found then
    perform holdfast.fail('HF004',
      pg_catalog.format('definition %s has no %s: publish it first, or create the execution without it', name,
        case when asked in ('active', 'latest') then asked || ' version' else 'version ' || asked end),
      pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', name, 'version', asked));
  elsif found_status = 'retired' then
    perform holdfast.fail('HF003',
      pg_catalog.format('version %s of definition %s is retired: start another version, or activate it again', found_version, name),
      pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', name, 'version', found_version,
        'status', 'retired'));
  end if;
  return found_version;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.pin_definitions(names text[], asked text[])
 RETURNS integer[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  versions constant integer[] := array(
    select case given.asked
      when 'active' then (
        select stored.version from holdfast.definitions as stored where stored.name = given.name and stored.status = 'active'
      )
      when 'latest' then (select max(stored.version) from holdfast.definitions as stored where stored.name = given.name)
      else (
        select stored.version
        from holdfast.definitions as stored
        where stored.name = given.name and stored.version = given.asked::integer
      )
    end
    from unnest(names, asked) with ordinality as given(name, asked, position)
    order by given.position
  );
begin
  perform holdfast.fail('HF004',
    pg_catalog.format('definition %s has no %s: publish it first, or save the execution without it', given.name,
      case when given.asked in ('active', 'latest') then given.asked || ' version' else 'version ' || given.asked end),
    pg_catalog.json_build_object('entity', 'definition', 'field', 'definition', 'name', given.name, 'version', given.asked))
  from unnest(names, asked, versions) as given(name, asked, version)
  where given.name is not null and given.version is null;
  perform from (
    select distinct given.name collate "C" as name, given.version
    from unnest(names, versions) as given(name, version)
    where given.version is not null
    order by 1, 2
  ) as pinned
  cross join lateral (
    select stored.version
    from holdfast.definitions as stored
    where stored.name = pinned.name and stored.version = pinned.version
    for key share
  ) as locked;
  return versions;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.propagate(starts text[])
 RETURNS TABLE(task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
declare
  start_ids text[];
  start_depths bigint[];
  level_depth bigint;
  level_ids text[];
  climbing text[] := '{}';
begin
  perform holdfast.hold_executions_of(starts);
  -- UNION ends the climb if damaged data has a cycle.
  with recursive path as (
    select task.id::text as start_id, task.id::text as id
    from holdfast.tasks as named
    join holdfast.tasks as task on task.id = case
      when exists (select from holdfast.tasks as child where child.parent_id = named.id) then named.id
      else named.parent_id
    end
    where named.id = any (starts)
    union
    select path.start_id, task.parent_id::text
    from path
    join holdfast.tasks as task on task.id = path.id
    where task.parent_id is not null
  ), depths as (
    select path.start_id, count(*) as depth from path group by path.start_id
  )
  select array_agg(depths.start_id), array_agg(depths.depth), max(depths.depth)
  into start_ids, start_depths, level_depth
  from depths;

  while level_depth > 0 or cardinality(climbing) > 0 loop
    level_ids := array(
      select start.id from unnest(start_ids, start_depths) as start(id, depth) where start.depth = level_depth
      union
      select climber.id from unnest(climbing) as climber(id)
    );
    level_depth := level_depth - 1;
    continue when cardinality(level_ids) = 0;
    climbing := '{}';
    for task_id, task_parent_id, task_status, task_version in
      select level.task_id, level.task_parent_id, level.task_status, level.task_version
      from holdfast.propagate_level(level_ids, start_ids) as level
    loop
      if task_parent_id is not null then
        climbing := array_append(climbing, task_parent_id);
      end if;
      if task_id is not null then
        return next;
      end if;
    end loop;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.propagate_level(level_ids text[], start_ids text[])
 RETURNS TABLE(task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
begin
  perform from holdfast.tasks as task where task.id = any (level_ids) order by task.id desc for no key update;
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform from holdfast.tasks as task where task.parent_id = any (level_ids) order by task.id desc
      for share skip locked;
  end if;
  return query
    with grouped as (
      select child.parent_id, child.name, child.attempt, child.status, count(*) as tasks
      from holdfast.tasks as child
      where child.parent_id = any (level_ids)
      group by child.parent_id, child.name, child.attempt, child.status
    ), newest as (
      select grouped.parent_id, grouped.status, grouped.tasks,
        grouped.attempt = max(grouped.attempt) over (partition by grouped.parent_id, grouped.name) as is_newest
      from grouped
    ), summed as (
      select newest.parent_id, sum(newest.tasks)::bigint as total,
        coalesce(sum(newest.tasks) filter (where newest.status = 'pending'), 0)::bigint as pending,
        coalesce(sum(newest.tasks) filter (where newest.status in ('running', 'waiting', 'paused')), 0)::bigint as running,
        coalesce(sum(newest.tasks) filter (where newest.status = 'succeeded'), 0)::bigint as succeeded,
        coalesce(sum(newest.tasks) filter (where newest.status = 'failed'), 0)::bigint as failed,
        coalesce(sum(newest.tasks) filter (where newest.status = 'timed_out'), 0)::bigint as timed_out,
        coalesce(sum(newest.tasks) filter (where newest.status = 'canceled'), 0)::bigint as canceled
      from newest
      where newest.is_newest
      group by newest.parent_id
    ), counted as (
      select task.id, task.parent_id, task.status,
        holdfast.overall_status(task.strategy, summed.total, summed.pending, summed.running, summed.succeeded,
          summed.failed, summed.timed_out, summed.canceled) as overall
      from holdfast.tasks as task
      join summed on summed.parent_id = task.id
    ), changed as (
      update holdfast.tasks as task set
        status = counted.overall, version = task.version + 1, updated_at = holdfast.now(),
        started_at = holdfast.started_at(task.started_at, counted.overall),
        finished_at = holdfast.finished_at(task.finished_at, counted.overall)
      from counted
      where task.id = counted.id
        and not holdfast.is_terminal(counted.status)
        and (holdfast.is_terminal(counted.overall) or (counted.status = 'pending' and counted.overall = 'running'))
      returning task.id, task.parent_id, task.status, task.version
    )
    select changed.id::text, changed.parent_id::text, changed.status, changed.version
    from changed
    union all
    select null, counted.parent_id::text, null, null
    from counted
    where counted.id = any (start_ids) and holdfast.is_terminal(counted.status);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.push_jobs(pushes holdfast.job_push[], traces text[], has_owners boolean, has_groups boolean, has_keys boolean, edge_jobs text[], edge_afters text[])
 RETURNS TABLE(pushed_id text, id text, outcome text, status holdfast.job_status, run_at timestamp with time zone)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
  is_related constant boolean := has_keys or edge_jobs <> '{}';
  children text[] := '{}';
  parents text[] := '{}';
  touched text[] := '{}';
  locked text[] := '{}';
  missed text[];
  later text[];
begin
  if is_related then
    perform holdfast.lock_pushes(
      array(select push.execution_id from pg_catalog.unnest(pushes) as push where push.execution_id is not null),
      array(select push.id from pg_catalog.unnest(pushes) as push where push.has_own_id),
      array(
        select holdfast.job_key(push.queue, push.unique_key) from pg_catalog.unnest(pushes) as push where push.unique_key is not null
      ));
    loop
      pushes := holdfast.resolve_pushes(pushes);
      select link.children, link.parents, link.touched into children, parents, touched
      from holdfast.links_of_pushes(pushes, edge_jobs, edge_afters) as link;
      exit when touched = locked;
      perform holdfast.require_parents(edge_jobs, edge_afters, touched, holdfast.lock_jobs(touched));
      locked := touched;
    end loop;
  end if;
  if has_owners then
    perform holdfast.lock_owners(pushes);
  end if;
  if has_groups then
    pushes := holdfast.give_turns(pushes);
  end if;
  select made.missed, made.later into missed, later from holdfast.insert_jobs(pushes, traces, children, parents) as made;
  if not is_related then
    return query
    select late.id, late.id, 'created', 'scheduled'::holdfast.job_status, holdfast.run_at_of(late.id)
    from pg_catalog.unnest(later) as late(id)
    union all
    select kept.id, kept.id, 'kept',
      coalesce(holdfast.job_status_of(kept.id), case when holdfast.fail('40001',
        pg_catalog.format('job %s was removed at the moment when it was pushed', kept.id),
        pg_catalog.json_build_object('entity', 'job', 'id', kept.id)) then 'ready'::holdfast.job_status end),
      holdfast.run_at_of(kept.id)
    from pg_catalog.unnest(missed) as kept(id);
    return;
  end if;
  if missed <> '{}' then
    perform holdfast.fail('40001', pg_catalog.format('job %s was pushed by another at the same moment', missed[1]),
      pg_catalog.json_build_object('entity', 'job', 'id', missed[1]));
  end if;
  perform holdfast.relate_jobs(pushes, traces, has_keys, children, parents, locked);
  return query
  select push.id, case when push.outcome = 'created' then push.id else push.holder end, push.outcome,
    case
      when push.outcome = 'kept' then push.status
      when push.outcome = 'replaced' then holdfast.job_status_of(push.holder)
      when push.id in (select pg_catalog.unnest(children)) then holdfast.job_status_of(push.id)
      when push.run_at > holdfast.now() then 'scheduled'
      else 'ready'
    end,
    case when push.outcome = 'created' then push.run_at else holdfast.run_at_of(push.holder) end
  from pg_catalog.unnest(pushes) as push;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.rate_after(full_at timestamp with time zone, claims bigint, rate_limit integer, rate_period_ms bigint)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select greatest(full_at, holdfast.now()) + claims * rate_period_ms / rate_limit::double precision * interval '1 millisecond'
$function$
;

CREATE OR REPLACE FUNCTION holdfast.refuse_row(in_table text, rule text, id text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  raise exception using errcode = 'check_violation', table = in_table, constraint = rule,
    message = pg_catalog.format('row %s of %s breaks the rule %s', id, in_table, rule);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.refuse_snapshot(snapshot_id text, stored bigint, given bigint, differs text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  return holdfast.fail('HF001',
    case
      when given < stored then
        pg_catalog.format('version %s of snapshot %s is older than version %s, which is stored', given, snapshot_id, stored)
      else pg_catalog.format('version %s of snapshot %s is stored with another content', given, snapshot_id)
    end,
    pg_catalog.json_build_object('entity', 'snapshot', 'persistenceId', snapshot_id,
      'field', case when given < stored then 'version' else differs end,
      'expected', holdfast.exact(given), 'actual', holdfast.exact(stored)));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.refuse_snapshot_version(snapshot_id text, expected bigint, actual bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  return holdfast.fail('HF001', pg_catalog.format('snapshot %s is not at the expected version', snapshot_id),
    pg_catalog.json_build_object('entity', 'snapshot', 'persistenceId', snapshot_id, 'field', 'expectedVersion',
      'expected', holdfast.exact(nullif(expected, -1)), 'actual', holdfast.exact(actual)));
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.refuse_wait(id text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  raise unique_violation using message = pg_catalog.format('wait %s exists, of another step or key', id), constraint = 'waits_pkey',
    detail = pg_catalog.format('Key (id)=(%s) already exists.', id);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.register_wait(new_id text, is_own boolean, event_key text, execution text, at_step text, until timestamp with time zone)
 RETURNS holdfast.wait_outcome
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  outcome holdfast.wait_outcome;
  owner_status holdfast.status;
  event record;
  ended holdfast.ended_waits;
begin
  if is_own then
    select stored.* into ended from holdfast.ended_waits as stored where stored.id = new_id;
    if found then
      if (ended.execution_id, ended.step, ended.key) is distinct from (execution, at_step, event_key) then
        perform holdfast.refuse_wait(new_id);
      end if;
      outcome := (ended.status, ended.id, ended.created_at, ended.expires_at, ended.ended_at, ended.event_id, ended.payload,
        ended.trace_context);
      return outcome;
    end if;
  end if;
  select case when stored.expires_at <= holdfast.now() then 'expired' else 'waiting' end, stored.id, stored.created_at, stored.expires_at
    into outcome
    from holdfast.waits as stored
    where stored.execution_id = execution and stored.step = at_step and stored.key = event_key;
  if found then
    return outcome;
  end if;
  select stored.status into owner_status from holdfast.executions as stored where stored.id = execution for key share;
  if not found then
    perform holdfast.fail('HF004', pg_catalog.format('execution %s does not exist: create it before it waits', execution),
      pg_catalog.json_build_object('entity', 'execution', 'id', execution));
  elsif holdfast.is_open(execution, owner_status) then
    select stored.id, stored.payload, stored.dedupe_id, stored.trace_context into event
      from holdfast.events as stored
      where stored.key = event_key and stored.consumed_at is null and stored.expires_at > holdfast.now()
      order by stored.sequence
      limit 1
      for update;
  end if;
  if found then
    if is_own and exists (select from holdfast.waits as stored where stored.id = new_id) then
      perform holdfast.refuse_wait(new_id);
    end if;
    perform holdfast.consume(event.id, event.dedupe_id);
    insert into holdfast.ended_waits as stored (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
      trace_context)
    values (new_id, event_key, execution, at_step, 'delivered', holdfast.now(), until, holdfast.now(), event.id, event.payload,
      event.trace_context)
    returning stored.status, stored.id, stored.created_at, stored.expires_at, stored.ended_at, stored.event_id, stored.payload,
      stored.trace_context
      into outcome;
  else
    insert into holdfast.waits as stored (id, key, execution_id, step, created_at, expires_at)
    values (new_id, event_key, execution, at_step, holdfast.now(), until)
    returning 'waiting', stored.id, stored.created_at, stored.expires_at into outcome;
  end if;
  return outcome;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.regroup_queue(in_queue text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from holdfast.queues as queue where queue.name = in_queue and queue.concurrency_per_group is not null) then
    with running as materialized (
      select lease.id, lease.kind, coalesce(job.group_key, execution.group_key) as group_key
      from holdfast.leases as lease
      left join lateral (
        select stored.group_key from holdfast.jobs as stored where stored.id = lease.id and lease.kind = 'job' limit 1
      ) as job on true
      left join lateral (
        select stored.group_key from holdfast.executions as stored where stored.id = lease.id and lease.kind = 'execution' limit 1
      ) as execution on true
      where lease.queue = in_queue and lease.group_key is null and coalesce(job.group_key, execution.group_key) is not null
      order by lease.kind, lease.id
      for update of lease
    ), seated as (
      update holdfast.leases as lease set group_key = running.group_key
      from (select running.id, running.kind, running.group_key from running limit (select 1000000000)) as running
      where lease.id = running.id and lease.kind = running.kind
      returning lease.group_key
    )
    insert into holdfast.places as stored (queue, group_key, used)
    select in_queue, seated.group_key, count(*) from seated group by seated.group_key
    on conflict (queue, group_key) do update set used = stored.used + excluded.used;
  end if;
  insert into holdfast.openings (queue, group_key, freed)
  with recursive waiting as (
    (select work.group_key from holdfast.group_lines as work where work.queue = in_queue order by work.group_key limit 1)
    union all
    select (
      select work.group_key from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key > waiting.group_key order by work.group_key limit 1
    )
    from waiting
    where waiting.group_key is not null
  )
  select in_queue, waiting.group_key, 0 from waiting where waiting.group_key is not null
  union
  select in_queue, stored.group_key, 0 from holdfast.places as stored where stored.queue = in_queue;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.relate_jobs(pushes holdfast.job_push[], traces text[], has_keys boolean, children text[], parents text[], locked text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if has_keys then
    perform holdfast.take_keys(pushes);
    if locked <> '{}' then
      perform holdfast.replace_jobs(pushes, traces);
    end if;
  end if;
  if children <> '{}' then
    perform holdfast.link_jobs(children, parents, locked);
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.release_content()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update holdfast.blob_contents set unused_since = holdfast.now() where id = old.content_id;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.remove_ended_jobs(job_ids text[])
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  gone text[];
begin
  with ended as (
    delete from holdfast.ended_jobs as stored
    using (
      select given.id from pg_catalog.unnest(job_ids) as given(id) limit holdfast.at_most(pg_catalog.cardinality(job_ids))
    ) as given
    where stored.id = given.id
    returning stored.id, stored.queue, stored.status
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select ended.queue, ended.status, -count(*) from ended group by ended.queue, ended.status
  )
  select coalesce(pg_catalog.array_agg(ended.id), '{}') into gone from ended;
  perform holdfast.forget_jobs(gone);
  return pg_catalog.cardinality(gone);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.remove_ended_waits()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
begin
  delete from holdfast.ended_waits as wait where wait.execution_id = old.id;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.remove_expired_jobs(statuses holdfast.job_status[], keep_ms bigint, max_jobs integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  found_jobs integer;
  gone integer := 0;
  kept text[];
  old text[];
begin
  for portion in 1..100 loop
    select pg_catalog.count(*), coalesce(pg_catalog.array_agg(expired.id) filter (where expired.is_of_execution), '{}'),
      coalesce(pg_catalog.array_agg(expired.id) filter (where not expired.is_of_execution), '{}')
    into found_jobs, kept, old
    from (
      select stored.id, exists (
          select from holdfast.jobs as job where job.id = stored.id and job.execution_id is not null
        ) as is_of_execution
      from pg_catalog.unnest(statuses) as wanted(status)
      cross join lateral (
        select ended.id
        from holdfast.ended_jobs as ended
        where ended.status = wanted.status and not ended.is_kept
          and ended.finished_at <= holdfast.now() - keep_ms * interval '1 millisecond'
          and not holdfast.is_throttled(ended.id) and not holdfast.is_of_held_chunk(ended.id)
        order by ended.finished_at
        limit max_jobs - gone
        for update skip locked
      ) as stored
      limit max_jobs - gone
    ) as expired;
    update holdfast.ended_jobs as ended set is_kept = true where ended.id = any(kept);
    gone := gone + holdfast.remove_ended_jobs(old);
    exit when pg_catalog.cardinality(kept) = 0 or gone >= max_jobs;
  end loop;
  -- Keys whose period is over count as none already, if their jobs ended before or were removed.
  delete from holdfast.job_keys as held
  where held.ctid = any(array(
    select leftover.ctid
    from holdfast.job_keys as leftover
    where leftover.throttled_until <= holdfast.now() and not exists (
      select from holdfast.jobs as job
      where job.id = leftover.job_id and not exists (select from holdfast.ended_jobs as ended where ended.id = job.id)
    )
    limit max_jobs
    for update skip locked
  ));
  perform holdfast.fold_job_counts(scattered.queue)
  from (
    select counts.queue from holdfast.job_counts as counts group by counts.queue having count(*) > count(distinct counts.status)
  ) as scattered;
  return gone;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.remove_jobs(job_ids text[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  taken text[];
  linked text[];
  woken text[];
begin
  -- Ended jobs are removed too, and are locked in one order with the others.
  perform holdfast.lock_jobs(job_ids);
  with gone as materialized (
    select job.id, job.queue, job.place_of, job.is_linked
    from holdfast.take_jobs(job_ids, '{blocked,scheduled,ready,running}') as job
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select gone.queue, gone.place_of, count(*) from gone where gone.place_of is not null group by gone.queue, gone.place_of
  )
  select coalesce(pg_catalog.array_agg(gone.id), '{}'), coalesce(pg_catalog.array_agg(gone.id) filter (where gone.is_linked), '{}')
  into taken, linked
  from gone;
  woken := holdfast.settle_jobs(linked);
  perform holdfast.remove_ended_jobs(job_ids);
  perform holdfast.forget_jobs(taken);
  return woken;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.remove_jobs_of(execution_ids text[])
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  family text[];
begin
  with recursive below as (
    select execution.id from holdfast.executions as execution where execution.id = any(execution_ids)
    union
    select child.id from below join holdfast.executions as child on child.parent_id = below.id
  )
  select coalesce(pg_catalog.array_agg(locked.id::text), '{}') into family
  from (
    select execution.id
    from holdfast.executions as execution
    where execution.id = any(array(select below.id::text from below))
    order by execution.id
    for update
  ) as locked;
  perform holdfast.remove_jobs(array(select job.id::text from holdfast.jobs as job where job.execution_id = any(family)));
  return pg_catalog.cardinality(family);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.remove_labels()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
begin
  delete from holdfast.execution_labels as label where label.execution_id = old.id;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.renew_generation(snapshot_id text)
 RETURNS bigint
 LANGUAGE sql
AS $function$
  update holdfast.snapshots as made
  set generation = pg_catalog.nextval('holdfast.snapshot_generations')
  where made.persistence_id = snapshot_id
  returning made.generation
$function$
;

CREATE OR REPLACE FUNCTION holdfast.replace_jobs(pushes holdfast.job_push[], traces text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  waiting text[];
  moved text[];
  due text[];
begin
  select coalesce(pg_catalog.array_agg(push.holder) filter (where push.status = 'scheduled'), '{}'),
    coalesce(pg_catalog.array_agg(push.holder) filter (where push.status = 'ready'), '{}')
  into waiting, moved
  from pg_catalog.unnest(pushes) as push
  where push.outcome = 'replaced';
  -- By their order keys, which change below.
  if moved <> '{}' then
    perform holdfast.unplace_jobs(moved);
  end if;
  update holdfast.jobs as job set
    payload = change.payload,
    trace_context = change.trace_context,
    priority = change.priority,
    timeout_ms = change.timeout_ms,
    run_at = change.run_at,
    rank = holdfast.work_rank(change.priority, change.run_at, change.aging_ms),
    attempts = 0
  from (
    select push.holder, push.payload, push.unnest as trace_context, push.priority, push.timeout_ms,
      least(push.run_at, stored.created_at + push.debounce_max_ms * interval '1 millisecond') as run_at,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = push.queue) as aging_ms
    from rows from (pg_catalog.unnest(pushes), pg_catalog.unnest(traces)) as push
    cross join lateral (select each.created_at from holdfast.jobs as each where each.id = push.holder limit 1) as stored
    where push.outcome = 'replaced'
    limit holdfast.at_most(pg_catalog.cardinality(pushes))
  ) as change
  where job.id = change.holder;
  if waiting <> '{}' then
    with changed as (
      update holdfast.scheduled as work set run_at = job.run_at, rank = job.rank, priority = job.priority, attempts = job.attempts
      from (
        select stored.id, stored.run_at, stored.rank, stored.priority, stored.attempts
        from pg_catalog.unnest(waiting) as given(id)
        cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
        limit holdfast.at_most(pg_catalog.cardinality(waiting))
      ) as job
      where work.id = job.id and work.kind = 'job'
      returning work.id, work.run_at
    )
    select coalesce(pg_catalog.array_agg(changed.id) filter (where changed.run_at <= holdfast.now()), '{}') into due from changed;
    if due <> '{}' then
      delete from holdfast.scheduled as work
      using (select given.id from pg_catalog.unnest(due) as given(id) limit holdfast.at_most(pg_catalog.cardinality(due))) as job
      where work.id = job.id and work.kind = 'job';
      moved := moved || due;
    end if;
  end if;
  if moved <> '{}' then
    perform holdfast.enqueue_jobs(moved);
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.replaces_snapshot(stored holdfast.snapshots, given holdfast.snapshots, expected bigint)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    -- First, because two writers may create the same content of one version: one of them must learn that it lost.
    when expected <> stored.version then holdfast.refuse_snapshot_version(stored.persistence_id, expected, stored.version)
    when given.version > stored.version then true
    when given.version = stored.version and stored.digests && given.digests
      and stored.manifest is not distinct from given.manifest and stored.shard = given.shard
      and stored.definition_name is not distinct from given.definition_name
      and stored.definition_version is not distinct from given.definition_version
      and stored.definition_hash is not distinct from given.definition_hash then false
    else
      holdfast.refuse_snapshot(stored.persistence_id, stored.version, given.version, case
        when not stored.digests && given.digests then 'payload'
        when stored.manifest is distinct from given.manifest then 'manifest'
        when stored.shard <> given.shard then 'shard'
        else 'definition'
      end)
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.require_parents(children text[], parents text[], touched text[], existing text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if pg_catalog.cardinality(existing) < pg_catalog.cardinality(touched) then
    perform holdfast.fail('HF004',
      pg_catalog.format('job %s, which job %s is to come after, does not exist: push it first', edge.parent, edge.child),
      pg_catalog.json_build_object('entity', 'job', 'id', edge.parent, 'field', 'after'))
    from rows from (pg_catalog.unnest(children), pg_catalog.unnest(parents)) as edge(child, parent)
    where edge.parent in (select pg_catalog.unnest(touched)) and edge.parent not in (select pg_catalog.unnest(existing))
    limit 1;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.require_unended(of_token bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  tried text[];
begin
  with inserted as (
    insert into holdfast.ended_jobs as ended (id, queue, status, attempts, token, finished_at)
    select member.id, chunk.queue, 'canceled', 1, chunk.token, holdfast.now()
    from holdfast.lease_chunks as chunk
    cross join lateral pg_catalog.unnest(chunk.ids) as member(id)
    where chunk.token = of_token
    on conflict (id) do nothing
    returning ended.id
  )
  select pg_catalog.array_agg(inserted.id) into tried from inserted;
  delete from holdfast.ended_jobs as ended where ended.id = any(tried);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.reschedule_jobs(job_ids text[], moments timestamp with time zone[], priorities integer[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  moved text[];
  blocked text[];
begin
  select coalesce(pg_catalog.array_agg(ordered.id) filter (where job.status in ('scheduled', 'ready')), '{}'),
    coalesce(pg_catalog.array_agg(ordered.id) filter (where job.status = 'blocked'), '{}')
  into moved, blocked
  from (
    select given.id collate "C" as id,
      exists (select from holdfast.blocked_jobs as waiting where waiting.id = given.id) as is_blocked
    from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id) where each.id is not null) as given
    order by is_blocked, id
  ) as ordered
  cross join lateral holdfast.lock_job(ordered.id) as job;
  perform holdfast.unplace_jobs(moved);
  delete from holdfast.scheduled as work
  using (select given.id from pg_catalog.unnest(moved) as given(id) limit holdfast.at_most(pg_catalog.cardinality(moved))) as job
  where work.id = job.id and work.kind = 'job';
  update holdfast.jobs as job set
    run_at = change.run_at, priority = change.priority,
    rank = holdfast.work_rank(change.priority, change.run_at, change.aging_ms)
  from (
    select stored.id, coalesce(given.run_at, stored.run_at) as run_at, coalesce(given.priority, stored.priority) as priority,
      (select queue.aging_ms from holdfast.queues as queue where queue.name = stored.queue) as aging_ms
    from rows from (pg_catalog.unnest(job_ids), pg_catalog.unnest(moments), pg_catalog.unnest(priorities))
      as given(id, run_at, priority)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
    where given.id = any(moved || blocked)
    limit holdfast.at_most(pg_catalog.cardinality(job_ids))
  ) as change
  where job.id = change.id;
  perform holdfast.enqueue_jobs(moved);
  return moved || blocked;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.rescue_executions(in_queue text, most bigint, expired_error json, behind boolean)
 RETURNS TABLE(reclaimed bigint, died bigint)
 LANGUAGE plpgsql
AS $function$
declare
  lost record;
  place text;
begin
  reclaimed := 0;
  died := 0;
  for lost in
    select lease.id, lease.attempts, lease.token, lease.claimed_at, lease.attempts >= execution.max_attempts as is_dead
    from holdfast.leases as lease
    cross join lateral (select stored.max_attempts from holdfast.executions as stored where stored.id = lease.id limit 1) as execution
    where lease.queue = in_queue and lease.lease_until <= holdfast.now() and lease.kind = 'execution'
    order by lease.lease_until
    limit (select most)
  loop
    if lost.is_dead then
      perform from holdfast.executions as stored where stored.id = lost.id for update skip locked;
    else
      perform from holdfast.executions as stored where stored.id = lost.id for key share skip locked;
    end if;
    continue when not found;
    select lease.group_key into place from holdfast.leases as lease
      where lease.id = lost.id and lease.kind = 'execution' and lease.token = lost.token and lease.lease_until <= holdfast.now()
      for update skip locked;
    continue when not found;
    if lost.is_dead then
      died := died + 1;
      update holdfast.executions as stored set status = 'failed', error = expired_error, version = stored.version + 1,
          updated_at = holdfast.now(), started_at = coalesce(stored.started_at, lost.claimed_at), finished_at = holdfast.now()
        where stored.id = lost.id;
    else
      reclaimed := reclaimed + 1;
      delete from holdfast.leases as lease where lease.id = lost.id and lease.kind = 'execution';
      perform holdfast.enqueue_execution(lost.id, case when behind then holdfast.now() else lost.claimed_at end, lost.attempts, place);
    end if;
  end loop;
  return next;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.rescue_expired(in_queue text, most bigint, expired_error json)
 RETURNS TABLE(reclaimed bigint, died text[], woken text[], are_left boolean)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  again text[];
  settled text[];
  dead text[];
begin
  perform holdfast.unpack_lease(held.token)
  from (
    select chunk.token
    from holdfast.lease_chunks as chunk
    where chunk.queue = in_queue and chunk.lease_until <= holdfast.now()
    order by chunk.lease_until
    limit most
    for update skip locked
  ) as held;
  with expired as materialized (
    select found.ctid as place
    from holdfast.leases as found
    where found.queue = in_queue and found.lease_until <= holdfast.now() and found.kind = 'job' and not holdfast.is_fatal(found)
    order by found.lease_until
    limit (select most)
    for update skip locked
  ), gone as (
    delete from holdfast.leases as lease
    where lease.ctid = any(array(select expired.place from expired))
    returning lease.id, lease.token, lease.claimed_at, lease.attempts, lease.holder, lease.group_key, lease.is_linked
  ), job as materialized (
    select gone.id, gone.token, gone.claimed_at, gone.attempts, gone.holder, gone.is_linked,
      gone.attempts >= stored.max_attempts as is_dead
    from gone
    cross join lateral (select each.max_attempts from holdfast.jobs as each where each.id = gone.id limit 1) as stored
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, gone.group_key, count(*) from gone where gone.group_key is not null group by gone.group_key
  ), ended as (
    insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
    select job.id, in_queue, 'dead', job.attempts, job.token, job.claimed_at, holdfast.now(), job.holder, expired_error
    from job where job.is_dead
  ), recorded as (
    insert into holdfast.job_failures (job_id, token, attempt, started_at, failed_at, holder, error)
    select job.id, job.token, job.attempts, job.claimed_at, holdfast.now(), job.holder, expired_error from job
  ), counted as (
    insert into holdfast.job_counts (queue, status, count)
    select in_queue, 'dead', count(*) from job where job.is_dead having count(*) > 0
  ), kept as (
    update holdfast.jobs as stored set
      attempts = lost.attempts, token = lost.token, started_at = lost.claimed_at, holder = lost.holder, turn = 0
    from (select job.* from job where not job.is_dead limit (select most)) as lost
    where stored.id = lost.id
  )
  select coalesce(pg_catalog.array_agg(job.id) filter (where not job.is_dead), '{}'),
    pg_catalog.array_agg(job.id) filter (where job.is_dead and job.is_linked),
    coalesce(pg_catalog.array_agg(job.id) filter (where job.is_dead), '{}')
  into again, settled, dead
  from job;
  if pg_catalog.cardinality(again) > 0 then
    perform holdfast.enqueue_jobs(again);
  end if;
  return query select pg_catalog.cardinality(again)::bigint, dead,
    case when settled is null then '{}' else holdfast.settle_jobs(settled) end,
    exists (
      select from holdfast.leases as lease
      where lease.queue = in_queue and lease.lease_until <= holdfast.now() and lease.kind = 'job' and holdfast.is_fatal(lease)
    );
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.rescue_queues(names text[], most bigint, expired_error json)
 RETURNS TABLE(queue text, reclaimed bigint, died text[], woken text[], are_left boolean)
 LANGUAGE plpgsql
AS $function$
declare
  rescued record;
  done bigint := 0;
begin
  for queue in
    with recursive busy as (
      select '' collate "C" as name where pg_catalog.cardinality(names) = 0
      union all
      select least(
        (select lease.queue from holdfast.leases as lease where lease.queue > busy.name order by lease.queue limit 1),
        (select chunk.queue from holdfast.lease_chunks as chunk where chunk.queue > busy.name order by chunk.queue limit 1)
      )
      from busy
      where busy.name is not null
    )
    select busy.name from busy where busy.name > ''
    union all
    (select distinct given.name collate "C" from pg_catalog.unnest(names) as given(name) order by 1)
  loop
    exit when done >= most;
    select one.* into rescued from holdfast.rescue_expired(queue, most - done, expired_error) as one;
    reclaimed := rescued.reclaimed;
    died := rescued.died;
    woken := rescued.woken;
    are_left := rescued.are_left;
    done := done + reclaimed + pg_catalog.cardinality(died);
    return next;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.reseat_groups(in_queue text, crowded text[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  moved text[];
begin
  with pair as materialized (
    select head.place as better, last.place as worse
    from pg_catalog.unnest((select crowded)) as given(group_key)
    cross join lateral (
      select work.ctid as place, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.ready as work
      where work.queue = in_queue and work.group_key = given.group_key and work.has_place
      order by work.rank desc, work.turn desc, work.run_at desc, work.sequence desc
      limit 1
    ) as last
    cross join lateral (
      select work.ctid as place, work.rank, work.turn, work.run_at, work.sequence
      from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = given.group_key
      order by work.rank, work.turn, work.run_at, work.sequence
      limit 1
    ) as head
    where (head.rank, head.turn, head.run_at, head.sequence) < (last.rank, last.turn, last.run_at, last.sequence)
  ), locked as materialized (
    select better.place as better, worse.place as worse
    from pair
    cross join lateral (select work.ctid as place from holdfast.ready as work where work.ctid = pair.worse for update skip locked) as worse
    cross join lateral (
      select work.ctid as place from holdfast.group_lines as work where work.ctid = pair.better for update skip locked
    ) as better
  ), let_in as (
    delete from holdfast.group_lines as work
    where work.ctid = any(array(select locked.better from locked))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), let_out as (
    delete from holdfast.ready as work
    where work.ctid = any(array(select locked.worse from locked))
    returning work.kind, work.id, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority, work.attempts,
      work.group_key, work.is_linked
  ), ready as (
    insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
    select let_in.kind, let_in.id, in_queue, let_in.route, let_in.rank, let_in.turn, let_in.run_at, let_in.sequence, let_in.priority,
      let_in.attempts, let_in.group_key, true, let_in.is_linked
    from let_in
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select let_out.kind, let_out.id, in_queue, let_out.route, let_out.rank, let_out.turn, let_out.run_at, let_out.sequence,
      let_out.priority, let_out.attempts, let_out.group_key, let_out.is_linked
    from let_out
  ), counted as (
    -- Nothing if both rows moved, as they do unless one was changed just before it was locked.
    insert into holdfast.openings (queue, group_key, freed)
    select in_queue, each.group_key, -sum(each.count)
    from (
      select let_in.group_key, 1 as count from let_in
      union all
      select let_out.group_key, -1 from let_out
    ) as each
    group by each.group_key
    having sum(each.count) <> 0
  )
  select pg_catalog.array_agg(let_in.group_key) into moved from let_in;
  return moved;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.resolve_pushes(pushes holdfast.job_push[])
 RETURNS holdfast.job_push[]
 LANGUAGE plpgsql
AS $function$
begin
  return array(
    select row(push.id, push.has_own_id, push.position,
      case
        when same.id is not null then 'kept'
        when other.id is null then 'created'
        when push.replaces and other.status in ('blocked', 'scheduled', 'ready') then 'replaced'
        when push.on_running <> 'keep' and other.status = 'running' and not other.is_throttled then 'created'
        else 'kept'
      end,
      coalesce(same.id, other.id), coalesce(same.status, other.status), push.queue, push.priority, push.run_at, push.max_attempts,
      push.backoff_ms, push.backoff_max_ms, push.timeout_ms, push.execution_id, push.group_key, push.turn, push.route,
      push.unique_key, push.replaces, push.on_running, push.debounce_max_ms, push.throttle_ms, push.policy, push.fails_execution, push.payload)::holdfast.job_push
    from pg_catalog.unnest(pushes) as push
    left join lateral (
      select job.id, job.status from holdfast.job_records as job where push.has_own_id and job.id = push.id limit 1
    ) as same on true
    left join lateral (
      select held.job_id as id, coalesce(held.throttled_until > holdfast.now(), false) as is_throttled, job.status
      from holdfast.job_keys as held
      cross join lateral (
        select record.status from holdfast.job_records as record where record.id = held.job_id limit 1
      ) as job
      where held.queue = push.queue and held.unique_key = push.unique_key
        and (held.throttled_until > holdfast.now() or job.status not in ('succeeded', 'dead', 'canceled'))
      limit 1
    ) as other on same.id is null
    order by push.position
  );
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.run_at_of(job_id text)
 RETURNS timestamp with time zone
 LANGUAGE sql
AS $function$select job.run_at from holdfast.jobs as job where job.id = job_id$function$
;

CREATE OR REPLACE FUNCTION holdfast.save_executions(ids text[], tokens bigint[], versions bigint[], statuses holdfast.status[], strategies holdfast.strategy[], definition_names text[], asked text[], parent_ids text[], parent_task_ids text[], come_before boolean[], new_labels jsonb[], inputs json[], states json[], kept_states integer[], outputs json[], errors json[])
 RETURNS SETOF holdfast.execution_summary
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  total constant integer := cardinality(ids);
  -- In input order. Numbers drawn for existing rows are lost.
  sequences constant bigint[] := array(select nextval('holdfast.executions_sequence_seq') from generate_series(1, total));
  expected constant jsonb := holdfast.expectations(ids, tokens, versions);
  all_statuses constant boolean := cardinality(array_remove(statuses, null)) = total;
  all_strategies constant boolean := cardinality(array_remove(strategies, null)) = total;
  all_labels constant boolean := cardinality(array_remove(new_labels, null)) = total;
  any_kept constant boolean := array_remove(kept_states, null) <> '{}';
  pinned integer[];
  parents text[] := '{}';
begin
  if array_remove(definition_names, null) <> '{}' then
    pinned := holdfast.pin_definitions(definition_names, asked);
  end if;
  if array_remove(parent_ids, null) <> '{}' then
    parents := holdfast.parents_of_saved(ids, parent_ids, come_before);
  end if;
  return query
    insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
      parent_task_id, created_at, updated_at, started_at, finished_at, labels, input, state, keeps_states, output, error)
      overriding system value
    select step.id, step.sequence, 1, coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'), step.definition_name,
      step.pinned, step.parent_id, step.parent_task_id, holdfast.now(), holdfast.now(), holdfast.started_at(null, step.status),
      holdfast.finished_at(null, step.status), coalesce(step.labels, '{}'), step.input, step.state,
      nullif(step.keeps_states, 0), step.output, step.error
    from (
      select given.*
      from unnest((select ids || parents), sequences, statuses, strategies, definition_names, pinned, parent_ids, parent_task_ids, new_labels, inputs,
        states, kept_states, outputs, errors) as given(id, sequence, status, strategy, definition_name, pinned, parent_id, parent_task_id, labels,
        input, state, keeps_states, output, error)
      order by given.id collate "C"
    ) as step
    left join lateral (
      select execution.id from holdfast.executions as execution where step.sequence is null and execution.id = step.id for key share
    ) as parent on true
    -- An ending execution waits for sessions that are adding to it before it is locked as the others are. Otherwise each could wait for
    -- the other.
    left join lateral (
      select execution.id
      from holdfast.executions as execution
      where holdfast.is_terminal(step.status) and execution.id = step.id
      for update
    ) as ending on true
    -- Nothing is inserted for a parent: no id is empty. The condition is on the join, so that the parent is locked first.
    where case when step.sequence is null then parent.id = '' else true end
    order by step.id collate "C"
    on conflict (id) do update set
      version = stored.version + 1,
      status = case
        when all_statuses or excluded.id in (select given.id from unnest(ids, statuses) as given(id, status) where given.status is not null)
        then excluded.status else stored.status
      end,
      strategy = case
        when all_strategies or excluded.id in (
          select given.id from unnest(ids, strategies) as given(id, strategy) where given.strategy is not null
        ) then excluded.strategy else stored.strategy
      end,
      definition_name = coalesce(excluded.definition_name, stored.definition_name),
      definition_version = coalesce(excluded.definition_version, stored.definition_version),
      updated_at = excluded.updated_at, started_at = coalesce(stored.started_at, excluded.started_at),
      finished_at = coalesce(stored.finished_at, excluded.finished_at),
      labels = case
        when all_labels or excluded.id in (select given.id from unnest(ids, new_labels) as given(id, labels) where given.labels is not null)
        then excluded.labels else stored.labels
      end,
      input = coalesce(excluded.input, stored.input), state = coalesce(excluded.state, stored.state),
      keeps_states = case
        when any_kept and excluded.id in (select given.id from unnest(ids, kept_states) as given(id, keep) where given.keep is not null)
        then excluded.keeps_states else stored.keeps_states
      end,
      output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
    where case
      when expected is null or holdfast.is_as_expected(stored.id, stored.version, expected -> stored.id)
      then holdfast.keeps_parent(stored.id, stored.parent_id, stored.parent_task_id, excluded.parent_id, excluded.parent_task_id)
    end
    returning stored.id,
      case when stored.version > 1 or expected is null or holdfast.is_as_expected(stored.id, 0, expected -> stored.id) then stored.version end,
      stored.status, stored.strategy, stored.definition_name, stored.definition_version, stored.parent_id, stored.parent_task_id, stored.idempotency_key,
      stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
  if any_kept then
    perform holdfast.trim_former_states(given.id, '', given.keep)
    from (select named.* from unnest(ids, kept_states) as named(id, keep) order by named.id collate "C") as given
    where given.keep is not null;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.save_task(task_id text, of_execution text, under text, new_name text, new_type holdfast.task_type, new_status holdfast.status, new_strategy holdfast.strategy, new_attempt integer, new_component text, new_agent text, new_action text, new_tool text, new_input json, new_output json, new_error json, expected bigint)
 RETURNS SETOF holdfast.task_summary
 LANGUAGE plpgsql
 ROWS 1
AS $function$
declare
  owner_status holdfast.status;
  saved holdfast.task_summary;
begin
  select execution.status into owner_status from holdfast.executions as execution where execution.id = of_execution for key share;
  if holdfast.is_open(of_execution, owner_status) and under <> '' then
    perform holdfast.check_parents(array[task_id], array[of_execution], array[under]);
  end if;
  loop
    -- An update that finds nothing takes twice as long to start as this look-up.
    perform from holdfast.tasks as stored where stored.id = task_id;
    if found then
      update holdfast.tasks as stored set
        version = stored.version + 1, parent_id = nullif(coalesce(under, stored.parent_id), ''), name = new_name,
        type = coalesce(new_type, stored.type), status = coalesce(new_status, stored.status),
        strategy = coalesce(new_strategy, stored.strategy), attempt = coalesce(new_attempt, stored.attempt),
        component = nullif(coalesce(new_component, stored.component), ''), agent = nullif(coalesce(new_agent, stored.agent), ''),
        action = nullif(coalesce(new_action, stored.action), ''), tool = nullif(coalesce(new_tool, stored.tool), ''),
        updated_at = holdfast.now(), started_at = holdfast.started_at(stored.started_at, coalesce(new_status, stored.status)),
        finished_at = holdfast.finished_at(stored.finished_at, coalesce(new_status, stored.status)),
        input = coalesce(new_input, stored.input), output = coalesce(new_output, stored.output),
        error = coalesce(new_error, stored.error)
      where stored.id = task_id and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, of_execution, expected)
      returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
        stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
        stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
      into saved;
      exit when found;
    end if;
    if owner_status is null or expected > 0 then
      perform holdfast.check_new_tasks(array[task_id], array[of_execution], array[expected], array[of_execution]);
    end if;
    insert into holdfast.tasks as stored (
      id, execution_id, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool,
      created_at, updated_at, started_at, finished_at, input, output, error
    ) values (
      task_id, of_execution, 1, nullif(under, ''), new_name, coalesce(new_type, 'basic'), coalesce(new_status, 'pending'),
      coalesce(new_strategy, 'wait_all'), coalesce(new_attempt, 1), nullif(new_component, ''), nullif(new_agent, ''),
      nullif(new_action, ''), nullif(new_tool, ''), holdfast.now(), holdfast.now(), holdfast.started_at(null, new_status),
      holdfast.finished_at(null, new_status), new_input, new_output, new_error
    ) on conflict (id) do nothing
    returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
      stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
      stored.created_at, stored.updated_at, stored.started_at, stored.finished_at
    into saved;
    -- If another session created it meanwhile, the next round finds it.
    exit when found;
  end loop;
  return next saved;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.save_tasks(ids text[], execution_ids text[], parent_ids text[], names text[], types holdfast.task_type[], statuses holdfast.status[], strategies holdfast.strategy[], attempts integer[], components text[], agents text[], actions text[], tools text[], inputs json[], outputs json[], errors json[], expected bigint[], other_ids text[])
 RETURNS SETOF holdfast.task_summary
 LANGUAGE plpgsql
AS $function$
declare
  missing constant text[] := holdfast.hold_executions(execution_ids);
  total constant bigint := cardinality(ids);
  -- In input order. Numbers drawn for existing rows are lost.
  sequences bigint[];
  added bigint := 0;
  changed bigint;
begin
  if other_ids <> '{}' or total > holdfast.count_tasks(ids) then
    if missing is not null or 0 < any (expected) then
      perform holdfast.check_new_tasks(ids, execution_ids, expected, missing);
    end if;
    sequences := array(select nextval('holdfast.tasks_sequence_seq') from unnest((select ids)));
  end if;
  if cardinality(array_remove(array_remove(parent_ids, null), '')) > 0 then
    perform holdfast.check_parents(ids, execution_ids, parent_ids);
  end if;
  if sequences is not null then
    return query select * from holdfast.insert_or_lock_tasks(ids, sequences, execution_ids, parent_ids, names, types, statuses,
      strategies, attempts, components, agents, actions, tools, inputs, outputs, errors, other_ids);
    get diagnostics added = row_count;
  end if;
  if added < total then
    return query select * from holdfast.change_tasks(ids, sequences, execution_ids, parent_ids, names, types, statuses, strategies,
      attempts, components, agents, actions, tools, inputs, outputs, errors, expected);
    get diagnostics changed = row_count;
    if added + changed < total then
      perform holdfast.fail('40001', 'a task was removed at the same moment', '{}');
    end if;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.serves(capabilities text[], route text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select route = ''
    or array(select pg_catalog.json_array_elements_text(case when route like '[%' then route else '[]' end::json)) <@ capabilities
$function$
;

CREATE OR REPLACE FUNCTION holdfast.settle_jobs(ended text[])
 RETURNS text[]
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  current text[] := ended;
  canceled text[];
  free text[];
  woken text[];
  queues text[] := '{}';
begin
  while pg_catalog.cardinality(current) > 0 loop
    delete from holdfast.job_keys as held
    using (
      select stored.id, stored.queue, stored.unique_key
      from pg_catalog.unnest(current) as given(id)
      cross join lateral (
        select job.id, job.queue, job.unique_key from holdfast.jobs as job where job.id = given.id and job.unique_key is not null limit 1
      ) as stored
    ) as job
    where held.queue = job.queue and held.unique_key = job.unique_key and held.job_id = job.id
      and (held.throttled_until is null or held.throttled_until <= holdfast.now());
    with removed as (
      delete from holdfast.job_dependencies as edge
      using pg_catalog.unnest(current) as given(id)
      where edge.after_id = given.id
      returning edge.after_id, edge.job_id
    ), affected as (
      select removed.job_id::text as id, count(*) as ended, count(*) filter (where first.status = 'succeeded') as succeeded
      from removed
      -- A job that is being removed has no end: it counts as canceled.
      left join lateral (
        select stored.status from holdfast.ended_jobs as stored where stored.id = removed.after_id limit 1
      ) as first on true
      group by removed.job_id
      order by removed.job_id
    ), locked as materialized (
      select affected.id, blocked.blocked_by, job.queue, job.attempts, job.token, job.started_at, job.holder,
        case job.on_dependency_failure when 'ignore' then affected.ended else affected.succeeded end as done,
        job.on_dependency_failure = 'cancel' and affected.succeeded < affected.ended as is_doomed
      from affected
      cross join lateral (
        select stored.blocked_by from holdfast.blocked_jobs as stored where stored.id = affected.id for update
      ) as blocked
      cross join lateral (
        select stored.* from holdfast.jobs as stored where stored.id = affected.id limit 1
      ) as job
    ), gone as (
      delete from holdfast.blocked_jobs as stored using locked
      where stored.id = locked.id and (locked.is_doomed or locked.blocked_by <= locked.done)
    ), counted as (
      update holdfast.blocked_jobs as stored set blocked_by = stored.blocked_by - locked.done::integer
      from locked
      where stored.id = locked.id and not locked.is_doomed and locked.blocked_by > locked.done
    ), died as (
      insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder)
      select locked.id, locked.queue, 'canceled', locked.attempts, locked.token, locked.started_at, holdfast.now(), locked.holder
      from locked where locked.is_doomed
    ), died_count as (
      insert into holdfast.job_counts (queue, status, count)
      select locked.queue, 'canceled', count(*) from locked where locked.is_doomed group by locked.queue
    )
    select
      coalesce(pg_catalog.array_agg(locked.id) filter (where locked.is_doomed), '{}'),
      coalesce(pg_catalog.array_agg(locked.id) filter (where not locked.is_doomed and locked.blocked_by <= locked.done), '{}'),
      coalesce(pg_catalog.array_agg(distinct locked.queue::text)
        filter (where not locked.is_doomed and locked.blocked_by <= locked.done), '{}')
    into canceled, free, woken
    from locked;
    perform holdfast.enqueue_jobs(free);
    queues := queues || woken;
    current := canceled;
  end loop;
  return queues;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.share_executions(ids text[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  locked bigint;
begin
  perform from holdfast.executions as execution where execution.id = any (ids) order by execution.id for key share;
  get diagnostics locked = row_count;
  return locked;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.started_at(was timestamp with time zone, status holdfast.status)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select coalesce(was,
    case when status in ('running', 'waiting', 'paused', 'succeeded', 'failed') then holdfast.now() end)
$function$
;

CREATE OR REPLACE FUNCTION holdfast.sum_usage(before jsonb, added jsonb)
 RETURNS jsonb
 LANGUAGE sql
AS $function$
  select coalesce(pg_catalog.jsonb_object_agg(summed.name, summed.total), '{}')
  from (
    select counter.name, sum(counter.value::numeric) as total
    from (
      select old.key, old.value from pg_catalog.jsonb_each_text(before) as old
      union all
      select new.key, new.value from pg_catalog.jsonb_each_text(added) as new
    ) as counter(name, value)
    group by counter.name
  ) as summed
  where case
    when summed.total <= 9007199254740991 then true
    else holdfast.fail('HF006', pg_catalog.format('usage.%s would be %s, above 2^53 - 1', summed.name, summed.total),
      pg_catalog.json_build_object('field', 'usage.' || summed.name))
  end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.take_early_event(execution text, wait_ids text[], steps text[], keys text[], expiries timestamp with time zone[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  event holdfast.events;
  place integer;
begin
  select kept.* into event from holdfast.events as kept
    where kept.key = any(keys) and kept.consumed_at is null and kept.expires_at > holdfast.now()
    order by kept.sequence
    limit 1
    for update;
  if not found then
    return false;
  end if;
  perform holdfast.consume(event.id, event.dedupe_id);
  place := pg_catalog.array_position(keys, event.key::text);
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
    trace_context)
  values (wait_ids[place], event.key, execution, steps[place], 'delivered', holdfast.now(), expiries[place], holdfast.now(), event.id,
    event.payload, event.trace_context);
  update holdfast.parks as park set woken_by = 'event', step = steps[place], key = event.key, payload = event.payload,
      trace_context = event.trace_context
    where park.execution_id = execution;
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.take_in_turn(events text[], keys text[], takes_all boolean[])
 RETURNS TABLE(event text, wait holdfast.waits)
 LANGUAGE plpgsql
 ROWS 1
 SET enable_seqscan TO 'off'
AS $function$
declare
  woken text[] := '{}';
begin
  for turn in 1 .. pg_catalog.cardinality(events) loop
    event := events[turn];
    for wait in
      select stored.* from holdfast.waits as stored
      where stored.key = keys[turn] and (stored.expires_at is null or stored.expires_at > holdfast.now())
        and (not stored.is_park or stored.execution_id <> all(woken) and (
          select true from holdfast.scheduled as parked where parked.id = stored.execution_id and parked.kind = 'execution'
        ))
      order by stored.sequence
      limit case when takes_all[turn] then null else 1 end
      for update nowait
    loop
      if wait.is_park then
        woken := woken || wait.execution_id::text;
      end if;
      return next;
    end loop;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.take_jobs(job_ids text[], statuses holdfast.job_status[])
 RETURNS TABLE(id text, queue text, status holdfast.job_status, attempts integer, token bigint, started_at timestamp with time zone, holder text, error json, place_of text, is_linked boolean)
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  given text;
  seen holdfast.job_status;
begin
  perform holdfast.unpack_jobs(job_ids);
  for given in
    select wanted.id
    from (select distinct each.id from pg_catalog.unnest(job_ids) as each(id)) as wanted
    order by exists (select from holdfast.blocked_jobs as blocked where blocked.id = wanted.id), wanted.id collate "C"
  loop
    for round in 1..101 loop
      select job.status into seen from holdfast.job_records as job where job.id = given;
      exit when not found or seen <> all(statuses);
      if round > 100 then
        perform holdfast.fail('40001', pg_catalog.format('job %s moves faster than it can be taken', given), '{}');
      end if;
      case seen
        when 'blocked' then
          delete from holdfast.blocked_jobs as stored where stored.id = given
          returning null::integer, null::bigint, null::timestamptz, null::text, null::text, true
          into attempts, token, started_at, holder, place_of, is_linked;
        when 'scheduled' then
          delete from holdfast.scheduled as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, null::bigint, null::timestamptz, null::text, null::text, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
        when 'running' then
          delete from holdfast.leases as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, stored.token, stored.claimed_at, stored.holder, stored.group_key, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
        else
          delete from holdfast.group_lines as stored where stored.id = given and stored.kind = 'job'
          returning stored.attempts, null::bigint, null::timestamptz, null::text, null::text, stored.is_linked
          into attempts, token, started_at, holder, place_of, is_linked;
          if not found then
            delete from holdfast.ready as stored
            using holdfast.jobs as job
            where job.id = given and stored.queue = job.queue and stored.kind = 'job' and stored.route = job.route
              and stored.rank = job.rank and stored.turn = job.turn and stored.run_at = job.run_at
              and stored.sequence = job.sequence and stored.id = given
            returning stored.attempts, null::bigint, null::timestamptz, null::text,
              case when stored.has_place then stored.group_key end, stored.is_linked
            into attempts, token, started_at, holder, place_of, is_linked;
          end if;
      end case;
      if found then
        select job.id, job.queue, seen, coalesce(take_jobs.attempts, job.attempts), coalesce(take_jobs.token, job.token),
          coalesce(take_jobs.started_at, job.started_at), case when seen = 'running' then take_jobs.holder else job.holder end, job.error
        into id, queue, status, attempts, token, started_at, holder, error
        from holdfast.jobs as job
        where job.id = given;
        return next;
        exit;
      end if;
    end loop;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.take_keys(pushes holdfast.job_push[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update holdfast.jobs as job set unique_key = null
  from (
    select push.holder
    from pg_catalog.unnest(pushes) as push
    where push.outcome = 'created' and push.holder is not null
    limit pg_catalog.cardinality(pushes)
  ) as former
  where job.id = former.holder;
  insert into holdfast.job_keys as held (queue, unique_key, job_id, throttled_until)
  select push.queue, push.unique_key, push.id, holdfast.now() + push.throttle_ms * interval '1 millisecond'
  from pg_catalog.unnest(pushes) as push
  where push.unique_key is not null and push.outcome = 'created'
  order by push.queue collate "C", push.unique_key collate "C"
  on conflict (queue, unique_key) do update set job_id = excluded.job_id, throttled_until = excluded.throttled_until;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.take_leases(ids text[], tokens bigint[], is_settled boolean)
 RETURNS TABLE(place bigint, id text, token bigint, queue text, claimed_at timestamp with time zone, attempts integer, holder text, group_key text, is_linked boolean)
 LANGUAGE plpgsql
 ROWS 10
AS $function$
#variable_conflict use_column
declare
  claim record;
begin
  perform holdfast.unpack_claims(tokens);
  for claim in
    select given.id, given.token, given.place
    from rows from (pg_catalog.unnest(ids), pg_catalog.unnest(tokens)) with ordinality as given(id, token, place)
    order by given.id collate "C"
  loop
    delete from holdfast.leases as lease
    where lease.id = claim.id and lease.kind = 'job' and lease.token = claim.token
      and (is_settled or lease.lease_until > holdfast.now())
    returning claim.place, lease.id, lease.token, lease.queue, lease.claimed_at, lease.attempts, lease.holder, lease.group_key,
      lease.is_linked
    into place, id, token, queue, claimed_at, attempts, holder, group_key, is_linked;
    if found then
      return next;
    end if;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.tell_parent()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  unfinished integer;
begin
  if old.status >= 'succeeded' then
    return null;
  end if;
  update holdfast.parks as park set children = park.children - 1
    where park.execution_id = new.parent_id and park.children > 0
    returning park.children into unfinished;
  if unfinished = 0 then
    perform holdfast.wake(new.parent_id, 'children', null, null, null);
  end if;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.trim_former_states(execution text, of_component text, keep integer)
 RETURNS void
 LANGUAGE sql
AS $function$
  delete from holdfast.former_states as former
  where former.execution_id = execution and former.component = of_component and former.version <= (
    select newest.version
    from holdfast.former_states as newest
    where newest.execution_id = execution and newest.component = of_component
    order by newest.version desc
    offset keep limit 1
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.trim_job_failures()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from holdfast.job_failures as former
  where former.job_id = new.job_id and former.token <= (
    select kept.token from holdfast.job_failures as kept
    where kept.job_id = new.job_id and kept.token < new.token
    order by kept.token desc
    offset 10 limit 1
  );
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.turn_before(in_queue text, of_kind holdfast.work_kind, on_route text, of_rank bigint, of_group text)
 RETURNS TABLE(turn bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select greatest(
    0,
    (select queue.turn from holdfast.queues as queue where queue.name = in_queue),
    (select work.turn from holdfast.ready as work
      where work.queue = in_queue and work.kind = of_kind and work.route = on_route and work.rank = of_rank and work.turn > 0
      order by work.turn limit 1),
    (select work.turn from holdfast.ready as work
      where work.queue = in_queue and work.group_key = of_group and not work.has_place
        and work.kind = of_kind and work.route = on_route and work.rank = of_rank
      order by work.turn desc limit 1),
    (select work.turn from holdfast.ready as work
      where work.queue = in_queue and work.group_key = of_group and work.has_place and work.rank = of_rank
      order by work.turn desc limit 1),
    (select work.turn from holdfast.scheduled as work
      where work.queue = in_queue and work.group_key = of_group and work.rank = of_rank
      order by work.turn desc limit 1),
    (select work.turn from holdfast.group_lines as work
      where work.queue = in_queue and work.group_key = of_group and work.rank = of_rank
      order by work.turn desc limit 1)
  )
$function$
;

CREATE OR REPLACE FUNCTION holdfast.unpack_claims(tokens bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.unpack_lease(named.token)
  from (select distinct given.token from pg_catalog.unnest(tokens) as given(token) where given.token % 2 = 0 order by 1) as named;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.unpack_heads(names text[], most bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  name text;
  first record;
begin
  foreach name in array names loop
    loop
      select * into first from holdfast.lock_head_chunk(name, most);
      exit when first.ahead is null or first.ahead >= most;
      perform holdfast.unpack_ready((first.head).id);
    end loop;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.unpack_jobs(job_ids text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  of_chunk bigint;
begin
  for of_chunk in
    select distinct job.chunk_id
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select stored.chunk_id from holdfast.jobs as stored where stored.id = given.id limit 1) as job
    where job.chunk_id is not null
    order by 1
  loop
    perform holdfast.unpack_ready(of_chunk);
    perform holdfast.unpack_lease(chunk.token) from holdfast.lease_chunks as chunk where chunk.chunk_id = of_chunk;
  end loop;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.unpack_lease(of_token bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform from holdfast.lease_chunks as chunk where chunk.token = of_token for update;
  if not found then
    return;
  end if;
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform holdfast.require_unended(of_token);
  end if;
  -- With its own snapshot, from after the lock.
  with gone as (
    delete from holdfast.lease_chunks as chunk where chunk.token = of_token
    returning chunk.token, chunk.queue, chunk.lease_until, chunk.claimed_at, chunk.holder, chunk.ids
  ), forgotten as (
    delete from holdfast.lease_chunk_ends as told where told.token = of_token
  )
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, is_linked)
  select 'job', member.id, gone.token, gone.queue, gone.lease_until, gone.claimed_at, 1, gone.holder, false
  from gone
  cross join lateral pg_catalog.unnest(gone.ids) as member(id)
  where not exists (select from holdfast.ended_jobs as ended where ended.id = member.id);
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.unpack_ready(of_chunk bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  with gone as (
    delete from holdfast.ready_chunks as chunk where chunk.id = of_chunk
    returning chunk.queue, chunk.rank, chunk.run_at, chunk.priority, chunk.ids
  )
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'job', member.id, gone.queue, '', gone.rank, 0, gone.run_at, job.sequence, gone.priority, 0, false, false
  from gone
  cross join lateral pg_catalog.unnest(gone.ids) as member(id)
  cross join lateral (select stored.sequence from holdfast.jobs as stored where stored.id = member.id limit 1) as job;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.unplace_jobs(job_ids text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  with job as materialized (
    select stored.id, stored.queue, stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
    from pg_catalog.unnest(job_ids) as given(id)
    cross join lateral (select each.* from holdfast.jobs as each where each.id = given.id limit 1) as stored
  ), in_line as (
    delete from holdfast.group_lines as work using job where work.id = job.id and work.kind = 'job'
  ), were_ready as (
    delete from holdfast.ready as work using job
    where work.queue = job.queue and work.kind = 'job' and work.route = job.route and work.rank = job.rank and work.turn = job.turn
      and work.run_at = job.run_at and work.sequence = job.sequence and work.id = job.id
    returning work.queue, work.group_key, work.has_place
  )
  insert into holdfast.openings (queue, group_key, freed)
  select work.queue, work.group_key, count(*) from were_ready as work where work.has_place group by work.queue, work.group_key;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.wake(execution text, reason holdfast.wake_reason, of_step text, of_key text, with_payload json, with_trace text DEFAULT NULL::text)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
declare
  lane text;
begin
  perform from holdfast.parks as park where park.execution_id = execution for update;
  delete from holdfast.scheduled as work
    where work.id = execution and work.kind = 'execution'
    returning work.queue into lane;
  if not found then
    return null;
  end if;
  update holdfast.parks as park set woken_by = reason, children = null, step = of_step, key = of_key, payload = with_payload,
      trace_context = with_trace
    where park.execution_id = execution;
  perform holdfast.enqueue_execution(execution, holdfast.now(), 0, null);
  return lane;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.wake_due(in_queue text, most bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  with due as materialized (
    select found.ctid as place
    from holdfast.scheduled as found
    where found.queue = in_queue and found.run_at <= holdfast.now()
    order by found.run_at
    limit (select most)
    for update skip locked
  ), gone as (
    delete from holdfast.scheduled as work
    where work.ctid = any(array(select due.place from due))
    returning work.kind, work.id, work.queue, work.route, work.rank, work.turn, work.run_at, work.sequence, work.priority,
      work.attempts, work.group_key, work.is_linked, work.group_key is not null and coalesce((
        select queue.concurrency_per_group is not null from holdfast.queues as queue where queue.name = in_queue
      ), false) as has_line
  ), lined as (
    insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
    select gone.kind, gone.id, gone.queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
      gone.group_key, gone.is_linked
    from gone where gone.has_line
  ), opened as (
    insert into holdfast.openings (queue, group_key, freed)
    select distinct in_queue, gone.group_key, 0 from gone where gone.has_line
  )
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, has_place, is_linked)
  select gone.kind, gone.id, gone.queue, gone.route, gone.rank, gone.turn, gone.run_at, gone.sequence, gone.priority, gone.attempts,
    gone.group_key, false, gone.is_linked
  from gone where not gone.has_line;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.wake_execution(execution text, with_payload json, with_trace text, OUT is_woken boolean, OUT queue text)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
begin
  perform from holdfast.executions as stored
    where stored.id = execution and stored.queue is not null and stored.finished_at is null
    for no key update;
  is_woken := found;
  if not is_woken then
    return;
  end if;
  -- A woken execution keeps its reason until the next park, also while it waits for another attempt.
  if exists (select from holdfast.parks as park where park.execution_id = execution and park.woken_by is null) and exists (
    select from holdfast.scheduled as work where work.id = execution and work.kind = 'execution' and work.attempts = 0
  ) then
    queue := holdfast.wake(execution, 'call', null, null, with_payload, with_trace);
  end if;
  if queue is null then
    insert into holdfast.wakes (execution_id, payload, trace_context) values (execution, with_payload, with_trace)
      on conflict (execution_id) do update set payload = excluded.payload, trace_context = excluded.trace_context;
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.wake_waiter(execution text, of_step text, of_key text, with_payload json, with_trace text)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
declare
  lane text := holdfast.wake(execution, 'event', of_step, of_key, with_payload, with_trace);
begin
  if lane is null then
    perform holdfast.fail('40001', pg_catalog.format('execution %s was woken at the same moment', execution), '{}');
  end if;
  return lane;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.work_rank(priority integer, run_at timestamp with time zone, aging_ms bigint)
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select case
    when aging_ms is null then priority::bigint
    else pg_catalog.floor(extract(epoch from run_at) * 1000)::bigint + priority * aging_ms
  end
$function$
;
