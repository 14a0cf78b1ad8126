-- Versioned states of persistence ids.

-- Where the generations of snapshots come from, so that none of them comes twice.
create sequence holdfast.snapshot_generations;

create table holdfast.snapshots (
  persistence_id holdfast.id primary key,
  version bigint not null check (version >= 0),
  -- Which life of the id this is; 0 only until the statement that makes the row ends.
  generation bigint not null check (generation >= 0),
  shard bigint not null check (shard >= 0),
  -- How many versions its last writer wants kept, this one included; 0 for all; null where the writer said nothing.
  keeps integer check (keeps >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- The engine's own moment, in its own unit.
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer check (definition_version > 0),
  definition_hash holdfast.id,
  -- What undoes the writing of the payload, as the store's codec spells it; empty where the payload is as it was given.
  encoding text not null,
  -- What the payload is known by, one for each key that its writer had; two payloads with a common digest are the same. Who reads a
  -- payload that is not encrypted verifies it so.
  digests text[] not null,
  payload bytea not null,
  check (definition_name is not null or (definition_version is null and definition_hash is null))
) with (fillfactor = 80);

create index snapshots_shard on holdfast.snapshots (shard, persistence_id);
create index snapshots_definition on holdfast.snapshots (definition_name, persistence_id) where definition_name is not null;

-- The former versions that were kept. They are never changed.
create table holdfast.snapshot_versions (
  persistence_id holdfast.id not null references holdfast.snapshots on delete cascade,
  version bigint not null,
  shard bigint not null,
  written_at timestamptz not null,
  -- Retention counts from here.
  replaced_at timestamptz not null,
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer,
  definition_hash holdfast.id,
  encoding text not null,
  digests text[] not null,
  payload bytea not null,
  primary key (persistence_id, version)
);

create index snapshot_versions_replaced on holdfast.snapshot_versions (replaced_at, persistence_id, version);

-- Keeps the version that a write replaces, if the writer wants more than one kept, and drops those beyond what it wants. Of the
-- updated row itself, so that the version is the one that was there when the row was locked, whatever the statement's
-- snapshot had.
create function holdfast.keep_snapshot_version() returns trigger
  language plpgsql
  as $$
begin
  if new.keeps <> 1 then
    insert into holdfast.snapshot_versions (persistence_id, version, shard, written_at, replaced_at, engine_timestamp, manifest,
      definition_name, definition_version, definition_hash, encoding, digests, payload)
    values (old.persistence_id, old.version, old.shard, old.updated_at, new.updated_at, old.engine_timestamp, old.manifest,
      old.definition_name, old.definition_version, old.definition_hash, old.encoding, old.digests, old.payload);
  end if;
  if new.keeps > 0 then
    delete from holdfast.snapshot_versions as former
    where former.persistence_id = new.persistence_id
      and former.version <= (
        select newest.version
        from holdfast.snapshot_versions as newest
        where newest.persistence_id = new.persistence_id
        order by newest.version desc
        offset new.keeps - 1
        limit 1
      );
  end if;
  return null;
end
$$;

create trigger snapshots_replaced after update of version on holdfast.snapshots
  for each row when (new.keeps is not null and old.version <> new.version)
  execute function holdfast.keep_snapshot_version();

-- The generation of a snapshot that the calling statement has found.
create function holdfast.generation_of(snapshot_id text) returns bigint
  language sql volatile
  as 'select known.generation from holdfast.snapshots as known where known.persistence_id = snapshot_id';

-- Whether so many generations, of which the first is given, are the last that were drawn by anybody.
create function holdfast.are_last_generations(first bigint, amount bigint) returns boolean
  language sql volatile
  as 'select generations.last_value - first + 1 = amount from holdfast.snapshot_generations as generations';

-- A later generation for a snapshot that the calling statement has made with one that may be older than that of a life which came and
-- went while the statement waited for a lock. Being volatile, this sees the new row, which nobody else can touch, so that every
-- later life of the id draws a later number.
create function holdfast.renew_generation(snapshot_id text) returns bigint
  language sql volatile
  as $$
  update holdfast.snapshots as made
  set generation = pg_catalog.nextval('holdfast.snapshot_generations')
  where made.persistence_id = snapshot_id
  returning made.generation
$$;
