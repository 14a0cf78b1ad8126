-- The output of each root task of an execution, by name. Of several under one name, the newest attempt counts.
-- Index: tasks_of_execution.
-- :many
select distinct on (name) name, output
from holdfast.tasks
where execution_id = :id and parent_id is null
order by name, attempt desc, sequence desc
