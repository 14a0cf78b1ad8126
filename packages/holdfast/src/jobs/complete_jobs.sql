-- Ends claimed jobs well, where their claims still hold, settles the jobs that come after them, and says that their groups have
-- room. Answers the claims that did not hold, which are few, by their place in the input. A claim that has already ended its job so is
-- told the same again: only it can have, for its token is the job's. The queues that were woken, those with limits among them, come in
-- a row of place 0.
-- Claims that are settled were found to hold by an earlier statement of the transaction, which has locked them since: they hold to
-- its end, though their leases may run out meanwhile.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
-- Index: jobs_pkey, queues_pkey. Locks: jobs in id order, then dependents in id order.
-- :many
with locked as materialized (
  select input.id, input.result, input.position, job.state, job.token, job.attempts,
    coalesce(case
      when :isSettled::boolean then job.token = input.token and job.lease_until is not null
      else holdfast.holds(job.token, job.lease_until, input.token)
    end, false) as is_held,
    coalesce(job.state = 'succeeded' and job.token = input.token, false) as is_repeated
  from (
    select given.id, given.token, given.result, given.position
    from unnest((select :ids::text[]), :tokens::bigint[], :results?::json[]) with ordinality as given(id, token, result, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.state, job.token, job.attempts, job.lease_until
    from holdfast.jobs as job
    where job.id = input.id
    for no key update
  ) as job on true
), ended as (
  update holdfast.jobs as job set
    state = 'succeeded', finished_at = holdfast.now(), lease_until = null, result = held.result, error = null
  from (
    select locked.id, locked.result
    from locked
    where locked.is_held
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as held
  where job.id = held.id
  returning job.id, job.has_dependents, job.queue, job.group_key, job.rank, job.turn, job.has_group_limit
), settled as materialized (
  select holdfast.settle_dependents(array_agg(ended.id::text)) as woken
  from ended
  where ended.has_dependents
  having count(*) > 0
), opened as (
  insert into holdfast.job_openings (queue, group_key, route, rank, turn)
  select ended.queue, ended.group_key, '*', min(ended.rank), min(ended.turn)
  from ended
  where ended.has_group_limit
  group by ended.queue, ended.group_key
), freed as materialized (
  select array_agg(queue.name::text) as names
  from holdfast.queues as queue
  where queue.is_limited and queue.name = any(array(select distinct ended.queue::text from ended))
)
select locked.position::integer as "place!", locked.is_repeated as "ok!", locked.state as "state?", locked.token as "token?",
  locked.attempts as "attempts?", null::text[] as "woken?"
from locked
where not locked.is_held
union all
select 0, true, null, null, null, settled.woken || freed.names
from freed
left join settled on true
where settled.woken is not null or freed.names is not null
