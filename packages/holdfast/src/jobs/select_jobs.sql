-- Ids of the jobs of a filter, after a given one.
-- Index: jobs_of_execution, or the partial index of the states; else jobs_pkey.
-- :many unprepared
select id
from holdfast.jobs
where id > :after
  and state = any(:states::holdfast.job_state[])
  and (:queue?::text is null or queue = :queue)
  and (:group?::text is null or group_key = :group)
  and (:executionId?::text is null or execution_id = :executionId)
  and (:pushedBefore?::timestamptz is null or created_at < :pushedBefore)
order by id
limit :limit
