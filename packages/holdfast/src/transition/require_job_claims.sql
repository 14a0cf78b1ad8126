-- Fails with HF002 unless every given claim of a job still holds, and with HF006 where the job belongs to another execution than
-- the given one; holds them for the rest of the transaction.
-- Index: jobs_pkey. Locks: what lock_leases locks.
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
  when job.execution_id <> input.execution_id then
    holdfast.fail('HF006', format('job %s belongs to another execution than %s', input.id, input.execution_id),
      json_build_object('field', 'complete', 'entity', 'job', 'id', input.id))
  when holdfast.holds(locked.token, locked.lease_until, input.token) then true
  else holdfast.fail('HF002', format('the claim of job %s does not hold any more', input.id),
    json_build_object('entity', 'job', 'id', input.id, 'token', input.token))
end
