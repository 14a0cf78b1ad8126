-- Counts the executions that pass the filters by the values of a label: the most frequent values, up to a limit. Without filters, the
-- planner removes the join with executions.
-- Index: execution_labels_value, executions_pkey, leases_pkey.
-- :many unprepared scan: with filters, executions may be read as a whole to be counted
select label.number as "number!", label.text as "text!", count(*) as "count!"
from holdfast.execution_labels as label
left join holdfast.executions as execution on execution.id = label.execution_id
where label.name = :label
  and (cardinality(:statuses::holdfast.status[]) = 0
    or cardinality(:statuses::holdfast.status[]) = 1 and execution.status = (:statuses::holdfast.status[])[1]
    or cardinality(:statuses::holdfast.status[]) > 1 and execution.status = any(:statuses::holdfast.status[]))
  and (:definitionName?::text is null or execution.definition_name = :definitionName)
  and (:definitionVersion?::integer is null or execution.definition_version = :definitionVersion)
  and (:parentId?::text is null or execution.parent_id = :parentId)
  and (:parentTaskId?::text is null or execution.parent_task_id = :parentTaskId)
  and (:queue?::text is null or execution.queue = :queue)
  and (:createdAfter?::timestamptz is null or execution.created_at >= :createdAfter)
  and (:createdBefore?::timestamptz is null or execution.created_at < :createdBefore)
  and (:labels?::jsonb is null or (execution.labels @> :labels and execution.labels <> '{}'))
  and (cardinality(:rangeNames::text[]) = 0 or holdfast.has_labels(execution.id, :rangeNames::text[], :lowNumbers::float8[],
    :lowTexts::text[], :highNumbers::float8[], :highTexts::text[]))
  and (:isLeased?::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = execution.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = :isLeased)
  and (:correlationKey?::text is null or execution.id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = :correlationKey and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
group by label.number, label.text
order by count(*) desc, label.number, label.text
limit :limit
