-- Removes jobs that ended in one of the given statuses at least so long ago, at most `limit`, the oldest of each status first. The
-- jobs of an execution stay, however long ago they ended: an engine that repeats a step pushes them again by their ids, and they
-- go with the execution. One that still has its throttled unique key stays until it loses it, and one that was claimed in a
-- chunk until all of that have ended. Nothing comes after a job that has
-- ended, for its edges went when it did.
-- Index: ended_jobs_finished. Locks: ended jobs, skipping those that others have locked.
-- :one
select holdfast.remove_expired_jobs(:statuses::holdfast.job_status[], :keepMs::bigint, :limit::integer) as "removed!"
