-- The stored ended jobs of each queue by status, summed from counts of their ends.
-- Index: job_counts_of_queue.
-- :many unprepared scan: of job_counts, which claims and retention fold into a row per queue and status
select ended.queue as "queue!", ended.status as "status!", sum(ended.count)::bigint as "count!"
from holdfast.job_counts as ended
group by ended.queue, ended.status
