// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import { many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link countExpiredSnapshotVersions}. */
export interface CountExpiredSnapshotVersionsParameters {
  readonly keepMs: number;
}

/** A row of {@link countExpiredSnapshotVersions}. */
export interface CountExpiredSnapshotVersionsRow {
  readonly expired: number;
}

/**
 * Counts the former versions that remove_expired_snapshot_versions would remove in all.
 * Index: snapshot_versions_replaced.
 */
export const countExpiredSnapshotVersions: StatementFunction<CountExpiredSnapshotVersionsParameters, CountExpiredSnapshotVersionsRow> = one({
  name: "snapshots/countExpiredSnapshotVersions",
  prepared: true,
  readsOnly: true,
  parameters: ["keepMs"],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from holdfast.snapshot_versions
where replaced_at <= holdfast.now() - $1::bigint * interval '1 millisecond'`,
});

/** The parameters of {@link countSnapshots}. */
export interface CountSnapshotsParameters {
  readonly shard: number | null;
  readonly definitionName: string | null;
}

/** A row of {@link countSnapshots}. */
export interface CountSnapshotsRow {
  readonly count: number;
}

/**
 * Counts snapshots, optionally of a shard and of a definition.
 * Index: snapshots_pkey, snapshots_shard, snapshots_definition.
 */
export const countSnapshots: StatementFunction<CountSnapshotsParameters, CountSnapshotsRow> = one({
  name: "snapshots/countSnapshots",
  prepared: false,
  readsOnly: true,
  parameters: ["shard","definitionName"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `select count(*) as "count!"
from holdfast.snapshots
where ($1::bigint is null or shard = $1)
  and ($2::text is null or definition_name = $2)`,
});

/** The parameters of {@link latestSnapshot}. */
export interface LatestSnapshotParameters {
  readonly persistenceId: string;
}

/** A row of {@link latestSnapshot}. */
export interface LatestSnapshotRow {
  readonly persistenceId: string;
  readonly version: string;
  readonly generation: number;
  readonly shard: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly engineTimestamp: string | null;
  readonly manifest: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
  readonly encoding: string;
  readonly digests: string;
  readonly payload: Uint8Array;
}

/**
 * The newest version of a snapshot.
 * Index: snapshots_pkey.
 */
export const latestSnapshot: StatementFunction<LatestSnapshotParameters, LatestSnapshotRow | null> = maybe({
  name: "snapshots/latestSnapshot",
  prepared: true,
  readsOnly: true,
  parameters: ["persistenceId"],
  object: (row) => ({ persistenceId: row[0], version: row[1], generation: row[2], shard: row[3], createdAt: row[4], updatedAt: row[5], engineTimestamp: row[6], manifest: row[7], definitionName: row[8], definitionVersion: row[9], definitionHash: row[10], encoding: row[11], digests: row[12], payload: row[13] }),
  elements: {},
  text: `select persistence_id, version::text as "version!", generation, shard, created_at, updated_at, engine_timestamp::text, manifest,
  definition_name, definition_version, definition_hash, encoding, array_to_string(digests, ' ') as "digests!",
  payload
from holdfast.snapshots
where persistence_id = $1`,
});

/** The parameters of {@link latestSnapshots}. */
export interface LatestSnapshotsParameters {
  readonly persistenceIds: readonly string[];
  readonly bytesMax: number;
}

/** A row of {@link latestSnapshots}. */
export interface LatestSnapshotsRow {
  readonly position: number;
  readonly persistenceId: string;
  readonly version: string;
  readonly generation: number;
  readonly shard: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly engineTimestamp: string | null;
  readonly manifest: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
  readonly encoding: string;
  readonly digests: string;
  readonly payload: Uint8Array;
  readonly found: number;
}

/**
 * The newest versions of snapshots, each with its position in the input. Missing ones have no row. Payloads count towards `bytesMax`:
 * beyond it, later positions are left out, and `found` exceeds the number of rows.
 * Index: snapshots_pkey.
 */
export const latestSnapshots: StatementFunction<LatestSnapshotsParameters, readonly LatestSnapshotsRow[]> = many({
  name: "snapshots/latestSnapshots",
  prepared: true,
  readsOnly: true,
  parameters: ["persistenceIds","bytesMax"],
  object: (row) => ({ position: row[0], persistenceId: row[1], version: row[2], generation: row[3], shard: row[4], createdAt: row[5], updatedAt: row[6], engineTimestamp: row[7], manifest: row[8], definitionName: row[9], definitionVersion: row[10], definitionHash: row[11], encoding: row[12], digests: row[13], payload: row[14], found: row[15] }),
  elements: {"persistenceIds":"text"},
  text: `select latest.position as "position!", latest.persistence_id as "persistence_id!", latest.version::text as "version!",
  latest.generation as "generation!", latest.shard as "shard!", latest.created_at as "created_at!",
  latest.updated_at as "updated_at!", latest.engine_timestamp::text as "engine_timestamp?", latest.manifest as "manifest?",
  latest.definition_name as "definition_name?", latest.definition_version as "definition_version?",
  latest.definition_hash as "definition_hash?", latest.encoding as "encoding!",
  array_to_string(latest.digests, ' ') as "digests!", latest.payload as "payload!",
  latest.found as "found!"
from (
  select given.position, stored.persistence_id, stored.version, stored.generation, stored.shard, stored.created_at, stored.updated_at,
    stored.engine_timestamp, stored.manifest, stored.definition_name, stored.definition_version, stored.definition_hash,
    stored.encoding, stored.digests, stored.payload, count(*) over () as found,
    sum(octet_length(stored.payload)) over (
      order by given.position rows between unbounded preceding and 1 preceding
    ) as bytes_before
  from unnest((select $1::text[])) with ordinality as given(persistence_id, position)
  cross join lateral (
    select known.persistence_id, known.version, known.generation, known.shard, known.created_at, known.updated_at,
      known.engine_timestamp, known.manifest, known.definition_name, known.definition_version, known.definition_hash,
      known.encoding, known.digests, known.payload
    from holdfast.snapshots as known
    where known.persistence_id = given.persistence_id
    limit holdfast.at_most(1)
  ) as stored
) as latest
where coalesce(latest.bytes_before, 0) < $2::bigint
order by latest.position`,
});

/** The parameters of {@link listSnapshots}. */
export interface ListSnapshotsParameters {
  readonly after: string;
  readonly shard: number | null;
  readonly definitionName: string | null;
  readonly limit: number;
}

/** A row of {@link listSnapshots}. */
export interface ListSnapshotsRow {
  readonly persistenceId: string;
  readonly version: string;
  readonly generation: number;
  readonly shard: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly engineTimestamp: string | null;
  readonly manifest: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
}

/**
 * Snapshots by persistence id, after a given one, optionally of a shard and of a definition. Without payloads.
 * Index: snapshots_pkey, snapshots_shard, snapshots_definition.
 */
export const listSnapshots: InBothOrders<ListSnapshotsParameters, readonly ListSnapshotsRow[]> = {
  asc: many({
  name: "snapshots/listSnapshots",
  prepared: false,
  readsOnly: true,
  parameters: ["after","shard","definitionName","limit"],
  object: (row) => ({ persistenceId: row[0], version: row[1], generation: row[2], shard: row[3], createdAt: row[4], updatedAt: row[5], engineTimestamp: row[6], manifest: row[7], definitionName: row[8], definitionVersion: row[9], definitionHash: row[10] }),
  elements: {},
  text: `select persistence_id, version::text as "version!", generation, shard, created_at, updated_at, engine_timestamp::text, manifest,
  definition_name, definition_version, definition_hash
from holdfast.snapshots
where persistence_id > $1
  and ($2::bigint is null or shard = $2)
  and ($3::text is null or definition_name = $3)
order by persistence_id
limit $4`,
}),
  desc: many({
  name: "snapshots/listSnapshots desc",
  prepared: false,
  readsOnly: true,
  parameters: ["after","shard","definitionName","limit"],
  object: (row) => ({ persistenceId: row[0], version: row[1], generation: row[2], shard: row[3], createdAt: row[4], updatedAt: row[5], engineTimestamp: row[6], manifest: row[7], definitionName: row[8], definitionVersion: row[9], definitionHash: row[10] }),
  elements: {},
  text: `select persistence_id, version::text as "version!", generation, shard, created_at, updated_at, engine_timestamp::text, manifest,
  definition_name, definition_version, definition_hash
from holdfast.snapshots
where persistence_id < $1
  and ($2::bigint is null or shard = $2)
  and ($3::text is null or definition_name = $3)
order by persistence_id desc
limit $4`,
}),
};

/** The parameters of {@link listVersions}. */
export interface ListVersionsParameters {
  readonly persistenceId: string;
  readonly afterVersion: string | null;
  readonly limit: number;
}

/** A row of {@link listVersions}. */
export interface ListVersionsRow {
  readonly persistenceId: string;
  readonly version: string;
  readonly generation: number;
  readonly shard: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly engineTimestamp: string | null;
  readonly manifest: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
}

/**
 * The stored versions of a snapshot, after a given one, without payloads.
 * Index: snapshots_pkey; snapshot_versions_pkey.
 */
export const listVersions: InBothOrders<ListVersionsParameters, readonly ListVersionsRow[]> = {
  asc: many({
  name: "snapshots/listVersions",
  prepared: false,
  readsOnly: true,
  parameters: ["persistenceId","afterVersion","limit"],
  object: (row) => ({ persistenceId: row[0], version: row[1], generation: row[2], shard: row[3], createdAt: row[4], updatedAt: row[5], engineTimestamp: row[6], manifest: row[7], definitionName: row[8], definitionVersion: row[9], definitionHash: row[10] }),
  elements: {},
  text: `select stored.persistence_id as "persistence_id!", stored.version::text as "version!", stored.generation as "generation!",
  stored.shard as "shard!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.engine_timestamp::text as "engine_timestamp?", stored.manifest as "manifest?",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?",
  stored.definition_hash as "definition_hash?"
from (
  select newest.persistence_id, newest.version, newest.generation, newest.shard, newest.created_at, newest.updated_at,
    newest.engine_timestamp, newest.manifest, newest.definition_name, newest.definition_version, newest.definition_hash
  from holdfast.snapshots as newest
  where newest.persistence_id = $1 and ($2::text is null or newest.version > $2::text::bigint)
  union all
  (
    select newest.persistence_id, former.version, newest.generation, former.shard, newest.created_at, former.written_at,
      former.engine_timestamp, former.manifest, former.definition_name, former.definition_version, former.definition_hash
    from holdfast.snapshot_versions as former
    join holdfast.snapshots as newest on newest.persistence_id = former.persistence_id
    where former.persistence_id = $1 and ($2::text is null or former.version > $2::text::bigint)
    order by former.version
    limit $3
  )
) as stored
order by stored.version
limit $3`,
}),
  desc: many({
  name: "snapshots/listVersions desc",
  prepared: false,
  readsOnly: true,
  parameters: ["persistenceId","afterVersion","limit"],
  object: (row) => ({ persistenceId: row[0], version: row[1], generation: row[2], shard: row[3], createdAt: row[4], updatedAt: row[5], engineTimestamp: row[6], manifest: row[7], definitionName: row[8], definitionVersion: row[9], definitionHash: row[10] }),
  elements: {},
  text: `select stored.persistence_id as "persistence_id!", stored.version::text as "version!", stored.generation as "generation!",
  stored.shard as "shard!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.engine_timestamp::text as "engine_timestamp?", stored.manifest as "manifest?",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?",
  stored.definition_hash as "definition_hash?"
from (
  select newest.persistence_id, newest.version, newest.generation, newest.shard, newest.created_at, newest.updated_at,
    newest.engine_timestamp, newest.manifest, newest.definition_name, newest.definition_version, newest.definition_hash
  from holdfast.snapshots as newest
  where newest.persistence_id = $1 and ($2::text is null or newest.version < $2::text::bigint)
  union all
  (
    select newest.persistence_id, former.version, newest.generation, former.shard, newest.created_at, former.written_at,
      former.engine_timestamp, former.manifest, former.definition_name, former.definition_version, former.definition_hash
    from holdfast.snapshot_versions as former
    join holdfast.snapshots as newest on newest.persistence_id = former.persistence_id
    where former.persistence_id = $1 and ($2::text is null or former.version < $2::text::bigint)
    order by former.version desc
    limit $3
  )
) as stored
order by stored.version desc
limit $3`,
}),
};

/** The parameters of {@link pruneLast}. */
export interface PruneLastParameters {
  readonly persistenceId: string;
  readonly keep: number;
}

/** A row of {@link pruneLast}. */
export interface PruneLastRow {
  readonly count: number;
}

/**
 * Removes the former versions of a snapshot except the newest ones to keep. Returns how many it removed.
 * Index: snapshots_pkey, snapshot_versions_pkey. Locks: the snapshot, whose writers remove former versions too, then those.
 */
export const pruneLast: StatementFunction<PruneLastParameters, PruneLastRow> = one({
  name: "snapshots/pruneLast",
  prepared: true,
  readsOnly: false,
  parameters: ["persistenceId","keep"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `with locked as materialized (
  select stored.persistence_id
  from holdfast.snapshots as stored
  where stored.persistence_id = $1
  for no key update
), removed as (
  delete from holdfast.snapshot_versions as former
  where former.persistence_id = (select locked.persistence_id from locked)
    and former.version <= (
      select newest.version
      from holdfast.snapshot_versions as newest
      where newest.persistence_id = $1
      order by newest.version desc
      offset $2::integer
      limit 1
    )
  returning former.version
)
select count(*) as "count!" from removed`,
});

/** The parameters of {@link pruneOlder}. */
export interface PruneOlderParameters {
  readonly persistenceId: string;
  readonly olderThanVersion: string;
}

/** A row of {@link pruneOlder}. */
export interface PruneOlderRow {
  readonly count: number;
}

/**
 * Removes the former versions of a snapshot that are older than a version, and returns their number.
 * Index: snapshots_pkey, snapshot_versions_pkey. Locks: the snapshot, whose writers remove former versions too, then those.
 */
export const pruneOlder: StatementFunction<PruneOlderParameters, PruneOlderRow> = one({
  name: "snapshots/pruneOlder",
  prepared: true,
  readsOnly: false,
  parameters: ["persistenceId","olderThanVersion"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `with locked as materialized (
  select stored.persistence_id
  from holdfast.snapshots as stored
  where stored.persistence_id = $1
  for no key update
), removed as (
  delete from holdfast.snapshot_versions as former
  where former.persistence_id = (select locked.persistence_id from locked) and former.version < $2::text::bigint
  returning former.version
)
select count(*) as "count!" from removed`,
});

/** The parameters of {@link removeExpiredSnapshotVersions}. */
export interface RemoveExpiredSnapshotVersionsParameters {
  readonly keepMs: number;
  readonly limit: number;
}

/** A row of {@link removeExpiredSnapshotVersions}. */
export interface RemoveExpiredSnapshotVersionsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` former versions of snapshots that were replaced long enough ago, oldest first. Returns their number. Finds the
 * rows by their place (ctid), because a plan that knows no limit would join the whole table; locked rows stay in their place.
 * Index: snapshot_versions_replaced. Locks: the removed rows; those that others hold are skipped.
 */
export const removeExpiredSnapshotVersions: StatementFunction<RemoveExpiredSnapshotVersionsParameters, RemoveExpiredSnapshotVersionsRow> = one({
  name: "snapshots/removeExpiredSnapshotVersions",
  prepared: true,
  readsOnly: false,
  parameters: ["keepMs","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with removed as (
  delete from holdfast.snapshot_versions as former
  where former.ctid = any(array(
    select expired.ctid
    from holdfast.snapshot_versions as expired
    where expired.replaced_at <= holdfast.now() - $1::bigint * interval '1 millisecond'
    order by expired.replaced_at, expired.persistence_id, expired.version
    limit $2
    for update skip locked
  ))
  returning former.version
)
select count(*) as "removed!" from removed`,
});

/** The parameters of {@link removeSnapshots}. */
export interface RemoveSnapshotsParameters {
  readonly persistenceIds: readonly string[];
}

/** A row of {@link removeSnapshots}. */
export interface RemoveSnapshotsRow {
  readonly removed: boolean;
}

/**
 * Removes snapshots with their former versions, and returns in input order whether each existed. Each row is locked by its own
 * sub-select, so the plan is one look-up per row, even from when there were few snapshots.
 * Index: snapshots_pkey. Locks: snapshots in id order, then their former versions.
 */
export const removeSnapshots: StatementFunction<RemoveSnapshotsParameters, readonly RemoveSnapshotsRow[]> = many({
  name: "snapshots/removeSnapshots",
  prepared: true,
  readsOnly: false,
  parameters: ["persistenceIds"],
  object: (row) => ({ removed: row[0] }),
  elements: {"persistenceIds":"text"},
  text: `with locked as materialized (
  select input.persistence_id, input.position, snapshot.persistence_id is not null as is_stored
  from (
    select given.persistence_id, given.position
    from unnest((select $1::text[])) with ordinality as given(persistence_id, position)
    order by given.persistence_id collate "C"
  ) as input
  left join lateral (
    select stored.persistence_id
    from holdfast.snapshots as stored
    where stored.persistence_id = input.persistence_id
    for update
  ) as snapshot on true
), removed as (
  delete from holdfast.snapshots as stored
  using (
    select locked.persistence_id
    from locked
    where locked.is_stored
    limit holdfast.at_most(cardinality($1::text[]))
  ) as gone
  where stored.persistence_id = gone.persistence_id
)
select locked.is_stored as "removed!"
from locked
order by locked.position`,
});

/** The parameters of {@link snapshotAt}. */
export interface SnapshotAtParameters {
  readonly persistenceId: string;
  readonly version: string;
}

/** A row of {@link snapshotAt}. */
export interface SnapshotAtRow {
  readonly persistenceId: string;
  readonly version: string;
  readonly generation: number;
  readonly shard: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly engineTimestamp: string | null;
  readonly manifest: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
  readonly encoding: string;
  readonly digests: string;
  readonly payload: Uint8Array;
}

/**
 * One version of a snapshot: the newest, or a kept former one.
 * Index: snapshots_pkey, snapshot_versions_pkey.
 */
export const snapshotAt: StatementFunction<SnapshotAtParameters, SnapshotAtRow | null> = maybe({
  name: "snapshots/snapshotAt",
  prepared: true,
  readsOnly: true,
  parameters: ["persistenceId","version"],
  object: (row) => ({ persistenceId: row[0], version: row[1], generation: row[2], shard: row[3], createdAt: row[4], updatedAt: row[5], engineTimestamp: row[6], manifest: row[7], definitionName: row[8], definitionVersion: row[9], definitionHash: row[10], encoding: row[11], digests: row[12], payload: row[13] }),
  elements: {},
  text: `select newest.persistence_id as "persistence_id!", newest.version::text as "version!", newest.generation as "generation!",
  newest.shard as "shard!", newest.created_at as "created_at!", newest.updated_at as "updated_at!",
  newest.engine_timestamp::text as "engine_timestamp?", newest.manifest as "manifest?", newest.definition_name as "definition_name?",
  newest.definition_version as "definition_version?", newest.definition_hash as "definition_hash?",
  newest.encoding as "encoding!", array_to_string(newest.digests, ' ') as "digests!", newest.payload as "payload!"
from holdfast.snapshots as newest
where newest.persistence_id = $1 and newest.version = $2::text::bigint
union all
select newest.persistence_id, former.version::text, newest.generation, former.shard, newest.created_at, former.written_at,
  former.engine_timestamp::text, former.manifest, former.definition_name, former.definition_version, former.definition_hash,
  former.encoding, array_to_string(former.digests, ' '), former.payload
from holdfast.snapshot_versions as former
join holdfast.snapshots as newest on newest.persistence_id = former.persistence_id
where former.persistence_id = $1 and former.version = $2::text::bigint`,
});

/** The parameters of {@link writeSnapshot}. */
export interface WriteSnapshotParameters {
  readonly persistenceId: string;
  readonly version: string;
  readonly shard: number;
  readonly keeps: number | null;
  readonly timestamp: string | null;
  readonly manifest: string | null;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly definitionHash: string | null;
  readonly encoding: string;
  readonly digests: string;
  readonly payload: Uint8Array;
  readonly expectedVersion: string | null;
  readonly expectedGeneration: number | null;
}

/** A row of {@link writeSnapshot}. */
export interface WriteSnapshotRow {
  readonly outcome: string;
  readonly generation: number;
}

/**
 * Writes one snapshot, as `write_snapshots` does, in a third of the time. An expected version of -1 means that no snapshot may exist.
 * Index: snapshots_pkey; for kept versions, snapshot_versions_pkey. Locks: the snapshot.
 */
export const writeSnapshot: StatementFunction<WriteSnapshotParameters, WriteSnapshotRow> = one({
  name: "snapshots/writeSnapshot",
  prepared: true,
  readsOnly: false,
  parameters: ["persistenceId","version","shard","keeps","timestamp","manifest","definitionName","definitionVersion","definitionHash","encoding","digests","payload","expectedVersion","expectedGeneration"],
  object: (row) => ({ outcome: row[0], generation: row[1] }),
  elements: {},
  text: `with written as materialized (
  insert into holdfast.snapshots as stored (persistence_id, version, generation, shard, keeps, created_at, updated_at,
    engine_timestamp, manifest, definition_name, definition_version, definition_hash, encoding, digests, payload)
  values ($1::text, $2::text::bigint, nextval('holdfast.snapshot_generations'), $3::bigint, $4::integer,
    holdfast.now(), holdfast.now(), $5::text::bigint, $6::text, $7::text, $8::integer,
    $9::text, $10::text, string_to_array($11::text, ' '), $12::bytea)
  on conflict (persistence_id) do update set
    version = excluded.version, shard = excluded.shard, keeps = excluded.keeps, updated_at = excluded.updated_at,
    engine_timestamp = excluded.engine_timestamp, manifest = excluded.manifest, definition_name = excluded.definition_name,
    definition_version = excluded.definition_version, definition_hash = excluded.definition_hash, encoding = excluded.encoding,
    digests = excluded.digests, payload = excluded.payload
  where holdfast.replaces_snapshot(stored, excluded, $13::text::bigint)
  returning stored.generation, stored.xmax = 0 as is_new
), settled as materialized (
  select
    case
      when written.is_new is null then 'replayed'
      when written.is_new then 'created'
      else 'replaced'
    end as outcome,
    case
      when written.is_new is null then holdfast.generation_of($1)
      when not written.is_new or (
        select generations.last_value = written.generation from holdfast.snapshot_generations as generations
      ) then written.generation
      else holdfast.renew_generation($1)
    end as generation
  from (select) as one
  left join written on true
)
select settled.outcome as "outcome!", settled.generation as "generation!"
from settled
where holdfast.meets_expectation($1, settled.outcome, settled.generation, $14::bigint,
  $13::text::bigint)`,
});

/** The parameters of {@link writeSnapshots}. */
export interface WriteSnapshotsParameters {
  readonly persistenceIds: readonly string[];
  readonly versions: readonly string[];
  readonly shards: readonly number[];
  readonly keeps: readonly (number | null)[];
  readonly expectedGenerations: readonly (number | null)[];
  readonly timestamps: readonly (string | null)[];
  readonly manifests: readonly (string | null)[];
  readonly definitionNames: readonly (string | null)[];
  readonly definitionVersions: readonly (number | null)[];
  readonly definitionHashes: readonly (string | null)[];
  readonly encodings: readonly string[];
  readonly digests: readonly string[];
  readonly payloads: readonly Uint8Array[];
  readonly expectedVersions: JsonText | null;
}

/** A row of {@link writeSnapshots}. */
export interface WriteSnapshotsRow {
  readonly outcome: string;
  readonly generation: number;
}

/**
 * Writes snapshots, one per id. Answers in input order with the outcome and the generation of each. A newer version replaces the stored
 * one. The stored version once more, with the same content, changes nothing. Fails with HF001, and writes nothing, for an older version,
 * for the same version with other content, and at another version or generation than expected. Each is compared with the row once it is
 * locked. A conflict clause sees columns only, so the expected versions come as an object by id; -1 means no snapshot.
 * Index: snapshots_pkey; for kept versions, snapshot_versions_pkey. Locks: snapshots in id order.
 */
export const writeSnapshots: StatementFunction<WriteSnapshotsParameters, readonly WriteSnapshotsRow[]> = many({
  name: "snapshots/writeSnapshots",
  prepared: true,
  readsOnly: false,
  parameters: ["persistenceIds","versions","shards","keeps","expectedGenerations","timestamps","manifests","definitionNames","definitionVersions","definitionHashes","encodings","digests","payloads","expectedVersions"],
  object: (row) => ({ outcome: row[0], generation: row[1] }),
  elements: {"persistenceIds":"text","versions":"text","shards":"int8","expectedGenerations":"int8","timestamps":"text","manifests":"text","definitionNames":"text","definitionHashes":"text","encodings":"text","digests":"text","payloads":"bytea"},
  text: `with input as materialized (
  select given.persistence_id, given.version, given.shard, given.keeps, given.expected_generation, given.engine_timestamp, given.manifest,
    given.definition_name, given.definition_version, given.definition_hash, given.encoding, given.digests, given.payload,
    given.position
  from unnest((select $1::text[]), $2::text[]::bigint[], $3::bigint[], $4::integer[], $5::bigint[],
      $6::text[]::bigint[], $7::text[], $8::text[], $9::integer[],
      $10::text[], $11::text[], $12::text[], $13::bytea[])
    with ordinality as given(persistence_id, version, shard, keeps, expected_generation, engine_timestamp, manifest, definition_name,
      definition_version, definition_hash, encoding, digests, payload, position)
), written as materialized (
  insert into holdfast.snapshots as stored (persistence_id, version, generation, shard, keeps, created_at, updated_at,
    engine_timestamp, manifest, definition_name, definition_version, definition_hash, encoding, digests, payload)
  select input.persistence_id, input.version, nextval('holdfast.snapshot_generations'), input.shard, input.keeps, holdfast.now(),
    holdfast.now(), input.engine_timestamp, input.manifest, input.definition_name, input.definition_version, input.definition_hash, input.encoding,
    string_to_array(input.digests, ' '), input.payload
  from input
  order by input.persistence_id collate "C"
  on conflict (persistence_id) do update set
    version = excluded.version, shard = excluded.shard, keeps = excluded.keeps, updated_at = excluded.updated_at,
    engine_timestamp = excluded.engine_timestamp, manifest = excluded.manifest, definition_name = excluded.definition_name,
    definition_version = excluded.definition_version, definition_hash = excluded.definition_hash, encoding = excluded.encoding,
    digests = excluded.digests, payload = excluded.payload
  where holdfast.replaces_snapshot(stored, excluded, ($14::jsonb ->> stored.persistence_id)::bigint)
  returning stored.persistence_id, stored.generation, stored.xmax = 0 as is_new
), drawn as materialized (
  select count(*) = (select count(*) from input) and holdfast.are_last_generations(min(made.generation), count(*)) as is_last
  from written as made
  where made.is_new
), settled as materialized (
  select input.persistence_id, input.expected_generation, input.position,
    case
      when written.persistence_id is null then 'replayed'
      when written.is_new then 'created'
      else 'replaced'
    end as outcome,
    case
      when written.persistence_id is null then holdfast.generation_of(input.persistence_id)
      when not written.is_new or (select drawn.is_last from drawn) then written.generation
      else holdfast.renew_generation(input.persistence_id)
    end as generation
  from input
  left join written on written.persistence_id = input.persistence_id
)
select settled.outcome as "outcome!", settled.generation as "generation!"
from settled
where holdfast.meets_expectation(settled.persistence_id, settled.outcome, settled.generation, settled.expected_generation,
  ($14 ->> settled.persistence_id)::bigint)
order by settled.position`,
});
