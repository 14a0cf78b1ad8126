-- Locks ended executions against additions, and returns which. A later statement of the transaction, with its own snapshot, then finds
-- everything they own.
-- Index: executions_pkey. Locks: the executions in id order, skipping those that others hold.
-- :many
select execution.id
from holdfast.executions as execution
where execution.id = any(:ids::text[]) and execution.finished_at is not null
order by execution.id
for update skip locked
