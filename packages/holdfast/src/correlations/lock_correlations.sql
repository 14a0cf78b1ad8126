-- Serializes waits and deliveries of common keys, and of the keys of existing waits, until their transactions end. This is a separate
-- statement, so that the snapshot of the next one sees what the former holder of the lock has committed. Under REPEATABLE READ no
-- snapshot would: a wait and an event could miss each other forever, so that level is refused. (SERIALIZABLE detects the conflict by
-- itself.)
-- Index: waits_pkey.
-- :exec
select holdfast.lock_keys('correlation', array(
  select unnest((select :keys::text[]))
  union
  select stored.key::text
  from unnest((select :waitIds::text[])) as given(id)
  cross join lateral (select wait.key from holdfast.waits as wait where wait.id = given.id limit 1) as stored
))
where case
  when pg_catalog.current_setting('transaction_isolation') = 'repeatable read' then
    holdfast.fail('HF006', 'waits and deliveries cannot run in a repeatable read transaction: use read committed or serializable',
      json_build_object('field', 'isolation'))
  else true
end
