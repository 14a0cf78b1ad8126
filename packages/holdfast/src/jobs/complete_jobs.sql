-- Completes claimed jobs if their claims still hold, settles their dependents, and frees the slots of their groups. Returns the few
-- claims that did not hold, by their place in the input. A claim that has already completed its job gets the same answer again,
-- recognized by the token of the end. A row of place 0 has the woken queues, including those with limits.
-- Index: ended_jobs_pkey, queues_pkey. Locks: those of complete_chunks and take_leases, then those of settle_jobs.
-- :many
with packed as materialized (
  select given.place, given.id, given.token, given.result, given.freed
  from holdfast.complete_chunks((select :ids::text[]), (select :tokens::bigint[]), :results?::json[], :isSettled::boolean) as given
), input as materialized (
  -- Numbered, because take_leases answers by the places of its input.
  select row_number() over (order by packed.place) as number, packed.id, packed.token, packed.result, packed.place
  from packed
  where packed.place is not null
), gone as materialized (
  select input.place, taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.holder, taken.group_key,
    taken.is_linked, input.result
  from holdfast.take_leases(array(select input.id from input order by input.number),
    array(select input.token from input order by input.number), :isSettled::boolean) as taken
  join input on input.number = taken.place
), ended as (
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, result)
  select gone.id, gone.queue, 'succeeded', gone.attempts, gone.token, gone.claimed_at, holdfast.now(), gone.holder, gone.result
  from gone
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, status, count)
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
  select array_agg(limited.name) as names
  from (
    select queue.name::text as name
    from holdfast.queues as queue
    where queue.is_limited and queue.name = any(array(select distinct gone.queue from gone))
    union
    select packed.freed from packed where packed.freed is not null
  ) as limited
), lost as materialized (
  select input.place, input.token, lost.status, lost.token as current_token, lost.attempts
  from input
  left join lateral holdfast.job_standing(input.id) as lost on true
  where input.place not in (select gone.place from gone)
)
select lost.place::integer as "place!", coalesce(lost.status = 'succeeded' and lost.current_token = lost.token, false) as "ok!",
  lost.status as "status?", lost.current_token as "token?", lost.attempts as "attempts?", null::text[] as "woken?"
from lost
union all
select 0, true, null, null, null, settled.woken || freed.names
from freed
left join settled on true
where settled.woken is not null or freed.names is not null
