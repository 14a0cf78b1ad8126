-- Serializes sessions that save schedules of one id, even if it does not exist yet.
-- :exec
select holdfast.lock_keys('schedule', :ids::text[])
