-- The ids of the jobs that a job comes after, and of those that come after it, each up to a limit. Jobs that were removed are left out.
-- Index: job_dependencies_of_job, job_dependencies_pkey.
-- :many
(select edge.after_id::text as "id!", true as "is_before!" from holdfast.job_dependencies as edge where edge.job_id = :id order by edge.after_id limit :limit)
union all
(select edge.job_id::text, false from holdfast.job_dependencies as edge where edge.after_id = :id order by edge.job_id limit :limit)
