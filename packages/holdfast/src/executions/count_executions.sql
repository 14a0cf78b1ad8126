-- Counts the executions that pass the filters. Ranges of labels are checked row by row. The narrowest comes first and, if few executions
-- are in it, drives the plan.
-- Index: executions_created, executions_status, executions_of_definition, executions_parent, executions_parent_task, executions_of_queue,
-- executions_labels, or executions_pkey with waits_of_key or execution_labels_value, depending on the filters; execution_labels_pkey, leases_pkey.
-- :one unprepared scan: counting without filters reads all
select count(*) as "count!"
from holdfast.executions
where (cardinality(:statuses::holdfast.status[]) = 0
    or cardinality(:statuses::holdfast.status[]) = 1 and status = (:statuses::holdfast.status[])[1]
    or cardinality(:statuses::holdfast.status[]) > 1 and status = any(:statuses::holdfast.status[]))
  and (:definitionName?::text is null or definition_name = :definitionName)
  and (:definitionVersion?::integer is null or definition_version = :definitionVersion)
  and (:parentId?::text is null or parent_id = :parentId)
  and (:parentTaskId?::text is null or parent_task_id = :parentTaskId)
  and (:queue?::text is null or queue = :queue)
  and (:createdAfter?::timestamptz is null or created_at >= :createdAfter)
  and (:createdBefore?::timestamptz is null or created_at < :createdBefore)
  and (:labels?::jsonb is null or (labels @> :labels and labels <> '{}'))
  and (not :isDriven::boolean or id = any(array(
    select label.execution_id::text from holdfast.execution_labels as label
    where label.name = (:rangeNames::text[])[1]
      and (label.number, label.text) >= ((:lowNumbers::float8[])[1], (:lowTexts::text[])[1])
      and (label.number, label.text) < ((:highNumbers::float8[])[1], (:highTexts::text[])[1])
  )))
  and (:isDriven or cardinality(:rangeNames) = 0 or exists (
    select from holdfast.execution_labels as label
    where label.execution_id = executions.id and label.name = (:rangeNames)[1]
      and (label.number, label.text) >= ((:lowNumbers)[1], (:lowTexts)[1])
      and (label.number, label.text) < ((:highNumbers)[1], (:highTexts)[1])
  ))
  and (cardinality(:rangeNames) <= 1
    or holdfast.has_labels(id, :rangeNames, :lowNumbers, :lowTexts, :highNumbers, :highTexts))
  and (:isLeased?::boolean is null or ((
    select true from holdfast.leases as lease
    where lease.id = executions.id and lease.kind = 'execution' and lease.lease_until > holdfast.now()
  ) is true) = :isLeased)
  and (:correlationKey?::text is null or id = any(array(
    select wait.execution_id::text from holdfast.waits as wait
    where wait.key = :correlationKey and (wait.expires_at is null or wait.expires_at > holdfast.now())
  )))
