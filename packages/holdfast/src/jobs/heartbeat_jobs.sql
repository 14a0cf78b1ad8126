-- Makes the leases of claimed jobs last from now on, where the claims still hold, and answers in input order whether they do.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
-- Index: leases_pkey. Locks: leases in id order.
-- :many
with locked as materialized (
  select input.id, input.position
  from (
    select given.id, given.token, given.position
    from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  cross join lateral (
    select from holdfast.leases as stored
    where stored.id = input.id and stored.kind = 'job' and stored.token = input.token and stored.lease_until > holdfast.now()
    for no key update
  ) as lease
), kept as (
  update holdfast.leases as lease set lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from (
    select locked.id, 'job'::holdfast.work_kind as kind, locked.position from locked
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    -- The kind comes from here too: as a constant it would, in such a plan, seem to leave two rows, and be worth a scan. The id is
    -- compared as an array: as one id it might be joined with the whole index in its order, while all leases seem to be gone.
    limit cardinality(:ids::text[])
  ) as held
  where lease.id = any(array[held.id]) and lease.kind = held.kind
  returning held.position
)
select exists (select from kept where kept.position = input.position) as "held!"
from unnest((select :ids::text[])) with ordinality as input(id, position)
order by input.position
