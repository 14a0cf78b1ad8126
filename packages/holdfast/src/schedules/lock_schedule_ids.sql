-- Makes those who save schedules of one id follow each other, also where there is none yet.
-- :exec
select holdfast.lock_keys('schedule', :ids::text[])
