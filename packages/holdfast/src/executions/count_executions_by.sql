-- Counts the executions that pass the filters by status or by definition: the most frequent values, up to a limit.
-- Index: executions_created, executions_status, executions_of_definition, executions_parent, executions_parent_task, executions_of_queue,
-- executions_labels, or executions_pkey with waits_of_key or execution_labels_value, depending on the filters; execution_labels_pkey, leases_pkey.
-- :many unprepared scan: counting without filters reads all
select case :by::text when 'status' then execution.status::text else execution.definition_name end as "value!", count(*) as "count!"
from holdfast.executions as execution
where (:by = 'status' or execution.definition_name is not null)
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
  and (not :isDriven::boolean or execution.id = any(array(
    select label.execution_id::text from holdfast.execution_labels as label
    where label.name = (:rangeNames::text[])[1]
      and (label.number, label.text) >= ((:lowNumbers::float8[])[1], (:lowTexts::text[])[1])
      and (label.number, label.text) < ((:highNumbers::float8[])[1], (:highTexts::text[])[1])
  )))
  and (:isDriven or cardinality(:rangeNames) = 0 or exists (
    select from holdfast.execution_labels as label
    where label.execution_id = execution.id and label.name = (:rangeNames)[1]
      and (label.number, label.text) >= ((:lowNumbers)[1], (:lowTexts)[1])
      and (label.number, label.text) < ((:highNumbers)[1], (:highTexts)[1])
  ))
  and (cardinality(:rangeNames) <= 1
    or holdfast.has_labels(execution.id, :rangeNames, :lowNumbers, :lowTexts, :highNumbers, :highTexts))
  and (:isLeased?::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = execution.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = :isLeased)
  and (:correlationKey?::text is null or execution.id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = :correlationKey and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
group by 1
order by count(*) desc, 1
limit :limit
