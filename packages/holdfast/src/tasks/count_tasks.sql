-- Counts the tasks that pass the filters of list_tasks.
-- Index: as list_tasks; without filters, all rows are counted.
-- :one unprepared scan: counting without a filter reads every row
select count(*) as "count!"
from holdfast.tasks
where (:executionId?::text is null or execution_id = :executionId)
  and (:parentId?::text is null or parent_id = :parentId or (:parentId = '' and parent_id is null))
  and (:name?::text is null or name = :name)
  and (cardinality(:statuses::holdfast.status[]) = 0
    or cardinality(:statuses::holdfast.status[]) = 1 and status = (:statuses::holdfast.status[])[1]
    or cardinality(:statuses::holdfast.status[]) > 1 and status = any(:statuses::holdfast.status[]))
  and (:type?::holdfast.task_type is null or type = :type)
  and (:component?::text is null or component = :component)
  and (:agent?::text is null or agent = :agent)
  and (:action?::text is null or action = :action)
  and (:tool?::text is null or tool = :tool)
  and (:updatedAfter?::timestamptz is null or updated_at >= :updatedAfter)
