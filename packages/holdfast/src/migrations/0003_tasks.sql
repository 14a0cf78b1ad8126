-- Tasks: the tree of work inside an execution, and the rules that keep it a tree.

create type holdfast.task_type as enum (
  'basic', 'router', 'parallel', 'collection', 'composite', 'wait', 'signal', 'aggregate', 'memory'
);

create table holdfast.tasks (
  id holdfast.id primary key,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  -- Creation order, for keyset pages and for the order of children.
  sequence bigint generated always as identity,
  version bigint not null,
  parent_id holdfast.id,
  name holdfast.id not null,
  type holdfast.task_type not null,
  status holdfast.status not null,
  strategy holdfast.strategy not null,
  attempt integer not null check (attempt > 0),
  component holdfast.id,
  agent holdfast.id,
  action holdfast.id,
  tool holdfast.id,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  input json,
  output json,
  error json,
  -- A parent lives in the same execution: the pair is the key that parent_id refers to.
  unique (execution_id, id),
  constraint tasks_parent foreign key (execution_id, parent_id)
    references holdfast.tasks (execution_id, id) on delete cascade,
  constraint tasks_work check (
    case type
      when 'basic' then (agent is null) = (action is null) and (agent is null or tool is null)
      when 'router' then agent is null and action is null and tool is null
      else true
    end
  )
) with (fillfactor = 80);

create unique index tasks_sequence on holdfast.tasks (sequence);
create index tasks_of_execution on holdfast.tasks (execution_id, sequence);
create index tasks_of_parent on holdfast.tasks (parent_id, sequence) where parent_id is not null;

create trigger tasks_status_change before update of status on holdfast.tasks
  for each row when (old.status is distinct from new.status)
  execute function holdfast.check_status_change('task');

-- New rows can close a cycle only among themselves, for nothing older can refer to them: every new row must be reachable
-- from a new row whose parent is not new.
create function holdfast.check_new_tasks() returns trigger
  language plpgsql
  as $$
declare
  stranded text;
begin
  with recursive reachable as (
    select added.id
    from added
    where added.parent_id is null
      or not exists (select from added as parent where parent.id = added.parent_id)
    union all
    select added.id
    from reachable
    join added on added.parent_id = reachable.id
  )
  select added.id into stranded
  from added
  where added.parent_id is not null and added.id not in (select reachable.id from reachable)
  order by added.id
  limit 1;
  if stranded is not null then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', stranded),
      pg_catalog.json_build_object('field', 'parentId', 'id', stranded));
  end if;
  return null;
end
$$;

create trigger tasks_without_cycles after insert on holdfast.tasks
  referencing new table as added
  for each statement execute function holdfast.check_new_tasks();

-- A task that moves under another parent may close a cycle with older rows. Moves within one execution follow each other by
-- its row's lock, so that two of them cannot close a cycle that neither sees.
create function holdfast.check_moved_task() returns trigger
  language plpgsql
  as $$
begin
  perform from holdfast.executions where id = new.execution_id for no key update;
  if exists (
    with recursive ancestors as (
      select new.parent_id::text as id
      union
      select task.parent_id::text
      from ancestors
      join holdfast.tasks as task on task.id = ancestors.id
      where task.parent_id is not null
    )
    select from ancestors where ancestors.id = new.id
  ) then
    perform holdfast.fail('HF006', pg_catalog.format('task %s would be its own ancestor', new.id),
      pg_catalog.json_build_object('field', 'parentId', 'id', new.id));
  end if;
  return null;
end
$$;

create trigger tasks_moved after update of parent_id on holdfast.tasks
  for each row when (new.parent_id is not null and old.parent_id is distinct from new.parent_id)
  execute function holdfast.check_moved_task();

-- The status that children give their parent, from how many of them are in which status.
create function holdfast.overall_status(
  strategy holdfast.strategy, total bigint, pending bigint, running bigint, succeeded bigint, failed bigint,
  timed_out bigint, canceled bigint
) returns holdfast.status
  language sql immutable parallel safe
  as $$
  select case
    when total = 0 or pending = total then 'pending'
    when canceled = total then 'canceled'
    when strategy = 'race' and succeeded > 0 then 'succeeded'
    when strategy = 'fail_fast' and failed > 0 then 'failed'
    when strategy = 'fail_fast' and timed_out > 0 then 'timed_out'
    when pending + running > 0 then 'running'
    when strategy = 'best_effort' and succeeded > 0 then 'succeeded'
    when failed > 0 then 'failed'
    when timed_out > 0 then 'timed_out'
    when canceled > 0 and strategy <> 'best_effort' then 'canceled'
    else 'succeeded'
  end::holdfast.status
$$;

-- Carries a task's status up: each ancestor gets the status that its children give it, until one does not change. Locks one
-- ancestor after the other, child before parent, and counts in a snapshot taken after the lock, so that of two children
-- that end at once the second sees the first. A terminal ancestor stays as it is.
create function holdfast.propagate(start text) returns setof text
  language plpgsql
  as $$
declare
  current_id text := start;
  parent holdfast.tasks;
  counts record;
  overall holdfast.status;
  depth integer := 0;
begin
  while current_id is not null and depth < 1000 loop
    depth := depth + 1;
    select * into parent from holdfast.tasks as task where task.id = current_id for no key update;
    exit when not found or holdfast.is_terminal(parent.status);
    select count(*) as total,
      count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status in ('running', 'waiting', 'paused')) as running,
      count(*) filter (where status = 'succeeded') as succeeded,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'timed_out') as timed_out,
      count(*) filter (where status = 'canceled') as canceled
    into counts
    from holdfast.tasks as child where child.parent_id = current_id;
    overall := holdfast.overall_status(parent.strategy, counts.total, counts.pending, counts.running, counts.succeeded,
      counts.failed, counts.timed_out, counts.canceled);
    exit when counts.total = 0 or overall = parent.status or overall = 'pending';
    update holdfast.tasks as task set
      status = overall, version = task.version + 1, updated_at = holdfast.now(),
      started_at = coalesce(task.started_at, holdfast.now()),
      finished_at = case when holdfast.is_terminal(overall) then holdfast.now() end
    where task.id = current_id;
    return next current_id;
    current_id := parent.parent_id;
  end loop;
end
$$;
