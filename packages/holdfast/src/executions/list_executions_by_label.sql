-- The executions that have a label and pass the filters, by the label's value, then by id, after a given place. If few executions are in
-- the first range, it drives the plan, and the found ones are sorted. Otherwise they are read in order until the page is full.
-- Index: execution_labels_value, execution_labels_pkey, executions_pkey, leases_pkey.
-- :many both-orders unprepared
select execution.id, execution.version, execution.status, execution.strategy, execution.definition_name,
  execution.definition_version, execution.parent_id, execution.parent_task_id, execution.idempotency_key, execution.labels, execution.usage,
  execution.created_at, execution.updated_at, execution.started_at, execution.finished_at,
  case when :withPayloads then execution.input end as "input?", case when :withPayloads then execution.state end as "state?",
  case when :withPayloads then execution.output end as "output?", case when :withPayloads then execution.error end as "error?",
  label.number as "label_number!", label.text as "label_text!"
from holdfast.execution_labels as label
join holdfast.executions as execution on execution.id = label.execution_id
where label.name = :orderName
  and (label.number, label.text) >= (:lowNumber::float8, :lowText::text)
  and (label.number, label.text) < (:highNumber::float8, :highText::text)
  and (:afterId?::text is null
    or (label.number, label.text, label.execution_id) > (:afterNumber?::float8, :afterText?::text, :afterId))
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
  -- A sub-select, for which the planner expects to find many. It expects to find next to none by containment, and would read all of them.
  and (:commonLabels?::jsonb is null or (select execution.labels @> :commonLabels))
  and (not :isDriven::boolean or label.execution_id = any(array(
    select driver.execution_id::text from holdfast.execution_labels as driver
    where driver.name = (:rangeNames::text[])[1]
      and (driver.number, driver.text) >= ((:lowNumbers::float8[])[1], (:lowTexts::text[])[1])
      and (driver.number, driver.text) < ((:highNumbers::float8[])[1], (:highTexts::text[])[1])
  )))
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
order by label.number, label.text, label.execution_id
limit :limit
