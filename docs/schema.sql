-- The schema of Holdfast as its migrations make it, for reading. Written by `npm run schema` from PostgreSQL's catalog, not by
-- hand; what counts is packages/holdfast/src/migrations, where the reasons stand too.

-- Enums

create type holdfast.blob_backend as enum ('postgres', 'folder', 's3');

create type holdfast.catch_up_policy as enum ('skip', 'latest', 'all');

create type holdfast.definition_status as enum ('draft', 'active', 'retired');

create type holdfast.dependency_policy as enum ('cancel', 'ignore');

create type holdfast.job_state as enum ('blocked', 'scheduled', 'ready', 'running', 'succeeded', 'dead', 'canceled');

create type holdfast.overlap_policy as enum ('allow', 'skip', 'buffer_one', 'cancel_previous');

create type holdfast.schedule_state as enum ('active', 'paused', 'ended');

create type holdfast.status as enum ('pending', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'timed_out', 'canceled');

create type holdfast.strategy as enum ('wait_all', 'fail_fast', 'best_effort', 'race');

create type holdfast.task_type as enum ('basic', 'router', 'parallel', 'collection', 'composite', 'wait', 'signal', 'aggregate', 'memory');

create type holdfast.timer_state as enum ('scheduled', 'claimed', 'fired', 'canceled');

-- Domains

create domain holdfast.attempt as integer
  constraint attempt_check CHECK ((VALUE > 0));

create domain holdfast.id as text collate "C"
  constraint id_check CHECK (((octet_length(VALUE) >= 1) AND (octet_length(VALUE) <= 255)));

create domain holdfast.key as text collate "C"
  constraint key_check CHECK ((octet_length(VALUE) <= 1024));

-- Sequences

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
  key text not null,
  content_id holdfast.id not null,
  content_type text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  metadata json,
  constraint blobs_pkey PRIMARY KEY (key),
  constraint blobs_content_id_fkey FOREIGN KEY (content_id) REFERENCES holdfast.blob_contents(id),
  constraint blobs_content_id_key UNIQUE (content_id),
  constraint blobs_key_check CHECK (((octet_length(key) >= 1) AND (octet_length(key) <= 1024)))
);
CREATE INDEX blobs_expiring ON holdfast.blobs USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE TRIGGER blobs_removed AFTER DELETE ON holdfast.blobs FOR EACH ROW EXECUTE FUNCTION holdfast.release_content();
CREATE TRIGGER blobs_replaced AFTER UPDATE OF content_id ON holdfast.blobs FOR EACH ROW WHEN (((old.content_id)::text <> (new.content_id)::text)) EXECUTE FUNCTION holdfast.release_content();

create table holdfast.component_states (
  execution_id holdfast.id not null,
  component holdfast.id not null,
  version bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  state json not null,
  constraint component_states_pkey PRIMARY KEY (execution_id, component),
  constraint component_states_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE
) with (fillfactor=80);

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

