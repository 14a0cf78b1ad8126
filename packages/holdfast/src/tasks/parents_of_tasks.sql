-- The parents of those tasks that exist.
-- Index: tasks_pkey.
-- :many
select id, parent_id
from holdfast.tasks
where id = any (:ids::text[])
