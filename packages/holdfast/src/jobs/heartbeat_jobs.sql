-- Makes the leases of claimed jobs last from now on, where the claims still hold, and answers in input order until when. Chunks come
-- first: of those that are unpacked, the jobs have leases of their own then. See the steps for what is read and locked.
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
