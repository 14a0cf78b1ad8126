-- Adds the pending writes of tasks, as `write_checkpoints` does for inputs without a state, in half the time. One that exists is replaced
-- only if its number is negative. Locks a thread that is there and stays as it is, without another version of its row.
-- Index: checkpoint_threads_pkey, checkpoint_writes_pkey. Locks: checkpoint_threads in order; their content, which nobody else changes
-- meanwhile.
-- :exec
with held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  select given.thread, holdfast.now(), holdfast.now(), holdfast.after_ms(max(given.ttl_ms))
  from unnest((select :threads::text[]), :ttlsMs?::bigint[]) as given(thread, ttl_ms)
  group by given.thread
  order by given.thread collate "C"
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
select given.thread, given.namespace, given.checkpoint_id, given.task, given.number, given.path, given.name, given.manifest,
  given.encoding, given.value
from unnest((select :writeThreads::text[]), :namespaces::text[], :ids::text[], :tasks::text[], :numbers::integer[], :paths::text[],
    :names::text[], :manifests?::text[], :encodings::text[], :values::bytea[])
  as given(thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
-- Takes the locks first: every one of them, whether or not its row changes.
where (select count(*) from held) >= 0
on conflict (thread, namespace, checkpoint_id, task, number) do update set
  path = excluded.path, name = excluded.name, manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
  where excluded.number < 0
