-- Locks the executions of transitions before anything of theirs: those that end, so that nobody adds to them meanwhile, those that
-- change, as the change will, and those that something is added to. Whoever locks an execution and then works on what belongs to it
-- goes the same way round. Fails with HF004 where one does not exist, HF002 where a token does not hold the lease, and HF001 where
-- another version is expected.
-- Index: executions_pkey. Locks: executions in id order.
-- :exec
with input as (
  select given.id, given.mode, given.token, given.expected
  from unnest((select :ids::text[]), :modes::text[], :tokens?::bigint[], :expected?::bigint[])
    as given(id, mode, token, expected)
), locked as materialized (
  select named.id, coalesce(ending.version, changing.version, growing.version) as version,
    coalesce(ending.token, changing.token, growing.token) as token,
    coalesce(ending.lease_until, changing.lease_until, growing.lease_until) as lease_until
  from (
    select input.id collate "C" as id, bool_or(input.mode = 'end') as ends, bool_or(input.mode <> 'add') as changes
    from input
    group by 1
    order by 1
  ) as named
  left join lateral (
    select stored.version, stored.token, stored.lease_until
    from holdfast.executions as stored
    where stored.id = named.id and named.ends
    for update
  ) as ending on true
  left join lateral (
    select stored.version, stored.token, stored.lease_until
    from holdfast.executions as stored
    where stored.id = named.id and named.changes and not named.ends
    for no key update
  ) as changing on true
  left join lateral (
    select stored.version, stored.token, stored.lease_until
    from holdfast.executions as stored
    where stored.id = named.id and not named.changes
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
  when input.token is not null and holdfast.holds(locked.token, locked.lease_until, input.token) is not true then
    holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', input.id),
      json_build_object('entity', 'execution', 'id', input.id, 'token', input.token))
  when input.expected <> locked.version then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', input.id),
      json_build_object('entity', 'execution', 'id', input.id, 'expected', input.expected, 'actual', locked.version))
  else true
end
