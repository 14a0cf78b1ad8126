-- Brings the next turn of retention forward, because this one left rows to remove.
-- Index: turns_pkey. Locks: the row.
-- :exec
update holdfast.turns as turn set due_at = holdfast.now() + :afterMs::bigint * interval '1 millisecond'
where turn.name = 'retention'
