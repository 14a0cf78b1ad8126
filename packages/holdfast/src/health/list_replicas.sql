-- The servers that replicate this one, and how far they are behind. A role that may not see others' activity learns only their number.
-- Index: none.
-- :many unprepared scan: of a view of the server's state
select coalesce(replica.application_name, '') as "name!", replica.state as "state?", replica.sync_state as "sync_state?",
  case
    when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replica.replay_lsn)::bigint
  end as "lag_bytes?",
  (extract(epoch from replica.replay_lag) * 1000)::float8 as "lag_ms?"
from pg_catalog.pg_stat_replication as replica
order by replica.application_name, replica.pid
