-- Whether a task exists, locked or not.
-- Index: tasks_pkey.
-- :maybe
select id
from holdfast.tasks
where id = :id
