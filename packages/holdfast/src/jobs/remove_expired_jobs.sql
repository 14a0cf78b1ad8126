-- Removes at most `limit` jobs that ended in one of the given statuses at least this long ago, oldest first per status. Jobs of an
-- execution stay until it is removed: an engine that repeats a step pushes them again by their ids. A job with a throttled unique key
-- stays until it loses the key. A job claimed in a chunk stays until the whole chunk has ended. Nothing depends on an ended job, because
-- its edges are removed at its end.
-- Index: ended_jobs_finished. Locks: ended jobs, skipping those that others have locked.
-- :one
select holdfast.remove_expired_jobs(:statuses::holdfast.job_status[], :keepMs::bigint, :limit::integer) as "removed!"
