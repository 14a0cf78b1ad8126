-- Queues: their settings, and the narrow tables in which jobs and executions wait and are leased.
--
-- The table of a piece of work is its state. It is in `scheduled` until its time, and in `group_lines` until its group has a slot. It is
-- in `ready` until a claim, and in `leases` while a holder has it. A move is a delete and an insert in one statement. Each row has
-- everything that the next table needs, so no move reads or writes the job or the execution itself.

create type holdfast.work_kind as enum ('job', 'execution');

-- Settings of queues. A queue without a row can still have work.
create table holdfast.queues (
  name holdfast.id primary key,
  paused_at timestamptz,
  -- How many of its jobs and executions are leased at once, and how many of one group.
  concurrency integer check (concurrency > 0),
  concurrency_per_group integer check (concurrency_per_group > 0),
  -- A token bucket of `rate_limit` claims, refilled evenly over the period; null for no limit.
  rate_limit integer check (rate_limit > 0),
  rate_period_ms bigint check (rate_period_ms > 0),
  -- When the bucket is full again if nothing is claimed until then.
  rate_full_at timestamptz,
  -- How long work waits before it has overtaken work of the next better priority.
  aging_ms bigint check (aging_ms > 0),
  -- The time limit of a handler for a job without its own.
  timeout_ms bigint check (timeout_ms > 0),
  -- Claims of such a queue are serialized by a lock on this row.
  is_limited boolean not null
    generated always as (concurrency is not null or rate_limit is not null or concurrency_per_group is not null) stored,
  -- The turn of the last claimed work, if claims are serialized.
  turn bigint not null default 0,
  check ((rate_limit is null) = (rate_period_ms is null))
);

-- Work that a claim may take now, in the order of its index.
create table holdfast.ready (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  queue text collate "C" not null,
  -- The capabilities that a claimer needs: '' for none, else a sorted JSON array of names.
  route text collate "C" not null,
  -- The first criterion of a claim: the priority or, with aging, the time when it has overtaken all work of priority 0.
  rank bigint not null,
  -- The second criterion: the groups in turn. 0 for work without a group, and for retried work.
  turn bigint not null,
  run_at timestamptz not null,
  -- The last criterion: push order.
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text collate "C",
  -- Whether it holds a slot of its group, which has a limit.
  has_place boolean not null,
  -- Whether it has a unique key or dependent jobs, which its end must settle.
  is_linked boolean not null
);

-- Not unique, and without a primary key. A claim and a cancellation know the whole order key, and a second index would make each push a
-- tenth slower.
create index ready_order on holdfast.ready (queue, kind, route, rank, turn, run_at, sequence);

-- For the last turn of a group. In a queue whose groups have a limit, it finds only work that was pushed before the limit was set.
create index ready_of_group on holdfast.ready (queue, group_key, kind, route, rank, turn) where group_key is not null and not has_place;
create index ready_executions on holdfast.ready (id) where kind = 'execution';

-- Work that has a slot and waits for a claim. The last of a group gives its slot to better work that comes later.
create index ready_with_place on holdfast.ready (queue, group_key, rank, turn, run_at, sequence) where has_place;

-- Work that waits for its time. The time is infinite for an execution that only waits for an event or its children. Deleting a row here
-- grants the right to wake its work.
create table holdfast.scheduled (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  queue text collate "C" not null,
  route text collate "C" not null,
  rank bigint not null,
  turn bigint not null,
  run_at timestamptz not null,
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text collate "C",
  is_linked boolean not null,
  primary key (id, kind)
);
create index scheduled_due on holdfast.scheduled (queue, run_at);

-- For the last turn of a group.
create index scheduled_of_group on holdfast.scheduled (queue, group_key, rank, turn) where group_key is not null;

-- The lines of groups that have a limit: due work without a slot.
create table holdfast.group_lines (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  queue text collate "C" not null,
  route text collate "C" not null,
  rank bigint not null,
  turn bigint not null,
  run_at timestamptz not null,
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text collate "C" not null,
  is_linked boolean not null,
  primary key (id, kind)
);
create index group_lines_order on holdfast.group_lines (queue, group_key, rank, turn, run_at, sequence);

-- How many slots of a group are taken by ready and leased work. Only claims write it, under the lock of the queue.
create table holdfast.places (
  queue text collate "C" not null,
  group_key text collate "C" not null,
  used integer not null check (used >= 0),
  primary key (queue, group_key)
) with (fillfactor = 50);

