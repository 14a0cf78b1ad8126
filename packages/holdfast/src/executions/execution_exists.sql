-- Whether an execution exists, locked or not.
-- Index: executions_pkey.
-- :maybe
select id
from holdfast.executions
where id = :id
