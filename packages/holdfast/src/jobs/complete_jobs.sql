-- Ends claimed jobs well, where their claims still hold, settles what hangs on them, and gives the places of their groups back. Answers
-- the claims that did not hold, which are few, by their place in the input. A claim that has already ended its job so is told the same
-- again: only it can have, for its token is that of the end. The queues that were woken, those with limits among them, come in a row of
-- place 0.
-- Claims that are settled were found to hold by an earlier statement of the transaction, which has locked them since: they hold to
-- its end, though their leases may run out meanwhile.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size. A
-- lease is deleted by its key, not by its place: a heartbeat that committed meanwhile has moved it.
-- Index: leases_pkey, ended_jobs_pkey, queues_pkey. Locks: leases in id order, then what settle_jobs locks.
-- :many
with input as materialized (
  select given.id, given.token, given.result, given.position
  from unnest((select :ids::text[]), :tokens::bigint[], :results?::json[]) with ordinality as given(id, token, result, position)
  order by given.id collate "C"
), held as materialized (
  select input.id, input.token, input.result, input.position
  from input
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = input.id and stored.kind = 'job' and stored.token = input.token
      and (:isSettled::boolean or stored.lease_until > holdfast.now())
    for update
  ) as lease
), gone as (
  delete from holdfast.leases as lease
  using (
    select held.id, 'job'::holdfast.work_kind as kind, held.result, held.position from held
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    -- The kind comes from here too: as a constant it would, in such a plan, seem to leave two rows, and be worth a scan. The id is
    -- compared as an array: as one id it might be joined with the whole index in its order, while all leases seem to be gone.
    limit cardinality(:ids::text[])
  ) as done
  where lease.id = any(array[done.id]) and lease.kind = done.kind
  returning lease.id, lease.queue, lease.attempts, lease.token, lease.claimed_at, lease.holder, lease.group_key, lease.is_linked,
    done.result, done.position
), ended as (
  insert into holdfast.ended_jobs (id, queue, state, attempts, token, started_at, finished_at, holder, result)
  select gone.id, gone.queue, 'succeeded', gone.attempts, gone.token, gone.claimed_at, holdfast.now(), gone.holder, gone.result
  from gone
  order by gone.id
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, state, count)
  select gone.queue, 'succeeded', count(*) from gone group by gone.queue
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select gone.queue, gone.group_key, count(*) from gone where gone.group_key is not null group by gone.queue, gone.group_key
), settled as materialized (
  select holdfast.settle_jobs(array_agg(gone.id)) as woken
  from gone
  where gone.is_linked and (select count(*) from ended) > 0
  having count(*) > 0
), freed as materialized (
  select array_agg(queue.name::text) as names
  from holdfast.queues as queue
  where queue.is_limited and queue.name = any(array(select distinct gone.queue from gone))
), lost as materialized (
  select input.position, input.token, lost.state, lost.token as current_token, lost.attempts
  from input
  left join lateral holdfast.job_standing(input.id) as lost on true
  where not exists (select from gone where gone.position = input.position)
)
select lost.position::integer as "place!", coalesce(lost.state = 'succeeded' and lost.current_token = lost.token, false) as "ok!",
  lost.state as "state?", lost.current_token as "token?", lost.attempts as "attempts?", null::text[] as "woken?"
from lost
union all
select 0, true, null, null, null, settled.woken || freed.names
from freed
left join settled on true
where settled.woken is not null or freed.names is not null
