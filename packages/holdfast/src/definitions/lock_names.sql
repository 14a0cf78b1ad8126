-- Serializes transactions that publish or activate versions of one name, so that the next statement sees what the previous one wrote.
-- Locks: an advisory transaction lock per name, in hash order.
-- :exec
select holdfast.lock_keys('definition', :names::text[])
