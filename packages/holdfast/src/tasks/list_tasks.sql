-- Tasks in creation order, after a given sequence number, by any of the filters. Parent '' selects those without one.
-- Index: tasks_of_parent, tasks_of_execution, tasks_name, tasks_status, tasks_agent, tasks_action, tasks_tool, tasks_component, or
-- tasks_sequence.
-- :many both-orders unprepared
select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, case when :withPayloads::boolean then input end as "input?",
  case when :withPayloads::boolean then output end as "output?", case when :withPayloads::boolean then error end as "error?"
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
  and sequence > :after::bigint
order by sequence
limit :limit
