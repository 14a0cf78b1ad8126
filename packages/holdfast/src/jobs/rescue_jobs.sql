-- Takes jobs from holders whose leases have expired, in the given queues or in all. They are ready again, or dead after their last
-- attempt, with their dependents settled. Returns per queue how many are ready and which are dead. Also returns the queues that dead jobs
-- gave work, and whether lost jobs are left whose executions fail with them. See holdfast.rescue_expired for what it reads and locks.
-- :many
select rescued.queue as "queue!", rescued.reclaimed as "reclaimed!", rescued.died as "died!", rescued.woken as "woken!",
  rescued.are_left as "are_left!"
from holdfast.rescue_queues(:queues::text[], :limit::bigint, :expiredError::json) as rescued
where rescued.reclaimed > 0 or rescued.died <> '{}' or rescued.are_left
