-- The progress that a job's holder reported last.
-- Index: job_reports_pkey.
-- :maybe
select report.reported_at as "reported_at!", report.data as "data?"
from holdfast.job_reports as report
where report.job_id = :id and report.number = 0