create table holdfast.events (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  key holdfast.id not null,
  dedupe_id holdfast.id,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  consumed_at timestamp with time zone,
  payload json,
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
  constraint execution_labels_pkey PRIMARY KEY (execution_id, name),
  constraint execution_labels_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE
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
  idempotency_key holdfast.id,
  fingerprint text,
  holder text,
  token bigint not null default 0,
  lease_until timestamp with time zone,
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
  constraint executions_pkey PRIMARY KEY (id),
  constraint executions_check CHECK (((definition_name IS NULL) = (definition_version IS NULL))),
  constraint executions_definition FOREIGN KEY (definition_name, definition_version) REFERENCES holdfast.definitions(name, version),
  constraint executions_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE DEFERRABLE
) with (fillfactor=80);
CREATE INDEX executions_created ON holdfast.executions USING btree (created_at, sequence);
CREATE INDEX executions_ended ON holdfast.executions USING btree (finished_at, id) WHERE (finished_at IS NOT NULL);
CREATE UNIQUE INDEX executions_idempotency ON holdfast.executions USING btree (idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX executions_labels ON holdfast.executions USING gin (labels jsonb_path_ops) WHERE (labels <> '{}'::jsonb);
CREATE INDEX executions_of_definition ON holdfast.executions USING btree (definition_name, created_at, sequence, definition_version) WHERE (definition_name IS NOT NULL);
CREATE INDEX executions_parent ON holdfast.executions USING btree (parent_id, created_at, sequence) WHERE (parent_id IS NOT NULL);
CREATE INDEX executions_status ON holdfast.executions USING btree (status, created_at, sequence);
CREATE TRIGGER executions_changed_labels AFTER UPDATE OF labels ON holdfast.executions FOR EACH ROW WHEN ((old.labels IS DISTINCT FROM new.labels)) EXECUTE FUNCTION holdfast.index_changed_labels();
CREATE TRIGGER executions_end BEFORE UPDATE OF status ON holdfast.executions FOR EACH ROW WHEN ((holdfast.is_terminal(new.status) AND (NOT holdfast.is_terminal(old.status)))) EXECUTE FUNCTION holdfast.end_execution();
CREATE TRIGGER executions_frozen BEFORE UPDATE ON holdfast.executions FOR EACH ROW WHEN (holdfast.is_terminal(old.status)) EXECUTE FUNCTION holdfast.keep_ended_execution();
CREATE TRIGGER executions_new_labels AFTER INSERT ON holdfast.executions FOR EACH ROW WHEN ((new.labels <> '{}'::jsonb)) EXECUTE FUNCTION holdfast.index_new_labels();
CREATE TRIGGER executions_status_change BEFORE UPDATE OF status ON holdfast.executions FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION holdfast.check_status_change('execution');

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
) with (fillfactor=50);
CREATE TRIGGER history_heads_removed BEFORE DELETE ON holdfast.history_heads FOR EACH ROW EXECUTE FUNCTION holdfast.hand_history_over();

create table holdfast.job_dependencies (
  after_id holdfast.id not null,
  job_id holdfast.id not null,
  constraint job_dependencies_pkey PRIMARY KEY (after_id, job_id),
  constraint job_dependencies_after_id_fkey FOREIGN KEY (after_id) REFERENCES holdfast.jobs(id) ON DELETE CASCADE,
  constraint job_dependencies_job_id_fkey FOREIGN KEY (job_id) REFERENCES holdfast.jobs(id) ON DELETE CASCADE
);
CREATE INDEX job_dependencies_of_job ON holdfast.job_dependencies USING btree (job_id);

create table holdfast.job_openings (
  id bigint generated always as identity not null,
  queue holdfast.id not null,
  group_key holdfast.id not null,
  route text not null,
  rank bigint not null,
  turn bigint not null,
  constraint job_openings_pkey PRIMARY KEY (queue, route, rank, turn, id)
);
CREATE INDEX job_openings_of_group ON holdfast.job_openings USING btree (queue, group_key, id);

