-- Holds claims of jobs for the rest of the transaction. Fails with HF002 unless every given claim still holds, and with HF006 if a job
-- belongs to another execution than given.
-- Index: jobs_pkey. Locks: those of lock_leases.
-- :many
with input as (
  select given.id, given.token, given.execution_id
  from unnest((select :ids::text[]), :tokens::bigint[], :executionIds::text[]) as given(id, token, execution_id)
), locked as materialized (
  select claimed.id, claimed.token, claimed.lease_until
  from holdfast.lock_leases((select :ids::text[]), (select :tokens::bigint[])) as claimed
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
