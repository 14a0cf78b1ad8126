-- Takes jobs from holders whose leases have run out: ready again, or dead where that was the last attempt, with the jobs that come
-- after them settled. Of the given queues, or of all where none is given. Answers, of each queue that has some, how many of each,
-- and the queues in which dead ones let something be claimed. What it reads and locks stands with holdfast.rescue_expired.
-- :many
select rescued.queue as "queue!", rescued.reclaimed as "reclaimed!", rescued.died as "died!", rescued.woken as "woken!"
from holdfast.rescue_queues(:queues::text[], :limit::bigint, :expiredError::json) as rescued
where rescued.reclaimed + rescued.died > 0
