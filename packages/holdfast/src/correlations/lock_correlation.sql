-- Serializes waits and deliveries of one key, as `lock_correlations` does for many. Takes the locks of holdfast.lock_keys without calling
-- it, because the call takes longer than the locks.
-- :exec
select pg_advisory_xact_lock_shared(hashtextextended('correlation', 0)),
  pg_advisory_xact_lock(hashtextextended('correlation:' || :key::text, 0))
where case
  when pg_catalog.current_setting('transaction_isolation') = 'repeatable read' then
    holdfast.fail('HF006', 'waits and deliveries cannot run in a repeatable read transaction: use read committed or serializable',
      json_build_object('field', 'isolation'))
  else true
end
