-- Ends attempts in failure by holdfast.fail_execution, which names its locks. Returns in input order "again", "failed" or "lost", the
-- queue, and the time of the next claim.
-- :many
select done.outcome as "outcome!", done.queue as "queue?", done.parent_id as "parent_id?",
  done.run_at as "run_at?"
from (
  select given.id, given.token, given.error, given.after_ms, given.position
  from unnest((select :ids::text[]), :tokens::bigint[], :errors?::json[], :afterMs?::bigint[])
    with ordinality as given(id, token, error, after_ms, position)
  order by given.id collate "C"
) as ordered
cross join lateral holdfast.fail_execution(ordered.id, ordered.token, ordered.error, ordered.after_ms) as done
order by ordered.position