create table holdfast.jobs (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  queue holdfast.id not null,
  state holdfast.job_state not null,
  on_dependency_failure holdfast.dependency_policy not null,
  has_dependents boolean not null default false,
  blocked_by integer not null default 0,
  priority integer not null,
  rank bigint not null,
  turn bigint not null default 0,
  route text not null default ''::text,
  has_group_limit boolean not null default false,
  attempts integer not null default 0,
  max_attempts integer not null,
  backoff_ms bigint not null,
  backoff_max_ms bigint not null,
  token bigint not null default 0,
  run_at timestamp with time zone not null,
  lease_until timestamp with time zone,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  holder text,
  group_key holdfast.id,
  unique_key holdfast.id,
  throttled_until timestamp with time zone,
  execution_id holdfast.id,
  payload json,
  result json,
  error json,
  constraint jobs_pkey PRIMARY KEY (id),
  constraint jobs_backoff_ms_check CHECK ((backoff_ms >= 0)),
  constraint jobs_blocked_by_check CHECK ((blocked_by >= 0)),
  constraint jobs_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE,
  constraint jobs_lease CHECK (((state = 'running'::holdfast.job_state) = (lease_until IS NOT NULL))),
  constraint jobs_max_attempts_check CHECK ((max_attempts > 0))
) with (fillfactor=85);
CREATE INDEX jobs_blocked ON holdfast.jobs USING btree (queue) WHERE (state = 'blocked'::holdfast.job_state);
CREATE INDEX jobs_dead ON holdfast.jobs USING btree (queue, id) WHERE (state = 'dead'::holdfast.job_state);
CREATE INDEX jobs_ended ON holdfast.jobs USING btree (queue, state, ((execution_id IS NULL)), finished_at) WHERE (state = ANY (ARRAY['succeeded'::holdfast.job_state, 'dead'::holdfast.job_state, 'canceled'::holdfast.job_state]));
CREATE INDEX jobs_of_execution ON holdfast.jobs USING btree (execution_id, id) WHERE (execution_id IS NOT NULL);
CREATE INDEX jobs_ready ON holdfast.jobs USING btree (queue, has_group_limit, route, rank, turn, run_at, sequence) WHERE (state = 'ready'::holdfast.job_state);
CREATE INDEX jobs_ready_in_group ON holdfast.jobs USING btree (queue, group_key, rank, turn, run_at, sequence) WHERE ((state = 'ready'::holdfast.job_state) AND has_group_limit);
CREATE INDEX jobs_running ON holdfast.jobs USING btree (queue, lease_until) WHERE (state = 'running'::holdfast.job_state);
CREATE INDEX jobs_running_of_group ON holdfast.jobs USING btree (queue, group_key, lease_until) WHERE ((group_key IS NOT NULL) AND (lease_until IS NOT NULL));
CREATE INDEX jobs_scheduled ON holdfast.jobs USING btree (queue, run_at) WHERE (state = 'scheduled'::holdfast.job_state);
CREATE INDEX jobs_throttled ON holdfast.jobs USING btree (queue, unique_key, throttled_until) WHERE (throttled_until IS NOT NULL);
CREATE UNIQUE INDEX jobs_unique ON holdfast.jobs USING btree (queue, unique_key) WHERE ((unique_key IS NOT NULL) AND (state = ANY (ARRAY['blocked'::holdfast.job_state, 'scheduled'::holdfast.job_state, 'ready'::holdfast.job_state, 'running'::holdfast.job_state])));
CREATE INDEX jobs_waiting_of_group ON holdfast.jobs USING btree (queue, group_key, rank, turn) WHERE ((group_key IS NOT NULL) AND (state = ANY (ARRAY['scheduled'::holdfast.job_state, 'ready'::holdfast.job_state])));
CREATE TRIGGER "A_jobs_removed" AFTER DELETE ON holdfast.jobs FOR EACH ROW WHEN ((old.has_dependents AND (old.state = ANY (ARRAY['blocked'::holdfast.job_state, 'scheduled'::holdfast.job_state, 'ready'::holdfast.job_state, 'running'::holdfast.job_state])))) EXECUTE FUNCTION holdfast.settle_removed();
CREATE TRIGGER "B_jobs_opening" AFTER UPDATE OF state, has_group_limit ON holdfast.jobs FOR EACH ROW WHEN ((new.has_group_limit AND ((new.state <> old.state) OR (NOT old.has_group_limit)) AND (new.state <> ALL (ARRAY['running'::holdfast.job_state, 'succeeded'::holdfast.job_state])))) EXECUTE FUNCTION holdfast.open_group();
CREATE TRIGGER "B_jobs_opening_removed" AFTER DELETE ON holdfast.jobs FOR EACH ROW WHEN ((old.has_group_limit AND (old.state = ANY (ARRAY['ready'::holdfast.job_state, 'running'::holdfast.job_state])))) EXECUTE FUNCTION holdfast.open_group();

create table holdfast.kv_entries (
  prefix holdfast.key not null,
  key holdfast.key not null,
  version bigint generated by default as identity not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  value bytea,
  constraint kv_entries_pkey PRIMARY KEY (prefix, key)
) with (fillfactor=80);
CREATE INDEX kv_entries_expiring ON holdfast.kv_entries USING btree (expires_at) WHERE (expires_at IS NOT NULL);

create table holdfast.migrations (
  number integer not null,
  name text not null,
  checksum text not null,
  oldest_client integer not null,
  applied_at timestamp with time zone not null,
  constraint migrations_pkey PRIMARY KEY (number)
);

create table holdfast.queues (
  name holdfast.id not null,
  paused_at timestamp with time zone,
  concurrency integer,
  concurrency_per_group integer,
  rate_limit integer,
  rate_period_ms bigint,
  rate_full_at timestamp with time zone,
  aging_ms bigint,
  has_group_limit boolean not null default false,
  is_limited boolean not null generated always as (((concurrency IS NOT NULL) OR (rate_limit IS NOT NULL) OR has_group_limit)) stored,
  turn bigint not null default 0,
  constraint queues_pkey PRIMARY KEY (name),
  constraint queues_aging_ms_check CHECK ((aging_ms > 0)),
  constraint queues_check CHECK (((rate_limit IS NULL) = (rate_period_ms IS NULL))),
  constraint queues_concurrency_check CHECK ((concurrency > 0)),
  constraint queues_concurrency_per_group_check CHECK ((concurrency_per_group > 0)),
  constraint queues_rate_limit_check CHECK ((rate_limit > 0)),
  constraint queues_rate_period_ms_check CHECK ((rate_period_ms > 0))
);

