-- Gives waiting jobs another time or priority, as holdfast.reschedule_jobs does. Each is named by its id, or by the unique key that it
-- holds in a queue. Returns each one's state in input order, and whether it waited.
-- Index: jobs_pkey, job_keys_pkey, and those of job_records. Locks: those of holdfast.reschedule_jobs.
-- :many
with input as materialized (
  select coalesce(given.id, held.job_id) as id, coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond') as run_at,
    given.priority, given.position
  from unnest((select :ids?::text[]), :queues?::text[], :uniqueKeys?::text[], :runAt?::timestamptz[], :delaysMs?::bigint[],
    :priorities?::integer[]) with ordinality as given(id, queue, unique_key, run_at, delay_ms, priority, position)
  left join lateral (
    select stored.job_id from holdfast.job_keys as stored
    where stored.queue = given.queue and stored.unique_key = given.unique_key
    limit 1
  ) as held on true
), done as materialized (
  select holdfast.reschedule_jobs(
    array(select input.id::text from input order by input.position), array(select input.run_at from input order by input.position),
    array(select input.priority from input order by input.position)
  ) as ids
)
select coalesce(input.id = any(done.ids), false) as "ok!", input.id as "id?", job.queue as "queue?", job.status as "status?",
  job.run_at as "run_at?", job.token as "token?", job.attempts as "attempts?"
from done
cross join input
-- Read after they have reached their new place.
left join lateral holdfast.job_standing(case when done.ids is not null then input.id end) as job on true
order by input.position
