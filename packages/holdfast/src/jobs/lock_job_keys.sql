-- Makes pushes that name a common id or unique key follow each other, so that the next statement of the plan sees what the ones
-- before did.
-- Locks: advisory, ids before unique keys, each in hash order.
-- :exec
select holdfast.lock_keys('job', :ids::text[]),
  holdfast.lock_keys('job unique key', array(
    select holdfast.job_key(given.queue, given.unique_key)
    from unnest(:queues::text[], :uniqueKeys::text[]) as given(queue, unique_key)
  ))
