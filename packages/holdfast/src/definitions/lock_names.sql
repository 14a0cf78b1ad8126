-- Makes transactions that publish or activate versions of one name follow each other, so that the next statement sees what the
-- one before it wrote.
-- Locks: an advisory transaction lock per name, in hash order.
-- :exec
select holdfast.lock_keys('definition', :names::text[])
