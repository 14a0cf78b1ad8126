-- Locks ended executions, so that nobody can add anything to them any more, and answers which: what a later statement of the
-- transaction finds of them, in a snapshot of its own, is all that they have.
-- Index: executions_pkey. Locks: the executions in id order, skipping those that others hold.
-- :many
select execution.id
from holdfast.executions as execution
where execution.id = any(:ids::text[]) and execution.finished_at is not null
order by execution.id
for update skip locked
