-- From when on executions of queues can be claimed: the time for which they are due, or the end of their lease, with its holder. Answers in
-- input order, with nulls for one that is in no queue, or has ended.
-- Index: ready_executions, scheduled_pkey, group_lines_pkey, leases_pkey.
-- :many
select place.available_at as "available_at?", place.holder as "holder?", place.token as "token?", place.id is not null as "is_present!"
from unnest((select :ids::text[])) with ordinality as given(id, position)
left join lateral (
  select work.id, work.run_at as available_at, null::text as holder, null::bigint as token
  from holdfast.ready as work where work.id = given.id and work.kind = 'execution'
  union all
  select work.id, nullif(work.run_at, 'infinity'), null, null
  from holdfast.scheduled as work where work.id = given.id and work.kind = 'execution'
  union all
  select work.id, work.run_at, null, null
  from holdfast.group_lines as work where work.id = given.id and work.kind = 'execution'
  union all
  select lease.id, lease.lease_until, lease.holder, lease.token
  from holdfast.leases as lease where lease.id = given.id and lease.kind = 'execution'
  limit 1
) as place on true
order by given.position
