-- Makes the next turn of retention due so soon, as this one left something to be removed.
-- Index: turns_pkey. Locks: the row.
-- :exec
update holdfast.turns as turn set due_at = holdfast.now() + :afterMs::bigint * interval '1 millisecond'
where turn.name = 'retention'
