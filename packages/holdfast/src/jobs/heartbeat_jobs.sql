-- Renews the leases of claimed jobs from now on, if the claims still hold. Returns the new ends in input order. Chunks come first: the
-- jobs of an unpacked chunk have leases of their own afterwards. The steps say what is read and locked.
-- :many
with packed as materialized (
  select array(
    select extended.place from holdfast.extend_chunks((select :ids::text[]), (select :tokens::bigint[]), :leaseMs::bigint) as extended(place)
  ) as places
), kept as materialized (
  select extended.place
  from packed
  cross join lateral holdfast.extend_leases(:ids, :tokens, :leaseMs) as extended(place)
  union all
  select unnest(packed.places) from packed
)
select case
  when input.place in (select kept.place from kept) then holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
end as "lease_until?"
from unnest((select :ids::text[])) with ordinality as input(id, place)
order by input.place
