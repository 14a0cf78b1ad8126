-- Holds claims of jobs for the rest of the transaction, together with the parts of executions that the steps end. Fails with HF002 unless
-- every given claim still holds, and with HF006 if a job belongs to another execution than given.
-- Index: jobs_pkey. Locks: those of lock_ending, then those of lock_leases.
-- :many
with input as (
  select given.id, given.token, given.execution_id
  from unnest((select :ids::text[]), :tokens::bigint[], :executionIds::text[]) as given(id, token, execution_id)
), ended as materialized (
  select case when cardinality(:ending::text[]) > 0 then holdfast.lock_ending(:ending::text[], :ids::text[]) end as are_some
), locked as materialized (
  select claimed.id, claimed.token, claimed.lease_until
  from ended
  -- The first argument is the ids. It also names `ended`, so that every plan locks those parts first.
  cross join lateral holdfast.lock_leases(
    case when coalesce(ended.are_some, false) is not null then (select :ids::text[]) end, (select :tokens::bigint[])
  ) as claimed
)
select input.id as "id!"
from input
left join locked on locked.id = input.id
left join lateral (
  select stored.execution_id from holdfast.jobs as stored where stored.id = input.id limit 1
) as job on true
where case
  when not holdfast.is_within(input.execution_id, job.execution_id, 'job', input.id, 'complete') then false
  when holdfast.holds(locked.token, locked.lease_until, input.token) then true
  else holdfast.fail('HF002', format('the claim of job %s does not hold any more', input.id),
    json_build_object('entity', 'job', 'id', input.id, 'token', input.token))
end
