-- Locks the task that is to get children; fails with HF004 where it does not exist.
-- Index: tasks_pkey. Locks: the task.
-- :exec
with locked as materialized (
  select id from holdfast.tasks where id = :parentId for no key update
)
select holdfast.fail('HF004', format('parentId is %s, which does not exist: save the parent first', :parentId::text),
  json_build_object('field', 'parentId', 'entity', 'task', 'id', :parentId::text)) as "failed!"
where not exists (select from locked)
