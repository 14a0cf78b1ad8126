-- Reports of the holders of running jobs.

-- A separate table, so that a report never writes the rows that claims and ends write. Number 0 holds the latest progress of a job. All
-- other numbers are lines of its log; the newest thousand are kept.
create table holdfast.job_reports (
  job_id holdfast.id not null references holdfast.jobs on delete cascade,
  number bigint not null,
  reported_at timestamptz not null,
  message text collate "C",
  data json,
  primary key (job_id, number),
  check ((number = 0) = (message is null))
);

create sequence holdfast.job_log_numbers;

-- Whether a claim of a job holds. If so, it holds until the transaction ends: the end of the job and its removal wait.
-- Index: leases_pkey, lease_chunks_pkey, ended_jobs_pkey. Locks: the lease or the chunk's, shared.
create function holdfast.hold_claim(job_id text, fence bigint) returns boolean
  language plpgsql volatile
  as $$
begin
  perform from holdfast.leases as lease
    where lease.id = job_id and lease.kind = 'job' and holdfast.holds(lease.token, lease.lease_until, fence)
    for key share;
  if found then
    return true;
  end if;
  perform from holdfast.lease_chunks as chunk
    where chunk.token = fence and chunk.lease_until > holdfast.now() and job_id = any(chunk.ids)
    for key share;
  return found and not exists (select from holdfast.ended_jobs as ended where ended.id = job_id);
end
$$;
