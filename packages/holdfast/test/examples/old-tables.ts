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
};