create table holdfast.schedules (
  id holdfast.id not null,
  queue holdfast.id not null,
  state holdfast.schedule_state not null,
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
  constraint schedules_next CHECK (((state = 'active'::holdfast.schedule_state) = (next_at IS NOT NULL))),
  constraint schedules_paused CHECK (((state = 'paused'::holdfast.schedule_state) = (paused_at IS NOT NULL))),
  constraint schedules_rule CHECK (((cron IS NULL) <> (every_ms IS NULL)))
) with (fillfactor=85);
CREATE INDEX schedules_available ON holdfast.schedules USING btree (available_at) WHERE (available_at IS NOT NULL);
CREATE INDEX schedules_ended ON holdfast.schedules USING btree (GREATEST(updated_at, ends_at)) WHERE (state = 'ended'::holdfast.schedule_state);
CREATE INDEX schedules_of_queue ON holdfast.schedules USING btree (queue, id);
CREATE INDEX schedules_of_state ON holdfast.schedules USING btree (state, id);

create table holdfast.snapshot_versions (
  persistence_id holdfast.id not null,
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
  persistence_id holdfast.id not null,
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
  name holdfast.id not null,
  type holdfast.task_type not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  attempt holdfast.attempt not null,
  component holdfast.id,
  agent holdfast.id,
  action holdfast.id,
  tool holdfast.id,
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
  constraint tasks_parent FOREIGN KEY (parent_id) REFERENCES holdfast.tasks(id) ON DELETE CASCADE DEFERRABLE,
  constraint tasks_work CHECK (
CASE type
    WHEN 'basic'::holdfast.task_type THEN (((agent IS NULL) = (action IS NULL)) AND ((agent IS NULL) OR (tool IS NULL)))
    WHEN 'router'::holdfast.task_type THEN ((agent IS NULL) AND (action IS NULL) AND (tool IS NULL))
    ELSE true
END)
) with (fillfactor=80);
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
CREATE TRIGGER tasks_status_change BEFORE UPDATE OF status ON holdfast.tasks FOR EACH ROW WHEN ((old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION holdfast.check_status_change('task');
CREATE TRIGGER tasks_without_cycles AFTER INSERT ON holdfast.tasks FOR EACH ROW WHEN ((new.parent_id IS NOT NULL)) EXECUTE FUNCTION holdfast.check_new_task();

create table holdfast.timers (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  execution_id holdfast.id not null,
  step holdfast.id not null,
  state holdfast.timer_state not null,
  fire_at timestamp with time zone not null,
  dedupe_key holdfast.id,
  holder text,
  token bigint not null default 0,
  lease_until timestamp with time zone,
  created_at timestamp with time zone not null,
  fired_at timestamp with time zone,
  canceled_at timestamp with time zone,
  payload json,
  constraint timers_pkey PRIMARY KEY (id),
  constraint timers_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE,
  constraint timers_lease CHECK (((state = 'claimed'::holdfast.timer_state) = (lease_until IS NOT NULL)))
);
CREATE INDEX timers_claimed ON holdfast.timers USING btree (lease_until) WHERE (state = 'claimed'::holdfast.timer_state);
CREATE UNIQUE INDEX timers_dedupe ON holdfast.timers USING btree (execution_id, dedupe_key) WHERE (dedupe_key IS NOT NULL);
CREATE INDEX timers_due ON holdfast.timers USING btree (fire_at, sequence) WHERE (state = 'scheduled'::holdfast.timer_state);
CREATE INDEX timers_ended ON holdfast.timers USING btree (state, fire_at, sequence) WHERE (state = ANY (ARRAY['fired'::holdfast.timer_state, 'canceled'::holdfast.timer_state]));
CREATE INDEX timers_expiring ON holdfast.timers USING btree (COALESCE(fired_at, canceled_at)) WHERE ((state = ANY (ARRAY['fired'::holdfast.timer_state, 'canceled'::holdfast.timer_state])) AND (dedupe_key IS NULL));
CREATE INDEX timers_of_execution ON holdfast.timers USING btree (execution_id, fire_at, sequence);

create table holdfast.turns (
  name holdfast.id not null,
  due_at timestamp with time zone not null,
  constraint turns_pkey PRIMARY KEY (name)
);

create table holdfast.waits (
  id holdfast.id not null,
  sequence bigint generated always as identity not null,
  key holdfast.id not null,
  execution_id holdfast.id not null,
  step holdfast.id not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  constraint waits_pkey PRIMARY KEY (id),
  constraint waits_execution_id_fkey FOREIGN KEY (execution_id) REFERENCES holdfast.executions(id) ON DELETE CASCADE,
  constraint waits_execution_id_step_key_key UNIQUE (execution_id, step, key)
);
CREATE INDEX waits_expiring ON holdfast.waits USING btree (expires_at, sequence) WHERE (expires_at IS NOT NULL);
CREATE INDEX waits_of_key ON holdfast.waits USING btree (key, sequence);
CREATE UNIQUE INDEX waits_sequence ON holdfast.waits USING btree (sequence);

-- Functions

CREATE OR REPLACE FUNCTION holdfast.add_usage(before jsonb, added jsonb)
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

CREATE OR REPLACE FUNCTION holdfast.after_ms(ms bigint)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select pg_catalog.date_trunc('milliseconds', holdfast.now() + least(ms, 1) * interval '999 microseconds')
    + ms * interval '1 millisecond'
$function$
;

CREATE OR REPLACE FUNCTION holdfast.are_last_generations(first bigint, amount bigint)
 RETURNS boolean
 LANGUAGE sql
AS $function$select generations.last_value - first + 1 = amount from holdfast.snapshot_generations as generations$function$
;

CREATE OR REPLACE FUNCTION holdfast.blockers_of(blocked text)
 RETURNS integer
 LANGUAGE sql
AS $function$select count(*)::integer from holdfast.job_dependencies as edge where edge.job_id = blocked$function$
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
 RETURNS void
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
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_parents(ids text[], execution_ids text[], parent_ids text[])
 RETURNS void
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
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.check_status_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if holdfast.is_terminal(old.status) or new.status = 'pending' then
    perform holdfast.fail('HF003', pg_catalog.format('a status cannot change from %s to %s', old.status, new.status),
      pg_catalog.json_build_object('entity', tg_argv[0], 'id', new.id, 'expected', new.status, 'actual', old.status));
  end if;
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.end_execution()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform from holdfast.executions as execution where execution.id = new.id for update;
  if pg_catalog.current_setting('transaction_isolation') = 'read committed' then
    update holdfast.history_heads as head set ended_as = new.status where head.execution_id = new.id;
  else
    -- A head that is newer than the snapshot is not seen there; to meet it fails, and the transaction is run again.
    insert into holdfast.history_heads as head (execution_id, next, transaction, ended_as)
    values (new.id, 1, pg_catalog.pg_current_xact_id(), new.status)
    on conflict (execution_id) do update set ended_as = excluded.ended_as;
  end if;
  return new;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.exact(number bigint)
 RETURNS json
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$select pg_catalog.json_build_object('bigint', number::text)$function$
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

CREATE OR REPLACE FUNCTION holdfast.finished_at(was timestamp with time zone, status holdfast.status)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$select coalesce(was, case when holdfast.is_terminal(status) then holdfast.now() end)$function$
;

CREATE OR REPLACE FUNCTION holdfast.generation_of(snapshot_id text)
 RETURNS bigint
 LANGUAGE sql
AS $function$select known.generation from holdfast.snapshots as known where known.persistence_id = snapshot_id$function$
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
      -- Cuts nothing. It keeps this a look-up by index for each row, also in a plan from when the table was empty.
      limit 1
    ) as own on true
    where lineage.source_id is not null
  )
  select lineage.owner_id, lineage.above, lineage.through from lineage
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
  delete from holdfast.execution_labels as stored where stored.execution_id = new.id;
  insert into holdfast.execution_labels (execution_id, name, number, text)
  select new.id, label.name, label.number, label.text from holdfast.label_rows(new.labels) as label;
  return null;
