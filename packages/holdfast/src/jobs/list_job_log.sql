-- The lines of a job's log by number, after a given one.
-- Index: job_reports_pkey.
-- :many both-orders
select number as "number!", reported_at as "reported_at!", message as "message!", data as "data?"
from holdfast.job_reports
where job_id = :id and number > 0 and number > :after::bigint
order by number
limit :limit