-- Says that a group may have both a slot and work to fill it: work joined its line (freed 0), or gave slots back. Pushes and ends insert
-- it and never wait for it, so a long transaction delays nobody of its group. Claims fold the rows into `places` and admit the next work.
create table holdfast.openings (
  queue text collate "C" not null,
  group_key text collate "C" not null,
  freed integer not null
);
create index openings_of_queue on holdfast.openings (queue, group_key);

-- The holder of a job or an execution, and the end of its lease. The id is the key, so a double claim is impossible. Work without a row
-- here is not running. So the row is the fence of every later call: the token is the caller's and the lease has not expired.
create table holdfast.leases (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  token bigint not null,
  -- null for the lease of an execution that is in no queue.
  queue text collate "C",
  lease_until timestamptz not null,
  claimed_at timestamptz not null,
  attempts integer not null,
  holder text,
  -- The group whose slot it holds; null if the group has no limit.
  group_key text collate "C",
  is_linked boolean not null,
  primary key (id, kind)
) with (fillfactor = 70);
create index leases_of_queue on holdfast.leases (queue, lease_until) where queue is not null;

-- These tables are sometimes empty, and hold much a moment later. A plan from when a table had hardly a page reads it from its start
-- until its next ANALYZE. After a large push, that would cost each claim milliseconds. So they have twenty pages from the beginning, and
-- keep them. Then no plan reads a whole table to find a few rows. No index has the long values: it would compress them, and each look-up
-- until the first vacuum would meet one and unpack it.
alter table holdfast.ready set (vacuum_truncate = off);

alter table holdfast.scheduled set (vacuum_truncate = off);

alter table holdfast.group_lines set (vacuum_truncate = off);

alter table holdfast.openings set (vacuum_truncate = off);

alter table holdfast.leases set (vacuum_truncate = off);

insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
select 'job', pg_catalog.repeat('-', 1500) || number, '-', '', 0, 0, 'epoch', 0, 0, 0, false, false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
select 'job', '-' || number, '-', pg_catalog.repeat('-', 1500), 0, 0, 'epoch', 0, 0, 0, false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
select 'job', '-' || number, '-', pg_catalog.repeat('-', 1500), 0, 0, 'epoch', 0, 0, 0, '-', false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.openings (queue, group_key, freed)
select '-', pg_catalog.repeat('-', 1500) || number, 0
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.leases (kind, id, token, lease_until, claimed_at, attempts, holder, is_linked)
select 'job', '-' || number, 0, 'epoch', 'epoch', 0, pg_catalog.repeat('-', 1500), false
from pg_catalog.generate_series(1, 100) as number;

delete from holdfast.ready;

delete from holdfast.scheduled;

delete from holdfast.group_lines;

delete from holdfast.openings;

delete from holdfast.leases;

-- The first criterion of a claim. With aging it is a time: each step of priority counts as a fixed waiting time. Stable because extract
-- is: PostgreSQL inlines no function that claims to be more than its body.
create function holdfast.work_rank(priority integer, run_at timestamptz, aging_ms bigint) returns bigint
  language sql stable parallel safe
  as $$
  select case
    when aging_ms is null then priority::bigint
    else pg_catalog.floor(extract(epoch from run_at) * 1000)::bigint + priority * aging_ms
  end
$$;

-- When the token bucket of a rate is full again, after a number of claims; null without a rate.
create function holdfast.rate_after(full_at timestamptz, claims bigint, rate_limit integer, rate_period_ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select greatest(full_at, holdfast.now()) + claims * rate_period_ms / rate_limit::double precision * interval '1 millisecond'
$$;

-- Whether a claimer with these capabilities may have the work of a route.
create function holdfast.serves(capabilities text[], route text) returns boolean
  language sql immutable parallel safe
  as $$
  select route = ''
    or array(select pg_catalog.json_array_elements_text(case when route like '[%' then route else '[]' end::json)) <@ capabilities
$$;

-- The turn after which the next work of a group comes. It is that of the group's last waiting work or, if the other groups are further
-- ahead, of the next work to claim. Concurrent pushes of one group do not see each other and get the same turns, which avoids a lock.
-- Returns a table, which PostgreSQL inlines.
create function holdfast.turn_before(in_queue text, of_kind holdfast.work_kind, on_route text, of_rank bigint, of_group text)
  returns table (turn bigint)
  language sql stable
  as $$
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
$$;