end
$function$
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

CREATE OR REPLACE FUNCTION holdfast.is_content_free(content_id text)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('blob_content:' || content_id, 0))
$function$
;

CREATE OR REPLACE FUNCTION holdfast.is_open(execution_id text, status holdfast.status)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  select case
    when holdfast.is_terminal(status) then
      holdfast.fail('HF003', pg_catalog.format('execution %s has ended (%s) and does not change any more: fork it, or start another',
        execution_id, status), pg_catalog.json_build_object('entity', 'execution', 'id', execution_id, 'status', status))
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

CREATE OR REPLACE FUNCTION holdfast.job_key(queue text, unique_key text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$select pg_catalog.concat(pg_catalog.octet_length(queue), ':', queue, ':', unique_key)$function$
;

CREATE OR REPLACE FUNCTION holdfast.job_rank(priority integer, run_at timestamp with time zone, aging_ms bigint)
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

CREATE OR REPLACE FUNCTION holdfast.job_state_of(job_id text)
 RETURNS holdfast.job_state
 LANGUAGE sql
AS $function$select job.state from holdfast.jobs as job where job.id = job_id$function$
;

CREATE OR REPLACE FUNCTION holdfast.keep_ended_execution()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.strategy, new.definition_name, new.definition_version, new.parent_id, new.idempotency_key, new.fingerprint, new.created_at,
      new.started_at, new.finished_at, new.input::text, new.state::text, new.output::text, new.error::text, new.token)
    is distinct from (old.strategy, old.definition_name, old.definition_version, old.parent_id, old.idempotency_key, old.fingerprint,
      old.created_at, old.started_at, old.finished_at, old.input::text, old.state::text, old.output::text, old.error::text, old.token)
    or new.lease_until is not null and new.lease_until is distinct from old.lease_until
  then
    perform holdfast.is_open(old.id, old.status);
  end if;
  return new;
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

