-- Adds the pending writes of one task, as `add_pending_writes` adds those of several.
-- Index: checkpoint_threads_pkey, checkpoint_writes_pkey. Locks: the thread; its content, which nobody else changes meanwhile.
-- :exec
with held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  values (:thread::text, holdfast.now(), holdfast.now(), holdfast.after_ms(:ttlMs?::bigint))
  on conflict (thread) do update set
    created_at = case when stored.expires_at <= excluded.updated_at then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > excluded.updated_at then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end
    where stored.expires_at <= excluded.updated_at or excluded.expires_at is not null
  returning stored.thread
)
insert into holdfast.checkpoint_writes (thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
select :thread, :namespace::text, :id::text, given.task, given.number, given.path, given.name, given.manifest, given.encoding, given.value
from unnest((select :tasks::text[]), :numbers::integer[], :paths::text[], :names::text[], :manifests?::text[], :encodings::text[],
    :values::bytea[]) as given(task, number, path, name, manifest, encoding, value)
-- Takes the lock first, whether or not the thread's row changes.
where (select count(*) from held) >= 0
on conflict (thread, namespace, checkpoint_id, task, number) do update set
  path = excluded.path, name = excluded.name, manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
  where excluded.number < 0
