-- The executions that pass the filters, oldest first, after a given moment and sequence number.
-- Index: executions_created, executions_status, executions_of_definition, executions_parent, executions_labels, or
-- executions_pkey with waits_of_key, as the filters have it.
-- :many unprepared
select id, version, status, strategy, definition_name, definition_version, parent_id, idempotency_key, labels, usage, created_at, updated_at,
  started_at, finished_at, case when :withPayloads then input end as "input?", case when :withPayloads then state end as "state?",
  case when :withPayloads then output end as "output?", case when :withPayloads then error end as "error?",
  (extract(epoch from created_at) * 1000000)::bigint as "micros!", sequence
from holdfast.executions
where (cardinality(:statuses::holdfast.status[]) = 0
    or cardinality(:statuses::holdfast.status[]) = 1 and status = (:statuses::holdfast.status[])[1]
    or cardinality(:statuses::holdfast.status[]) > 1 and status = any(:statuses::holdfast.status[]))
  and (:definitionName?::text is null or definition_name = :definitionName)
  and (:definitionVersion?::integer is null or definition_version = :definitionVersion)
  and (:parentId?::text is null or parent_id = :parentId)
  and (:createdAfter?::timestamptz is null or created_at >= :createdAfter)
  and (:createdBefore?::timestamptz is null or created_at < :createdBefore)
  and (:labels?::jsonb is null or (labels @> :labels and labels <> '{}'))
  and (:isLeased?::boolean is null or (lease_until is not null and lease_until > holdfast.now()) = :isLeased)
  and (:correlationKey?::text is null or id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = :correlationKey and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
  and (:afterMicros?::bigint is null
    or (created_at, sequence) > (timestamptz 'epoch' + :afterMicros * interval '1 microsecond', :afterSequence?::bigint))
order by created_at, sequence
limit :limit