CREATE OR REPLACE FUNCTION holdfast.open_group()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  values (old.queue, old.group_key, '*', old.rank, old.turn);
  return null;
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

CREATE OR REPLACE FUNCTION holdfast.propagate(starts text[])
 RETURNS TABLE(task_id text, task_parent_id text, task_status holdfast.status, task_version bigint)
 LANGUAGE plpgsql
AS $function$
declare
  start_ids text[];
  start_depths bigint[];
  level_depth bigint;
  level_ids text[];
  climbing text[] := '{}';
begin
  perform holdfast.hold_executions_of(starts);
  -- UNION ends the climb where damaged data has a cycle.
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
    perform from holdfast.tasks as task where task.id = any (level_ids) order by task.id desc for no key update;
    if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
      perform from holdfast.tasks as task where task.parent_id = any (level_ids) order by task.id desc
        for share skip locked;
    end if;
    climbing := '{}';
    for task_id, task_parent_id, task_status, task_version in
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
      where counted.id = any (start_ids) and holdfast.is_terminal(counted.status)
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
    -- Where another made it meanwhile, it is there for the next round.
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
  missing text[] := holdfast.hold_executions(execution_ids);
  total constant bigint := cardinality(ids);
  -- In input order. The numbers that are drawn for rows which exist are lost.
  sequences bigint[];
  added bigint := 0;
  changed bigint;
begin
  if other_ids <> '{}' or total > (
    select count(*) from unnest((select ids)) as given(id)
    cross join lateral (select task.version from holdfast.tasks as task where task.id = given.id limit 1) as task
  ) then
    if missing is not null or 0 < any (expected) then
      perform holdfast.check_new_tasks(ids, execution_ids, expected, missing);
    end if;
    sequences := array(select nextval('holdfast.tasks_sequence_seq') from generate_series(1, total));
  end if;
  if cardinality(array_remove(array_remove(parent_ids, null), '')) > 0 then
    perform holdfast.check_parents(ids, execution_ids, parent_ids);
  end if;
  if sequences is not null then
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
      -- Of another nothing is inserted: no id is empty. It is said of the join, so that the other is locked before that.
      where case when step.sequence is null then other.id = '' else true end
      order by step.id collate "C" desc
      on conflict (id) do update set version = stored.version where false
      returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
        stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
        stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
    get diagnostics added = row_count;
  end if;
  if added < total then
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
        limit (select total)
      ) as given
      -- Not those that were inserted above.
      where stored.id = given.id and stored.sequence is distinct from given.sequence
        and holdfast.may_save_task(stored.id, stored.execution_id, stored.version, given.execution_id, given.expected)
      returning stored.id, stored.execution_id, stored.sequence, stored.version, stored.parent_id, stored.name, stored.type,
        stored.status, stored.strategy, stored.attempt, stored.component, stored.agent, stored.action, stored.tool, stored.usage,
        stored.created_at, stored.updated_at, stored.started_at, stored.finished_at;
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
  select route in ('', '*')
    or array(select pg_catalog.json_array_elements_text(case when route like '[%' then route else '[]' end::json)) <@ capabilities
