-- The server of this session, and the settings that matter to a store.
-- Index: none.
-- :one unprepared scan: of views of the server's state, and of pg_database and pg_roles by their names
select current_setting('server_version') as "version!", current_setting('server_version_num')::integer as "version_number!",
  pg_catalog.pg_postmaster_start_time() as "started_at?", pg_catalog.pg_is_in_recovery() as "is_standby!",
  current_setting('transaction_read_only') = 'on' as "is_read_only!",
  clock_timestamp() as "clock_at!",
  current_user::text as "role!",
  (select role.rolsuper from pg_catalog.pg_roles as role where role.rolname = current_user) as "is_superuser?",
  (select link.ssl from pg_catalog.pg_stat_ssl as link where link.pid = pg_backend_pid()) as "is_encrypted?",
  (select link.version from pg_catalog.pg_stat_ssl as link where link.pid = pg_backend_pid()) as "tls_version?",
  (inet_client_addr() is null or host(inet_client_addr()) = any('{127.0.0.1,::1}')
    or inet_client_addr() = inet_server_addr()) as "is_local!",
  current_setting('max_connections')::integer as "connections_max!",
  (select sum(activity.numbackends) from pg_catalog.pg_stat_database as activity)::bigint as "connections!",
  current_setting('fsync') as "fsync!", current_setting('full_page_writes') as "full_page_writes!",
  current_setting('synchronous_commit') as "synchronous_commit!", current_setting('jit') as "jit!",
  current_setting('autovacuum') as "autovacuum!", current_setting('track_counts') as "track_counts!",
  current_setting('track_activities') as "track_activities!",
  current_setting('idle_in_transaction_session_timeout') as "idle_timeout!",
  (select age(own.datfrozenxid) from pg_catalog.pg_database as own where own.datname = current_database()) as "transaction_age!",
  pg_has_role(current_user, 'pg_read_all_stats', 'usage') as "sees_others!"
