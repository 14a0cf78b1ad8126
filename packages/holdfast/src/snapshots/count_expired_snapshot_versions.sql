-- Counts the former versions that remove_expired_snapshot_versions would remove in all.
-- Index: snapshot_versions_replaced.
-- :one
select count(*) as "expired!"
from holdfast.snapshot_versions
where replaced_at <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
