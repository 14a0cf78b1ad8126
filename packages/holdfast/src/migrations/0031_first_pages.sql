-- At least twenty pages, which they keep, for the tables that every step of an execution reads: see 0005_queues.sql. After a vacuum of
-- such a table while it was empty, a new plan would read it whole, and so would a foreign key's plan.

alter table holdfast.executions set (vacuum_truncate = off);

alter table holdfast.history_heads set (vacuum_truncate = off);

alter table holdfast.tasks set (vacuum_truncate = off);

insert into holdfast.executions (id, sequence, version, status, strategy, created_at, updated_at, labels, input) overriding system value
select pg_catalog.repeat('-', 240) || number, -number, 0, 'pending', 'wait_all', 'epoch', 'epoch', '{}',
  pg_catalog.to_json(pg_catalog.repeat('-', 300))
from pg_catalog.generate_series(1, 300) as number;

insert into holdfast.history_heads (execution_id, next, transaction)
select stored.id, 1, '0' from holdfast.executions as stored where stored.sequence < 0;

insert into holdfast.tasks (id, execution_id, sequence, version, name, type, status, strategy, attempt, created_at, updated_at, input)
  overriding system value
select stored.id, stored.id, stored.sequence, 0, '-', 'basic', 'pending', 'wait_all', 1, 'epoch', 'epoch',
  pg_catalog.to_json(pg_catalog.repeat('-', 300))
from holdfast.executions as stored where stored.sequence < 0;

delete from holdfast.executions where sequence < 0;
