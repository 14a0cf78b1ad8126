-- Claims jobs of queues that are not paused, at most `limit`, in the order of their rank, of their groups' turns, of moment and push, the
-- lines of several queues merged by priority, then moment: what is ready, has become due or lost its holder, if the capabilities
-- serve its route and the limits of its queue and group leave room. A job whose lease ran out on its last attempt is dead instead.
-- A row without an id tells the queues that such ends woke. The steps are functions of the schema, with what they read and lock.
-- :many
select claimed.pos as "position!", claimed.id as "id?", claimed.queue as "queue!", claimed.token as "token!",
  claimed.priority as "priority!", claimed.attempts as "attempts!", claimed.max_attempts as "max_attempts!",
  claimed.lease_until as "lease_until!", claimed.run_at as "run_at!", claimed.created_at as "created_at!",
  claimed.execution_id as "execution_id?", claimed.payload as "payload?", claimed.woken as "woken?"
from holdfast.claim_jobs(:queues::text[], :limit::bigint, :leaseMs::bigint, :holder?::text, :capabilities::text[], :expiredError::json)
  as claimed
