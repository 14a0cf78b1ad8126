-- Gives the leases of executions to holders. Answers in input order, without a token if another lease has not expired. Each token is
-- greater than all before it. An execution that waits in a queue is taken out of it. Fails with HF004 without the execution, and with
-- HF003 if it has ended.
-- Index: executions_pkey, leases_pkey; in a queue also ready_executions, scheduled_pkey, group_lines_pkey. Locks: executions, shared, in
-- id order; then their leases in id order. Expired leases are locked for update, to wait for uncommitted steps under them.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.holder, holdfast.now() + given.lease_ms * interval '1 millisecond' as lease_until, given.position
  from unnest((select :ids::text[]), :holders::text[], :leaseMs::bigint[]) with ordinality as given(id, holder, lease_ms, position)
), present as materialized (
  select wanted.id, wanted.holder, wanted.lease_until, execution.queue
  from (select input.id, input.holder, input.lease_until from input order by input.id) as wanted
  left join lateral (
    select stored.id, stored.status, stored.queue from holdfast.executions as stored where stored.id = wanted.id for key share
  ) as execution on true
  where case
    when execution.id is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it first', wanted.id),
        json_build_object('entity', 'execution', 'id', wanted.id))
    else holdfast.is_open(execution.id, execution.status)
  end
), expired as materialized (
  select lease.id
  from present
  cross join lateral (
    select stored.id
    from holdfast.leases as stored
    where stored.id = present.id and stored.kind = 'execution' and stored.lease_until <= holdfast.now()
    for update
  ) as lease
  where present.queue is null
), acquired as (
  insert into holdfast.leases as stored (kind, id, token, lease_until, claimed_at, attempts, holder, is_linked)
  select 'execution', present.id, nextval('holdfast.tokens'), present.lease_until, holdfast.now(), 1, present.holder, false
  from present
  where present.queue is null and (select count(*) from expired) >= 0
  order by present.id
  on conflict (id, kind) do update set
    token = excluded.token, lease_until = excluded.lease_until, claimed_at = excluded.claimed_at, attempts = stored.attempts + 1,
    holder = excluded.holder
  where stored.lease_until <= holdfast.now()
  returning stored.id, stored.token
), queued as materialized (
  select present.id, holdfast.acquire_queued(present.id, present.queue, present.holder, present.lease_until) as token
  from present
  where present.queue is not null
)
select coalesce(acquired.token, queued.token) as "token?", input.lease_until as "lease_until!"
from input
left join acquired on acquired.id = input.id
left join queued on queued.id = input.id
order by input.position
