-- Renews leases from now on, each named by its token, its holder or both. Returns their new ends in input order; null for one that was no
-- longer held. A lax call also renews an expired lease that nobody has taken.
-- Index: leases_pkey. Locks: leases in id order.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.token, given.holder, given.lax,
    holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select :ids::text[]), :tokens?::bigint[], :holders?::text[], :lax::boolean[], :leaseMs::bigint[])
    with ordinality as given(id, token, holder, lax, lease_ms, position)
), held as materialized (
  select wanted.id, wanted.lease_until
  from (select input.id, input.token, input.holder, input.lax, input.lease_until from input order by input.id) as wanted
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = wanted.id and stored.kind = 'execution' and (wanted.lax or stored.lease_until > holdfast.now())
      and (wanted.token is null or stored.token = wanted.token) and (wanted.holder is null or stored.holder = wanted.holder)
    for no key update
  ) as lease
), renewed as (
  update holdfast.leases as stored set lease_until = held.lease_until
  from (
    select held.id, 'execution'::holdfast.work_kind as kind, held.lease_until from held
    -- The kind comes from here too: with a constant, the planner expects two rows of an empty table and prefers a scan. The id is
    -- compared as an array. The planner might join a single id with the whole index in order, while all leases seem to be gone.
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as held
  where stored.id = any(array[held.id]) and stored.kind = held.kind
  returning stored.id, stored.lease_until
)
select renewed.lease_until as "lease_until?"
from input
left join renewed on renewed.id = input.id
order by input.position
