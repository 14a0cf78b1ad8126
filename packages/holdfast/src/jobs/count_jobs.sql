-- How many jobs of a queue, or of all, are in each state that has any.
-- Index: the partial index of each state; jobs_ended for those that have ended.
-- :many unprepared
select 'blocked'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'blocked' and (:queue?::text is null or queue = :queue)
union all
select 'scheduled'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'scheduled' and (:queue?::text is null or queue = :queue)
union all
select 'ready'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'ready' and (:queue?::text is null or queue = :queue)
union all
select 'running'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'running' and (:queue?::text is null or queue = :queue)
union all
select 'succeeded'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'succeeded' and (:queue?::text is null or queue = :queue)
union all
select 'dead'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'dead' and (:queue?::text is null or queue = :queue)
union all
select 'canceled'::holdfast.job_state as "state!", count(*) as "count!"
from holdfast.jobs where state = 'canceled' and (:queue?::text is null or queue = :queue)
