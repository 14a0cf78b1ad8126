-- Queues: what is set for them, and the narrow tables in which jobs and executions wait and are leased.
--
-- Where a piece of work is, is the table it is in: `scheduled` until its moment, `group_lines` until its group has a place, `ready`
-- until a claim, `leases` while a holder has it. A move is a delete and an insert in one statement. Each row has all that the next
-- table needs, so that no move reads or writes the job or the execution itself.

create type holdfast.work_kind as enum ('job', 'execution');

-- What is set for queues; a queue needs no row to have work.
create table holdfast.queues (
  name holdfast.id primary key,
  paused_at timestamptz,
  -- How many of its jobs and executions are leased at once, and how many of one group.
  concurrency integer check (concurrency > 0),
  concurrency_per_group integer check (concurrency_per_group > 0),
  -- A token bucket of `rate_limit` claims, refilled evenly over the period; null where any number is.
  rate_limit integer check (rate_limit > 0),
  rate_period_ms bigint check (rate_period_ms > 0),
  -- When the bucket is full again if nothing is claimed until then.
  rate_full_at timestamptz,
  -- How long work waits until it has overtaken that of the next lower priority.
  aging_ms bigint check (aging_ms > 0),
  -- Claims of such a queue follow each other, by a lock on this row.
  is_limited boolean not null
    generated always as (concurrency is not null or rate_limit is not null or concurrency_per_group is not null) stored,
  -- The turn of the last claimed work, where claims follow each other.
  turn bigint not null default 0,
  check ((rate_limit is null) = (rate_period_ms is null))
);

-- What a claim may take now, in the order of its index.
create table holdfast.ready (
  kind holdfast.work_kind not null,
  id text collate "C" not null,
  queue text collate "C" not null,
  -- What a claimer must be capable of: '' for nothing, else a JSON array of names, sorted.
  route text collate "C" not null,
  -- What is claimed first: the priority, or with aging the moment when it has overtaken all of priority 0.
  rank bigint not null,
  -- Then the groups in turn. 0 for work without a group, and for what is tried again.
  turn bigint not null,
  run_at timestamptz not null,
  -- The last word: the order of pushes.
  sequence bigint not null,
  priority integer not null,
  attempts integer not null,
  group_key text collate "C",
  -- Whether it holds a place of its group, which has a limit.
  has_place boolean not null,
  -- Whether a unique key or dependent jobs hang on it, so that its end has to settle them.
  is_linked boolean not null
);

-- Not unique, and without a primary key: a claim and a cancellation know the whole order key, and a second index would cost each
-- push a tenth.
create index ready_order on holdfast.ready (queue, kind, route, rank, turn, run_at, sequence);

-- For the last turn of a group. What it finds in a queue whose groups have a limit was pushed before the limit was set.
create index ready_of_group on holdfast.ready (queue, group_key, kind, route, rank, turn) where group_key is not null and not has_place;
create index ready_executions on holdfast.ready (id) where kind = 'execution';

-- What has a place and waits for a claim. The last of a group gives its place to better work that comes later.
create index ready_with_place on holdfast.ready (queue, group_key, rank, turn, run_at, sequence) where has_place;

-- What waits for a moment. The moment is infinite for an execution that waits for an event or its children only.
-- To delete a row here is the right to wake what it stands for.
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

-- The lines of groups that have a limit: what is due there, but has no place yet.
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

-- How many places of a group are taken, by what is ready and what is leased. Written by claims alone, under the lock of the queue.
create table holdfast.places (
  queue text collate "C" not null,
  group_key text collate "C" not null,
  used integer not null check (used >= 0),
  primary key (queue, group_key)
) with (fillfactor = 50);

-- Says that a group may have both a place and somebody to take it: work joined its line (freed 0), or gave places back. Pushes
-- and ends insert it and never wait for it, so that a long transaction holds up nobody of its group. Claims fold the rows into `places`
-- and let the next in.
create table holdfast.openings (
  queue text collate "C" not null,
  group_key text collate "C" not null,
  freed integer not null
);
create index openings_of_queue on holdfast.openings (queue, group_key);

-- Who has a job or an execution, and until when. The id is the key, so that a double claim is impossible. What is not here is not
-- running, so the row is the fence of every later call: the token is the caller's and the lease has not run out.
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
  -- The group whose place it holds; null where the group has no limit.
  group_key text collate "C",
  is_linked boolean not null,
  primary key (id, kind)
) with (fillfactor = 70);
create index leases_of_queue on holdfast.leases (queue, lease_until) where queue is not null;

-- These tables are empty at times, and hold much a moment later. A plan that was made when a table had hardly a page reads it from its
-- start until its next ANALYZE, and so would cost each claim after a large push milliseconds. So they have twenty pages from the
-- beginning, and keep them: then no plan reads one whole to find a few rows.
alter table holdfast.ready set (vacuum_truncate = off);

alter table holdfast.scheduled set (vacuum_truncate = off);

alter table holdfast.group_lines set (vacuum_truncate = off);

alter table holdfast.openings set (vacuum_truncate = off);

alter table holdfast.leases set (vacuum_truncate = off);

insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
select 'job', pg_catalog.repeat('-', 1500) || number, '-', '', 0, 0, 'epoch', 0, 0, 0, false, false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
select 'job', pg_catalog.repeat('-', 1500) || number, '-', '', 0, 0, 'epoch', 0, 0, 0, false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.group_lines (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, group_key, is_linked)
select 'job', pg_catalog.repeat('-', 1500) || number, '-', '', 0, 0, 'epoch', 0, 0, 0, '-', false
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.openings (queue, group_key, freed)
select '-', pg_catalog.repeat('-', 1500) || number, 0
from pg_catalog.generate_series(1, 100) as number;

insert into holdfast.leases (kind, id, token, lease_until, claimed_at, attempts, is_linked)
select 'job', pg_catalog.repeat('-', 1500) || number, 0, 'epoch', 'epoch', 0, false
from pg_catalog.generate_series(1, 100) as number;

delete from holdfast.ready;

delete from holdfast.scheduled;

delete from holdfast.group_lines;

delete from holdfast.openings;

delete from holdfast.leases;

-- What work is claimed by first. With aging it is a moment: each step of priority is worth so much time of waiting. Stable as extract
-- is: PostgreSQL inlines no function that claims to be more than its body.
create function holdfast.work_rank(priority integer, run_at timestamptz, aging_ms bigint) returns bigint
  language sql stable parallel safe
  as $$
  select case
    when aging_ms is null then priority::bigint
    else pg_catalog.floor(extract(epoch from run_at) * 1000)::bigint + priority * aging_ms
  end
$$;

-- When the bucket of a rate is full again, after so many claims; null where there is no rate.
create function holdfast.rate_after(full_at timestamptz, claims bigint, rate_limit integer, rate_period_ms bigint) returns timestamptz
  language sql stable parallel safe
  as $$
  select greatest(full_at, holdfast.now()) + claims * rate_period_ms / rate_limit::double precision * interval '1 millisecond'
$$;

-- Whether a claimer of these capabilities may have the work of a route.
create function holdfast.serves(capabilities text[], route text) returns boolean
  language sql immutable parallel safe
  as $$
  select route = ''
    or array(select pg_catalog.json_array_elements_text(case when route like '[%' then route else '[]' end::json)) <@ capabilities
$$;

-- The turn after which the next work of a group comes: that of the group's last waiting work, or, where the others are further, of
-- what is claimed next. Pushes of one group that do not see each other get the same turns, which costs nobody a lock. Returns a
-- table, which PostgreSQL inlines.
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
