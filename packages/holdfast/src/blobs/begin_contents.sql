-- Begins uploads: contents without bytes yet, which live for `leaseMs` from now, or from their last heartbeat. Answers in input order,
-- and with nothing while the store has no space.
-- Index: blob_contents_pkey. Locks: an advisory one per content whose bytes are outside the database, so that a sweep knows about uploads
-- in open transactions. The server has room for a few thousand of them.
-- :many scan: there is one space
with input as materialized (
  select case given.backend when 'postgres' then named.id else holdfast.hold_content(named.id) end as id, given.backend,
    given.position
  from unnest((select :names::text[]), :backends::holdfast.blob_backend[]) with ordinality as given(name, backend, position)
  cross join holdfast.blob_spaces as space
  cross join lateral (select space.id || '/' || given.name as id) as named
), begun as (
  insert into holdfast.blob_contents (id, backend, created_at, pending_until)
  select input.id, input.backend, holdfast.now(), holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from input
  returning id
)
select input.id as "id!"
from input
join begun on begun.id = input.id
order by input.position
