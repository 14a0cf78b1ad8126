-- Locks the executions of transitions before any of their parts. An ending execution is locked against additions, a changing one as the
-- change will, and one with a required version or status against changes. The others are locked because something is added to them.
-- Everything that locks an execution and its parts follows this order. Fails with HF004 if an execution does not exist, and with HF002 if
-- a token or a holder does not hold the lease. Fails with HF001 or HF003 if another version or status is required.
-- Index: executions_pkey, leases_pkey. Locks: executions in id order, then the leases of those with a token.
-- :exec
with input as (
  select given.id, given.mode, given.token, given.holder, given.lax, given.version, given.statuses
  from unnest((select :ids::text[]), :modes::text[], :tokens?::bigint[], :holders?::text[], :lax::boolean[], :versions?::bigint[],
    :statuses?::text[]) as given(id, mode, token, holder, lax, version, statuses)
), locked as materialized (
  select named.id, coalesce(ending.version, changing.version, held.version, growing.version) as version,
    coalesce(ending.status, changing.status, held.status, growing.status) as status
  from (
    select input.id collate "C" as id, bool_or(input.mode = 'end') as ends, bool_or(input.mode in ('change', 'end')) as changes,
      bool_or(input.mode <> 'add') as holds
    from input
    group by 1
    order by 1
  ) as named
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.ends
    for update
  ) as ending on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.changes and not named.ends
    for no key update
  ) as changing on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and named.holds and not named.changes
    for share
  ) as held on true
  left join lateral (
    select stored.version, stored.status
    from holdfast.executions as stored
    where stored.id = named.id and not named.holds
    for key share
  ) as growing on true
)
select count(*) as "locked!"
from input
join locked on locked.id = input.id
where case
  when locked.version is null then
    holdfast.fail('HF004', format('execution %s does not exist: create it first', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  when (input.token is not null or input.holder is not null) and not holdfast.hold_lease(input.id, input.token, input.holder,
    input.lax) then false
  else holdfast.meets(input.id, locked.version, locked.status, input.version, input.statuses)
end
