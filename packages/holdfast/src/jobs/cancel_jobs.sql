-- Cancels jobs that are in one of the given states, none of which is an end, and settles what hangs on them. The claim of a running one
-- is lost: its token moves on. Answers in input order whether each was canceled, and its queue where it gave a place back; the queues
-- that were woken come with the first row.
-- Index: ended_jobs_pkey. Locks: what take_jobs locks, then what settle_jobs locks.
-- :many
with taken as materialized (
  select job.id, job.queue, job.state, job.attempts, job.token, job.started_at, job.holder, job.error, job.place_of, job.is_linked
  from holdfast.take_jobs((select :ids::text[]), (select :states::holdfast.job_state[])) as job
), ended as (
  insert into holdfast.ended_jobs (id, queue, state, attempts, token, started_at, finished_at, holder, error)
  select taken.id, taken.queue, 'canceled', taken.attempts,
    case when taken.state = 'running' then nextval('holdfast.tokens') else taken.token end, taken.started_at, holdfast.now(),
    taken.holder, taken.error
  from taken
  returning 1
), counted as (
  insert into holdfast.job_counts (queue, state, count)
  select taken.queue, 'canceled', count(*) from taken group by taken.queue
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select taken.queue, taken.place_of, count(*) from taken where taken.place_of is not null group by taken.queue, taken.place_of
), settled as materialized (
  select holdfast.settle_jobs(array_agg(taken.id)) as woken
  from taken
  where taken.is_linked and (select count(*) from ended) > 0
  having count(*) > 0
)
select taken.id is not null as "canceled!",
  case when taken.state = 'running' or taken.place_of is not null then taken.queue end as "freed?", settled.woken as "woken?"
from unnest((select :ids::text[])) with ordinality as input(id, position)
left join taken on taken.id = input.id
left join settled on input.position = 1
order by input.position
