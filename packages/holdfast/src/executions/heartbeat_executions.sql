-- Makes leases last from now on, and answers in input order until when; null where one was no longer held.
-- Index: leases_pkey. Locks: leases in id order.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.token, holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select :ids::text[]), :tokens::bigint[], :leaseMs::bigint[]) with ordinality as given(id, token, lease_ms, position)
), held as materialized (
  select wanted.id, wanted.lease_until
  from (select input.id, input.token, input.lease_until from input order by input.id) as wanted
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = wanted.id and stored.kind = 'execution' and holdfast.holds(stored.token, stored.lease_until, wanted.token)
    for no key update
  ) as lease
), renewed as (
  update holdfast.leases as stored set lease_until = held.lease_until
  from (
    select held.id, 'execution'::holdfast.work_kind as kind, held.lease_until from held
    -- The kind comes from here too: as a constant it would seem to leave two rows of an empty table, and be worth a scan. The id is
    -- compared as an array: as one id it might be joined with the whole index in its order, while all leases seem to be gone.
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as held
  where stored.id = any(array[held.id]) and stored.kind = held.kind
  returning stored.id, stored.lease_until
)
select renewed.lease_until as "lease_until?"
from input
left join renewed on renewed.id = input.id
order by input.position
