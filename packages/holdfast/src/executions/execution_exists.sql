-- Whether there is such an execution, whoever has it locked.
-- Index: executions_pkey.
-- :maybe
select id
from holdfast.executions
where id = :id
