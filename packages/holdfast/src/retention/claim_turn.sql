-- Takes the next turn of retention if it is due, which postpones it for everybody. Returns the delay until the next one, in milliseconds.
-- Index: turns_pkey. Locks: the row.
-- :one
with taken as (
  update holdfast.turns as turn set due_at = holdfast.now() + :everyMs::bigint * interval '1 millisecond'
  where turn.name = 'retention' and turn.due_at <= holdfast.now()
  returning turn.due_at
)
select taken.due_at is not null as "is_taken!",
  -- If the turn was due and is not taken, another process took it after this statement began.
  case
    when turn.due_at <= holdfast.now() then :everyMs::bigint
    else ceil(extract(epoch from turn.due_at - holdfast.now()) * 1000)::bigint
  end as "next_ms!"
from holdfast.turns as turn
left join taken on true
where turn.name = 'retention'
