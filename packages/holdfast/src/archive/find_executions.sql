-- Which of these executions exist.
-- Index: executions_pkey.
-- :many
select id
from holdfast.executions
where id = any (:ids::text[])
order by id