$function$
;

CREATE OR REPLACE FUNCTION holdfast.settle_dependents(ended text[])
 RETURNS text[]
 LANGUAGE plpgsql
AS $function$
declare
  current text[] := ended;
  canceled text[];
  woken text[];
  queues text[] := '{}';
begin
  while pg_catalog.cardinality(current) > 0 loop
    with removed as (
      delete from holdfast.job_dependencies as edge
      using (
        select given.id
        from pg_catalog.unnest(current) as given(id)
        -- The limits here cut nothing. They make the planner expect one row, and so go by the index even in a plan from when the
        -- tables were empty; the sub-selects in lateral joins are one look-up a row for the same reason.
        limit pg_catalog.cardinality(current)
      ) as ended
      where edge.after_id = ended.id
      returning edge.after_id, edge.job_id
    ), affected as (
      select removed.job_id as id, count(*) as ended, count(*) filter (where first.state = 'succeeded') as succeeded
      from removed
      -- Of a job that is being removed there is no row any more: it counts as canceled.
      left join lateral (
        select job.state from holdfast.jobs as job where job.id = removed.after_id limit 1
      ) as first on true
      group by removed.job_id
      order by removed.job_id
    ), locked as materialized (
      -- Whether it is blocked is looked at below: a condition here would invite a plan that reads all blocked jobs by their index.
      select affected.id, job.state,
        case job.on_dependency_failure when 'ignore' then affected.ended else affected.succeeded end as done,
        job.on_dependency_failure = 'cancel' and affected.succeeded < affected.ended as doomed
      from affected
      cross join lateral (
        select dependent.state, dependent.on_dependency_failure
        from holdfast.jobs as dependent
        where dependent.id = affected.id
        for no key update
      ) as job
    ), settled as (
      update holdfast.jobs as job set
        blocked_by = job.blocked_by - counted.done::integer,
        state = case
          when counted.doomed then 'canceled'
          when job.blocked_by > counted.done then 'blocked'
          -- A job without a moment of its own is due when it is created, which may be after this statement's time: it waited for the
          -- locks of the push.
          when job.run_at > holdfast.now() and job.run_at > job.created_at then 'scheduled'
          else 'ready'
        end::holdfast.job_state,
        finished_at = case when counted.doomed then holdfast.now() end
      from (
        select locked.id, locked.done, locked.doomed
        from locked
        where locked.state = 'blocked'
        limit 1000000000 * pg_catalog.cardinality(current)::bigint
      ) as counted
      where job.id = counted.id
      returning job.id, job.queue, job.state, job.has_dependents
    )
    select
      coalesce(pg_catalog.array_agg(settled.id::text) filter (where settled.state = 'canceled' and settled.has_dependents), '{}'),
      coalesce(pg_catalog.array_agg(distinct settled.queue::text) filter (where settled.state in ('scheduled', 'ready')), '{}')
    into canceled, woken
    from settled;
    queues := queues || woken;
    current := canceled;
  end loop;
  return queues;
end
$function$
;

CREATE OR REPLACE FUNCTION holdfast.settle_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform holdfast.settle_dependents(array[old.id::text]);
  return null;
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

CREATE OR REPLACE FUNCTION holdfast.turn_before(in_queue text, on_route text, of_rank bigint, of_group text)
 RETURNS TABLE(turn bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select greatest(
    0,
    (select queue.turn from holdfast.queues as queue where queue.name = in_queue),
    (select job.turn from holdfast.jobs as job
      where job.queue = in_queue and job.route = on_route and job.rank = of_rank and job.turn > 0
        and job.state = 'ready' and not job.has_group_limit
      order by job.turn limit 1),
    (select job.turn from holdfast.jobs as job
      where job.queue = in_queue and job.group_key = of_group and job.rank = of_rank and job.state in ('scheduled', 'ready')
      order by job.turn desc limit 1)
  )
$function$
;
