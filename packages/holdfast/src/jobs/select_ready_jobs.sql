-- Ids of the ready jobs of a queue, perhaps of one group, in the order of claims, after a given place. Jobs in chunks and in the lines of
-- groups are in select_jobs.
-- Index: ready_order; jobs_pkey for each, if the time of the push matters.
-- :many unprepared
select stored.id as "id!", stored.route as "route!", stored.rank::text as "rank!", stored.turn::text as "turn!",
  to_json(stored.run_at) #>> '{}' as "run_at!", stored.sequence::text as "sequence!"
from holdfast.ready as stored
where stored.queue = :queue::text and stored.kind = 'job'
  and (:group?::text is null or stored.group_key = :group)
  and (:pushedBefore?::timestamptz is null or (
    select job.created_at from holdfast.jobs as job where job.id = stored.id
  ) < :pushedBefore)
  and (:afterRoute?::text is null or (stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence)
    > (:afterRoute, :afterRank?::text::bigint, :afterTurn?::text::bigint, :afterRunAt?::text::timestamptz, :afterSequence?::text::bigint))
order by stored.route, stored.rank, stored.turn, stored.run_at, stored.sequence
limit :limit
