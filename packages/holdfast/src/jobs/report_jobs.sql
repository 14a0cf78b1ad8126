-- Stores reports of the holders of jobs if their claims hold: the latest progress, and the newest thousand lines of each log. A line
-- refers to its job by place. Answers in input order which claims hold.
-- Index: job_reports_pkey, and those of holdfast.hold_claim. Locks: leases in id order, shared; then the reports.
-- :many
with held as materialized (
  select named.id, named.progress, named.place, named.lines,
    holdfast.hold_claim(named.id, named.token) as is_held
  from (
    select given.id, given.token, given.progress, given.place,
      (select count(*) from unnest((select :linePlaces::bigint[])) as line(place) where line.place = given.place) as lines
    from unnest((select :ids::text[]), :tokens::bigint[], :progress?::json[]) with ordinality as given(id, token, progress, place)
    order by given.id collate "C"
  ) as named
), gone as (
  delete from holdfast.job_reports as old
  using (
    select held.id, oldest.number
    from held
    cross join lateral (
      select kept.number from holdfast.job_reports as kept
      where kept.job_id = held.id and kept.number > 0
      order by kept.number desc
      offset 1000 - held.lines limit 1
    ) as oldest
    where held.is_held and held.lines > 0
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as beyond
  where old.job_id = beyond.id and old.number > 0 and old.number <= beyond.number
), progressed as (
  insert into holdfast.job_reports as stored (job_id, number, reported_at, data)
  select held.id, 0, holdfast.now(), held.progress
  from held
  where held.is_held and held.progress is not null
  order by held.id collate "C"
  on conflict (job_id, number) do update set reported_at = excluded.reported_at, data = excluded.data
), logged as (
  insert into holdfast.job_reports (job_id, number, reported_at, message, data)
  select held.id, nextval('holdfast.job_log_numbers'), holdfast.now(), line.message, line.data
  from (
    select given.place, given.message, given.data, given.number
    from unnest((select :linePlaces::bigint[]), :messages::text[], :lineData?::json[]) with ordinality as given(place, message, data, number)
    order by given.number
  ) as line
  join held on held.place = line.place
  where held.is_held
)
select held.is_held as "is_held!" from held order by held.place
