-- Tasks: the tree of work inside an execution, and the rules that keep it a tree.

create type holdfast.task_type as enum (
  'basic', 'router', 'parallel', 'collection', 'composite', 'wait', 'signal', 'aggregate', 'memory'
);

-- When an execution or a task first ran: set by the first status that says so, and kept. Null if it was canceled or timed out before it
-- ran.
create function holdfast.started_at(was timestamptz, status holdfast.status) returns timestamptz
  language sql stable parallel safe
  as $$
  select coalesce(was,
    case when status in ('running', 'waiting', 'paused', 'succeeded', 'failed') then holdfast.now() end)
$$;

-- When an execution or a task ended: set by its first terminal status, which is also its last.
create function holdfast.finished_at(was timestamptz, status holdfast.status) returns timestamptz
  language sql stable parallel safe
  as 'select coalesce(was, case when holdfast.is_terminal(status) then holdfast.now() end)';

create table holdfast.tasks (
  id holdfast.id primary key,
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  -- Creation order, for keyset pages and for the order of children.
  sequence bigint generated always as identity,
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
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  usage jsonb not null default '{}',
  input json,
  output json,
  error json,
  -- By id alone. With the pair (execution_id, id), a plan from when the table was small would read all tasks of the execution to check
  -- one parent. The triggers below check that it is in the same execution.
  constraint tasks_parent foreign key (parent_id) references holdfast.tasks (id) on delete cascade deferrable
) with (fillfactor = 80);

create unique index tasks_sequence on holdfast.tasks (sequence);
create index tasks_of_execution on holdfast.tasks (execution_id, sequence);
-- Few tasks have no parent, so most inserts skip this index.
create index tasks_roots_by_name on holdfast.tasks (execution_id, name) where parent_id is null;
create index tasks_of_parent on holdfast.tasks (parent_id, sequence) where parent_id is not null;
create index tasks_of_parent_by_name on holdfast.tasks (parent_id, name) where parent_id is not null;
-- So that counting tasks does not compare all of them: only retried tasks can replace another.
create index tasks_retried on holdfast.tasks (execution_id, parent_id, name) where attempt > 1;
-- It makes a status change 10 to 20 percent more expensive, because such updates are then not HOT. Without it, finding the failed tasks
-- of a large store would read all tasks.
create index tasks_status on holdfast.tasks (status, sequence);
create index tasks_name on holdfast.tasks (name, sequence);
create index tasks_component on holdfast.tasks (component, sequence) where component is not null;
create index tasks_agent on holdfast.tasks (agent, sequence) where agent is not null;
create index tasks_action on holdfast.tasks (action, sequence) where action is not null;
create index tasks_tool on holdfast.tasks (tool, sequence) where tool is not null;

-- A basic task has an agent with its action, or a tool, or nothing of these. A router has nothing.
create function holdfast.check_work() returns trigger
  language plpgsql
  as $$
begin
  if new.type = 'router' or new.type = 'basic' and ((new.agent is null) <> (new.action is null) or new.agent is not null and new.tool is not null)
  then
    perform holdfast.refuse_row('tasks', 'tasks_work', new.id);
  end if;
  return new;
end
$$;

create trigger tasks_work before insert or update of type, agent, action, tool on holdfast.tasks
  for each row when (new.agent is not null or new.action is not null or new.tool is not null)
  execute function holdfast.check_work();

create function holdfast.change_task_status() returns trigger
  language plpgsql
  as $$
begin
  perform holdfast.may_change_status('task', new.id, old.status, new.status);
  return new;
end
$$;

-- The condition is short, because each statement that fires a trigger parses it. The few changes that it lets through are compared there.
create trigger tasks_status_change before update of status on holdfast.tasks
  for each row when (old.status >= 'succeeded' or new.status < old.status)
  execute function holdfast.change_task_status();

-- Whether a task is above itself, among the tasks that are not older than it. In a cycle, the oldest task finds all others this way.
create function holdfast.is_own_ancestor(task_id text, oldest bigint) returns boolean
  language sql stable
  -- Because the plan is made once, usually while there are few tasks.
  set enable_seqscan = off
  as $$
  with recursive above as (
    select task.parent_id::text as id from holdfast.tasks as task where task.id = task_id
    union
    select task.parent_id::text
    from above
    join holdfast.tasks as task on task.id = above.id
    where task.sequence >= oldest
  )
  select exists (select from above where above.id = task_id)
$$;

-- A parent must be in the execution of its children. New rows can form a cycle only among themselves, because nothing older can refer to
-- them. A cycle has a task that is older than its parent, and such a task is rare.
--
-- A row trigger, for tasks with a parent. A statement trigger with a table of new rows would take as long as the rest of an insert
-- without one.
create function holdfast.check_new_task() returns trigger
  language plpgsql
  as $$
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
$$;

create trigger tasks_without_cycles after insert on holdfast.tasks
  for each row when (new.parent_id is not null)
  execute function holdfast.check_new_task();

-- A task that moves under another parent may form a cycle with older rows. Moves within one execution are serialized, so that two of them
-- cannot form a cycle that neither sees. Above READ COMMITTED, waiting does not renew the snapshot. There, the lock on the ancestors
-- fails if one has moved since.
create function holdfast.check_moved_task() returns trigger
  language plpgsql
  as $$
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
$$;

create trigger tasks_moved after update of parent_id on holdfast.tasks
  for each row when (new.parent_id is not null and old.parent_id is distinct from new.parent_id)
  execute function holdfast.check_moved_task();

-- The status that children give their parent, from their numbers by status. `running` includes waiting and paused children.
create function holdfast.overall_status(
  strategy holdfast.strategy, total bigint, pending bigint, running bigint, succeeded bigint, failed bigint,
  timed_out bigint, canceled bigint
) returns holdfast.status
  language sql immutable parallel safe
  as $$
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
$$;
