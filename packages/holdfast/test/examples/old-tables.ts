/** The tables of the systems that Holdfast replaces, as far as their pages move them, with a few rows. */
export const oldTables: Readonly<Record<string, string>> = {
  cascade: `
    create table flow_definitions (id text primary key, data jsonb, created_at timestamptz, updated_at timestamptz);
    create table flow_instances
      (id text primary key, flow_id text, status text, data jsonb, created_at timestamptz, updated_at timestamptz);
    create table component_states
      (flow_instance_id text, step_id text, state jsonb, updated_at timestamptz, primary key (flow_instance_id, step_id));
    create table timers
      (id text primary key, flow_instance_id text, step_id text, scheduled_time timestamptz, status text, created_at timestamptz);
    insert into flow_definitions values ('order', '{"id":"order","version":"1.0.0","steps":[]}', now(), now());
    insert into flow_instances values
      ('instance-1', 'order', 'WaitingForEvent',
        '{"trigger_data":{"sku":"A1"},"correlation_data":{"charge":"payment-1","ship":"payment-1"}}', now(), now()),
      ('instance-2', 'order', 'Failed', '{"trigger_data":{"sku":"B2"},"error":"no money"}', now(), now());
    insert into component_states values ('instance-1', 'charge', '{"tries":2}', now());
    insert into timers values
      ('timer-1', 'instance-1', 'remind', now() + interval '1 day', 'pending', now()),
      ('timer-2', 'instance-2', 'remind', now(), 'completed', now());
  `,
  compozy: `
    create table workflow_states (workflow_exec_id text primary key, workflow_id text not null, status text not null,
      usage jsonb, input jsonb, output jsonb, error jsonb, created_at timestamptz default now(),
      updated_at timestamptz default now());
    create table task_states (task_exec_id text primary key, task_id text not null, workflow_exec_id text not null,
      workflow_id text not null, component text, status text not null, execution_type text, usage jsonb, parent_state_id text,
      agent_id text, action_id text, tool_id text, input jsonb, output jsonb, error jsonb,
      created_at timestamptz default clock_timestamp(), updated_at timestamptz default now());
    insert into workflow_states (workflow_exec_id, workflow_id, status, input, usage) values ('run-1', 'etl', 'RUNNING',
      '{"env":"test"}', '[{"provider":"openai","model":"gpt","prompt_tokens":7,"completion_tokens":3,"total_tokens":10}]');
    insert into task_states (task_exec_id, task_id, workflow_exec_id, workflow_id, component, status, execution_type) values
      ('task-1', 'fan-out', 'run-1', 'etl', 'task', 'RUNNING', 'parallel');
    insert into task_states
      (task_exec_id, task_id, workflow_exec_id, workflow_id, component, status, execution_type, parent_state_id, tool_id, output, usage)
      values ('task-2', 'child', 'run-1', 'etl', 'tool', 'SUCCESS', 'basic', 'task-1', 'loader', '{"rows":5}',
        '[{"provider":"openai","model":"gpt","prompt_tokens":4,"agent_ids":["a"]},
          {"provider":"openai","model":"gpt","prompt_tokens":3,"completion_tokens":3}]');
  `,
  ego: `
    create table states_store (persistence_id varchar(255) primary key, version_number bigint not null, state_payload bytea not null,
      state_manifest varchar(255) not null, timestamp bigint not null, shard_number bigint not null);
    insert into states_store values ('account-42', 5, '\\x082a', 'billing.AccountState', 1700000000000, 7);
  `,
  nebula: `
    create table workflows (id uuid primary key, name varchar(255), version integer, definition jsonb, status varchar(50),
      created_at timestamptz, updated_at timestamptz, deployed_at timestamptz, unique (name, version));
    create table executions (id uuid primary key, workflow_id uuid references workflows (id), status varchar(50),
      started_at timestamptz, completed_at timestamptz, state jsonb, error text, created_at timestamptz, updated_at timestamptz);
    create table workflow_jobs (id uuid primary key, workflow_id uuid, execution_id uuid, priority integer default 0,
      scheduled_at timestamptz, locked_by uuid, locked_at timestamptz, retry_count integer default 0, max_retries integer default 3,
      status varchar(50), payload jsonb, error text, created_at timestamptz);
    insert into workflows values
      ('00000000-0000-0000-0000-000000000001', 'resize', 1, '{"steps":[]}', 'deployed', now(), now(), now()),
      ('00000000-0000-0000-0000-000000000002', 'resize', 2, '{"steps":[{"id":"a"}]}', 'deployed', now(), now(), now());
    insert into executions values ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000002', 'completed',
      now(), now(), '{"at":"end"}', null, now(), now());
    insert into workflow_jobs
      select gen_random_uuid(), '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-00000000000a', priority, now(),
        locked_by, null, retries, 3, status, to_jsonb(payload), null, now()
      from (values
        (0, '00000000-0000-0000-0000-0000000000ff'::uuid, 2, 'running', 'locked'::text),
        (9, null, 0, 'pending', 'urgent'),
        (0, null, 0, 'completed', 'done')
      ) as job (priority, locked_by, retries, status, payload);
  `,
  "workflow-store": `
    create table workflow_store (prefix varchar(255) not null, key varchar(255) not null, value bytea,
      created_at timestamp default current_timestamp, updated_at timestamp default current_timestamp, primary key (prefix, key));
    insert into workflow_store (prefix, key, value) values ('flow', 'a', '\\x00ff'), ('flow', 'B', null);
  `,
  "pg-boss": `
    create schema pgboss;
    create type pgboss.job_state as enum ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');
    create table pgboss.job (id uuid not null, name text not null, priority integer default 0 not null, data jsonb,
      state pgboss.job_state default 'created' not null, retry_limit integer default 2 not null, retry_count integer default 0 not null,
      retry_delay integer default 0 not null, expire_seconds integer default 900 not null, group_id text,
      start_after timestamptz default now() not null, created_on timestamptz default clock_timestamp() not null, primary key (name, id));
    create table pgboss.job_dependency (child_name text, child_id uuid, parent_name text, parent_id uuid);
    create table pgboss.schedule (name text, key text not null default '', kind text not null default 'cron', cron text, timezone text,
      data jsonb, primary key (name, key));
    insert into pgboss.job (id, name, priority, data, state, retry_limit, retry_count, retry_delay, group_id, start_after) values
      ('00000000-0000-0000-0000-000000000001', 'mail', 5, '{"to":"ada"}', 'retry', 3, 1, 2, 'tenant-1', now()),
      ('00000000-0000-0000-0000-000000000002', 'mail', 0, '{"to":"bob"}', 'created', 2, 0, 0, null, now() + interval '1 day'),
      ('00000000-0000-0000-0000-000000000003', 'report', 0, null, 'active', 2, 0, 0, null, now()),
      ('00000000-0000-0000-0000-000000000004', 'report', 0, null, 'completed', 2, 0, 0, null, now()),
      ('00000000-0000-0000-0000-000000000005', 'report', 0, '{"sum":1}', 'created', 2, 0, 0, null, now());
    insert into pgboss.job_dependency values
      ('report', '00000000-0000-0000-0000-000000000005', 'report', '00000000-0000-0000-0000-000000000003'),
      ('report', '00000000-0000-0000-0000-000000000005', 'report', '00000000-0000-0000-0000-000000000004');
    insert into pgboss.schedule values
      ('mail', 'nightly', 'cron', '0 3 * * *', 'Europe/Berlin', '{"to":"all"}'), ('mail', '', 'rrule', 'FREQ=DAILY', 'UTC', null);
  `,
  "graphile-worker": `
    create schema graphile_worker;
    create table graphile_worker._private_tasks (id integer primary key, identifier text not null unique);
    create table graphile_worker._private_job_queues (id integer primary key, queue_name text not null unique);
    create table graphile_worker._private_jobs (id bigint generated always as identity primary key,
      job_queue_id integer references graphile_worker._private_job_queues,
      task_id integer not null references graphile_worker._private_tasks, payload json not null default '{}',
      priority smallint not null default 0, run_at timestamptz not null default now(), attempts smallint not null default 0,
      max_attempts smallint not null default 25, key text unique, locked_at timestamptz, locked_by text);
    insert into graphile_worker._private_tasks values (1, 'mail'), (2, 'report');
    insert into graphile_worker._private_job_queues values (1, 'tenant-1');
    insert into graphile_worker._private_jobs (job_queue_id, task_id, payload, priority, attempts, max_attempts, key, locked_at) values
      (null, 2, '{"n":1}', 0, 25, 25, null, null),
      (1, 1, '{"to":"ada"}', -1, 1, 7, 'ada', now()),
      (1, 1, '{"to":"bob"}', 0, 0, 25, null, null),
      (null, 2, '{}', 0, 0, 25, null, null);
  `,
};
