-- A job of these executions that depends on a job of another execution, or of none; and that job.
-- Index: jobs_of_execution, job_dependencies_of_job, jobs_pkey.
-- :maybe
select job.id as "id!", first.id as "after_id!"
from holdfast.jobs as job
join holdfast.job_dependencies as edge on edge.job_id = job.id
join holdfast.jobs as first on first.id = edge.after_id
where job.execution_id = any (:ids::text[])
  and (first.execution_id is null or first.execution_id <> all (:ids::text[]))
limit 1
