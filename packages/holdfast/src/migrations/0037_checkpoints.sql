-- Checkpoints: versions of the state of threads, each with its parent, so that a thread is a tree.

-- One row per thread. Every write of a thread's content first locks its row, so a removal misses none.
create table holdfast.checkpoint_threads (
  thread holdfast.id primary key,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- From then on the thread is absent for every reader; its space is freed later.
  expires_at timestamptz
) with (fillfactor = 80);

create index checkpoint_threads_expiring on holdfast.checkpoint_threads (expires_at) where expires_at is not null;

create table holdfast.checkpoints (
  thread holdfast.id not null,
  -- May be empty.
  namespace holdfast.kv_key not null,
  id holdfast.id not null,
  parent_id holdfast.id,
  created_at timestamptz not null,
  labels jsonb not null,
  -- The parts of this checkpoint, in one order: each part's name, its version, and the checkpoint that stored it. Null stands for this one,
  -- which stores most of its parts.
  part_names text[] not null,
  part_versions text[] not null,
  part_origins text[] not null,
  manifest holdfast.id,
  encoding text not null,
  state bytea not null,
  primary key (thread, namespace, id)
);

-- Lists go across threads.
create index checkpoints_by_id on holdfast.checkpoints (id, thread, namespace);
create index checkpoints_labels on holdfast.checkpoints using gin (labels jsonb_path_ops);

-- A part belongs to the checkpoint that stored it, its origin; later checkpoints share it. Checkpoints of two branches may give one
-- version to different values.
create table holdfast.checkpoint_parts (
  thread holdfast.id not null,
  namespace holdfast.kv_key not null,
  name holdfast.id not null,
  version holdfast.id not null,
  origin holdfast.id not null,
  manifest holdfast.id,
  encoding text not null,
  value bytea not null,
  primary key (thread, namespace, name, version, origin)
);

-- What tasks have written on top of a checkpoint, before the next one. The checkpoint itself may be written later.
create table holdfast.checkpoint_writes (
  thread holdfast.id not null,
  namespace holdfast.kv_key not null,
  checkpoint_id holdfast.id not null,
  task holdfast.id not null,
  number integer not null,
  path holdfast.kv_key not null,
  name holdfast.id not null,
  manifest holdfast.id,
  encoding text not null,
  value bytea not null,
  primary key (thread, namespace, checkpoint_id, task, number)
);

-- Removes the content of a thread that was removed, or that expired and is written again. Its statements take newer snapshots than the
-- one that fired it, so they see all that was committed before the thread's row was locked.
create function holdfast.empty_checkpoint_thread() returns trigger
  language plpgsql
  as $$
begin
  delete from holdfast.checkpoints as stored where stored.thread = old.thread;
  delete from holdfast.checkpoint_parts as stored where stored.thread = old.thread;
  delete from holdfast.checkpoint_writes as stored where stored.thread = old.thread;
  return new;
end
$$;

create trigger checkpoint_threads_removed after delete on holdfast.checkpoint_threads
  for each row execute function holdfast.empty_checkpoint_thread();

-- Compares with the moment of the update. PostgreSQL would plan a call of a function here anew at each update.
create trigger checkpoint_threads_revived before update on holdfast.checkpoint_threads
  for each row when (old.expires_at <= new.updated_at)
  execute function holdfast.empty_checkpoint_thread();

-- The checkpoint that stored a version of a part: the last one by id if several did; null if none.
create function holdfast.checkpoint_part_origin(of_thread text, of_namespace text, of_name text, of_version text) returns text
  language sql stable
  as $$
  select max(stored.origin)
  from holdfast.checkpoint_parts as stored
  where stored.thread = of_thread and stored.namespace = of_namespace and stored.name = of_name and stored.version = of_version
$$;
