-- How many former versions of snapshots were replaced longer ago than they are kept.
-- Index: snapshot_versions_replaced.
-- :one
select count(*) as "count!"
from holdfast.snapshot_versions
where replaced_at < holdfast.now() - :keepMs::bigint * interval '1 millisecond'
