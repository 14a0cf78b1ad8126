-- Versioned states of persistence ids.

-- Generates the generations of snapshots, so that none is reused.
create sequence holdfast.snapshot_generations;

create table holdfast.snapshots (
  persistence_id holdfast.key primary key,
  version bigint not null check (version >= 0),
  -- The number of the id's life; 0 only until the statement that creates the row ends.
  generation bigint not null check (generation >= 0),
  shard bigint not null check (shard >= 0),
  -- How many versions its last writer wants to keep, this one included; 0 for all; null if the writer said nothing.
  keeps integer check (keeps >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- The engine's own time, in its own unit.
  engine_timestamp bigint,
  manifest holdfast.id,
  definition_name holdfast.id,
  definition_version integer check (definition_version > 0),
  definition_hash holdfast.id,
  -- How to decode the payload, as the store's codec names it; empty if the payload is stored as given.
  encoding text not null,
  -- Digests of the payload, one for each key that its writer had. Two payloads with a common digest are the same. Readers verify an
  -- unencrypted payload by its digest.
  digests text[] not null,
  payload bytea not null,
  check (definition_name is not null or (definition_version is null and definition_hash is null))
) with (fillfactor = 80);

create index snapshots_shard on holdfast.snapshots (shard, persistence_id);
create index snapshots_definition on holdfast.snapshots (definition_name, persistence_id) where definition_name is not null;

-- The kept former versions, which never change.
create table holdfast.snapshot_versions (
  persistence_id holdfast.key not null references holdfast.snapshots on delete cascade,
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

-- Keeps the version that a write replaces, if the writer wants more than one kept, and drops versions beyond that number. It takes the
-- version from the updated row, so it is the one that existed once the row was locked.
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

-- The generation of a snapshot that the calling statement found.
create function holdfast.generation_of(snapshot_id text) returns bigint
  language sql volatile
  as 'select known.generation from holdfast.snapshots as known where known.persistence_id = snapshot_id';

-- Whether the last generations that anybody has drawn are the `amount` ones from `first` on.
create function holdfast.are_last_generations(first bigint, amount bigint) returns boolean
  language sql volatile
  as 'select generations.last_value - first + 1 = amount from holdfast.snapshot_generations as generations';

-- Draws a later generation for a snapshot that the calling statement created. While that statement waited for a lock, another life of the
-- id may have come and gone with a greater number than its own. Being volatile, this function sees the new row, which nobody else can
-- touch: every later life of the id draws a greater number.
create function holdfast.renew_generation(snapshot_id text) returns bigint
  language sql volatile
  as $$
  update holdfast.snapshots as made
  set generation = pg_catalog.nextval('holdfast.snapshot_generations')
  where made.persistence_id = snapshot_id
  returning made.generation
$$;

-- Fails with HF001 for a snapshot that is not at its writer's expected version; -1 means that none may exist.
create function holdfast.refuse_snapshot_version(snapshot_id text, expected bigint, actual bigint) returns boolean
  language plpgsql
  as $$
begin
  return holdfast.fail('HF001', pg_catalog.format('snapshot %s is not at the expected version', snapshot_id),
    pg_catalog.json_build_object('entity', 'snapshot', 'persistenceId', snapshot_id, 'field', 'expectedVersion',
      'expected', holdfast.exact(nullif(expected, -1)), 'actual', holdfast.exact(actual)));
end
$$;

-- Fails with HF001 for a version that is older than the stored one, or stored with other content. `differs` names the difference.
create function holdfast.refuse_snapshot(snapshot_id text, stored bigint, given bigint, differs text) returns boolean
  language plpgsql
  as $$
begin
  return holdfast.fail('HF001',
    case
      when given < stored then
        pg_catalog.format('version %s of snapshot %s is older than version %s, which is stored', given, snapshot_id, stored)
      else pg_catalog.format('version %s of snapshot %s is stored with another content', given, snapshot_id)
    end,
    pg_catalog.json_build_object('entity', 'snapshot', 'persistenceId', snapshot_id,
      'field', case when given < stored then 'version' else differs end,
      'expected', holdfast.exact(given), 'actual', holdfast.exact(stored)));
end
$$;

-- Whether a write replaces the stored version: true for a newer version, false for the same version with the same content. Fails with
-- HF001 for any other. Inlined, so that no row is copied.
create function holdfast.replaces_snapshot(stored holdfast.snapshots, given holdfast.snapshots, expected bigint) returns boolean
  language sql volatile
  as $$
  select case
    -- First, because two writers may create the same content of one version: one of them must learn that it lost.
    when expected <> stored.version then holdfast.refuse_snapshot_version(stored.persistence_id, expected, stored.version)
    when given.version > stored.version then true
    when given.version = stored.version and stored.digests && given.digests
      and stored.manifest is not distinct from given.manifest and stored.shard = given.shard
      and stored.definition_name is not distinct from given.definition_name
      and stored.definition_version is not distinct from given.definition_version
      and stored.definition_hash is not distinct from given.definition_hash then false
    else
      holdfast.refuse_snapshot(stored.persistence_id, stored.version, given.version, case
        when not stored.digests && given.digests then 'payload'
        when stored.manifest is distinct from given.manifest then 'manifest'
        when stored.shard <> given.shard then 'shard'
        else 'definition'
      end)
  end
$$;

-- Whether a write met its caller's expectation, once its outcome is known; fails with HF001 if it did not. A new snapshot has generation
-- 0 for this comparison: nobody can have expected the number that was drawn for it. Inlined.
create function holdfast.meets_expectation(snapshot_id text, outcome text, generation bigint, expected_generation bigint,
  expected_version bigint) returns boolean
  language sql volatile
  as $$
  select case
    when expected_generation <> case outcome when 'created' then 0 else generation end then
      holdfast.fail('HF001', pg_catalog.format('snapshot %s is not of the expected generation', snapshot_id),
        pg_catalog.json_build_object('reason', 'generation', 'entity', 'snapshot', 'persistenceId', snapshot_id, 'field', 'expectedGeneration',
          'expected', expected_generation, 'actual', case outcome when 'created' then 0 else generation end))
    when outcome = 'created' and expected_version >= 0 then
      holdfast.refuse_snapshot_version(snapshot_id, expected_version, null)
    else true
  end
$$;
