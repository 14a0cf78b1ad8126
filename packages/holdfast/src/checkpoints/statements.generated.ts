// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import { exec, many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link addPendingWrites}. */
export interface AddPendingWritesParameters {
  readonly threads: readonly string[];
  readonly ttlsMs: readonly (number | null)[];
  readonly writeThreads: readonly string[];
  readonly namespaces: readonly string[];
  readonly ids: readonly string[];
  readonly tasks: readonly string[];
  readonly numbers: readonly number[];
  readonly paths: readonly string[];
  readonly names: readonly string[];
  readonly manifests: readonly (string | null)[];
  readonly encodings: readonly string[];
  readonly values: readonly Uint8Array[];
}

/**
 * Adds the pending writes of tasks, as `write_checkpoints` does for inputs without a state, in half the time. One that exists is replaced
 * only if its number is negative. Locks a thread that is there and stays as it is, without another version of its row.
 * Index: checkpoint_threads_pkey, checkpoint_writes_pkey. Locks: checkpoint_threads in order; their content, which nobody else changes
 * meanwhile.
 */
export const addPendingWrites: StatementFunction<AddPendingWritesParameters, void> = exec({
  name: "checkpoints/addPendingWrites",
  prepared: true,
  readsOnly: false,
  parameters: ["threads","ttlsMs","writeThreads","namespaces","ids","tasks","numbers","paths","names","manifests","encodings","values"],
  object: () => ({}),
  elements: {"threads":"text","ttlsMs":"int8","writeThreads":"text","namespaces":"text","ids":"text","tasks":"text","paths":"text","names":"text","manifests":"text","encodings":"text","values":"bytea"},
  text: `with held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  select given.thread, holdfast.now(), holdfast.now(), holdfast.after_ms(max(given.ttl_ms))
  from unnest((select $1::text[]), $2::bigint[]) as given(thread, ttl_ms)
  group by given.thread
  order by given.thread collate "C"
  on conflict (thread) do update set
    created_at = case when stored.expires_at <= excluded.updated_at then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > excluded.updated_at then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end
    where stored.expires_at <= excluded.updated_at or excluded.expires_at is not null
  returning stored.thread
)
insert into holdfast.checkpoint_writes (thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
select given.thread, given.namespace, given.checkpoint_id, given.task, given.number, given.path, given.name, given.manifest,
  given.encoding, given.value
from unnest((select $3::text[]), $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::bytea[])
  as given(thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
where (select count(*) from held) >= 0
on conflict (thread, namespace, checkpoint_id, task, number) do update set
  path = excluded.path, name = excluded.name, manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
  where excluded.number < 0`,
});

/** The parameters of {@link addPendingWritesAlone}. */
export interface AddPendingWritesAloneParameters {
  readonly thread: string;
  readonly ttlMs: number | null;
  readonly namespace: string;
  readonly id: string;
  readonly tasks: readonly string[];
  readonly numbers: readonly number[];
  readonly paths: readonly string[];
  readonly names: readonly string[];
  readonly manifests: readonly (string | null)[];
  readonly encodings: readonly string[];
  readonly values: readonly Uint8Array[];
}

/**
 * Adds the pending writes of one task, as `add_pending_writes` adds those of several.
 * Index: checkpoint_threads_pkey, checkpoint_writes_pkey. Locks: the thread; its content, which nobody else changes meanwhile.
 */
export const addPendingWritesAlone: StatementFunction<AddPendingWritesAloneParameters, void> = exec({
  name: "checkpoints/addPendingWritesAlone",
  prepared: true,
  readsOnly: false,
  parameters: ["thread","ttlMs","namespace","id","tasks","numbers","paths","names","manifests","encodings","values"],
  object: () => ({}),
  elements: {"tasks":"text","paths":"text","names":"text","manifests":"text","encodings":"text","values":"bytea"},
  text: `with held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  values ($1::text, holdfast.now(), holdfast.now(), holdfast.after_ms($2::bigint))
  on conflict (thread) do update set
    created_at = case when stored.expires_at <= excluded.updated_at then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > excluded.updated_at then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end
    where stored.expires_at <= excluded.updated_at or excluded.expires_at is not null
  returning stored.thread
)
insert into holdfast.checkpoint_writes (thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
select $1, $3::text, $4::text, given.task, given.number, given.path, given.name, given.manifest, given.encoding, given.value
from unnest((select $5::text[]), $6::integer[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::bytea[]) as given(task, number, path, name, manifest, encoding, value)
where (select count(*) from held) >= 0
on conflict (thread, namespace, checkpoint_id, task, number) do update set
  path = excluded.path, name = excluded.name, manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
  where excluded.number < 0`,
});

/** The parameters of {@link copyThread}. */
export interface CopyThreadParameters {
  readonly target: string;
  readonly source: string;
}

/** A row of {@link copyThread}. */
export interface CopyThreadRow {
  readonly copied: number;
}

/**
 * Copies a thread with all its content under another name, and returns the number of checkpoints; 0 if there is none. The copy expires
 * when the thread does. Fails with HF007 if the other name is taken.
 * Index: checkpoint_threads_pkey, checkpoints_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey. Locks: the copy.
 */
export const copyThread: StatementFunction<CopyThreadParameters, CopyThreadRow> = one({
  name: "checkpoints/copyThread",
  prepared: true,
  readsOnly: false,
  parameters: ["target","source"],
  object: (row) => ({ copied: row[0] }),
  elements: {},
  text: `with made as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  select $1::text, holdfast.now(), holdfast.now(), source.expires_at
  from holdfast.checkpoint_threads as source
  where source.thread = $2 and (source.expires_at is null or source.expires_at > holdfast.now())
  on conflict (thread) do update set
    created_at = excluded.created_at, updated_at = excluded.updated_at, expires_at = excluded.expires_at
    where stored.expires_at <= holdfast.now()
      or holdfast.fail('HF007', format('thread %s exists', stored.thread), json_build_object('entity', 'thread', 'thread', stored.thread))
  returning stored.thread
), copied as (
  insert into holdfast.checkpoints (thread, namespace, id, parent_id, created_at, labels, part_names, part_versions, part_origins,
    manifest, encoding, state)
  select made.thread, stored.namespace, stored.id, stored.parent_id, stored.created_at, stored.labels, stored.part_names,
    stored.part_versions, stored.part_origins, stored.manifest, stored.encoding, stored.state
  from made
  cross join holdfast.checkpoints as stored
  where stored.thread = $2
  returning id
), copied_parts as (
  insert into holdfast.checkpoint_parts (thread, namespace, name, version, origin, manifest, encoding, value)
  select made.thread, stored.namespace, stored.name, stored.version, stored.origin, stored.manifest, stored.encoding, stored.value
  from made
  cross join holdfast.checkpoint_parts as stored
  where stored.thread = $2
), copied_writes as (
  insert into holdfast.checkpoint_writes (thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
  select made.thread, stored.namespace, stored.checkpoint_id, stored.task, stored.number, stored.path, stored.name, stored.manifest,
    stored.encoding, stored.value
  from made
  cross join holdfast.checkpoint_writes as stored
  where stored.thread = $2
)
select count(*) as "copied!"
from copied`,
});

/** The parameters of {@link countCheckpoints}. */
export interface CountCheckpointsParameters {
  readonly thread: string | null;
  readonly namespace: string | null;
  readonly id: string | null;
  readonly beforeId: string | null;
  readonly labels: JsonText | null;
  readonly isNewest: boolean;
}

/** A row of {@link countCheckpoints}. */
export interface CountCheckpointsRow {
  readonly count: number;
}

/**
 * Counts checkpoints. Labels are compared by containment.
 * Index: checkpoints_pkey, checkpoints_labels; checkpoint_threads_pkey.
 */
export const countCheckpoints: StatementFunction<CountCheckpointsParameters, CountCheckpointsRow> = one({
  name: "checkpoints/countCheckpoints",
  prepared: false,
  readsOnly: true,
  parameters: ["thread","namespace","id","beforeId","labels","isNewest"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `select count(*) as "count!"
from holdfast.checkpoints as stored
where ($1::text is null or stored.thread = $1)
  and ($2::text is null or stored.namespace = $2)
  and ($3::text is null or stored.id = $3)
  and ($4::text is null or stored.id < $4)
  and ($5::jsonb is null or stored.labels @> $5)
  and (not $6::boolean or not exists (
    select from holdfast.checkpoints as later
    where later.thread = stored.thread and later.namespace = stored.namespace and later.id > stored.id
  ))
  and exists (
    select from holdfast.checkpoint_threads as alive
    where alive.thread = stored.thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
  )`,
});

/** The parameters of {@link countExpiredThreads}. */
export interface CountExpiredThreadsParameters {
}

/** A row of {@link countExpiredThreads}. */
export interface CountExpiredThreadsRow {
  readonly expired: number;
}

/**
 * Counts threads that have expired and are still stored.
 * Index: checkpoint_threads_expiring.
 */
export const countExpiredThreads: StatementFunction<CountExpiredThreadsParameters, CountExpiredThreadsRow> = one({
  name: "checkpoints/countExpiredThreads",
  prepared: true,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from holdfast.checkpoint_threads as stored
where stored.expires_at <= holdfast.now()`,
});

/** The parameters of {@link listAncestors}. */
export interface ListAncestorsParameters {
  readonly thread: string;
  readonly namespace: string;
  readonly id: string;
  readonly limit: number;
}

/** A row of {@link listAncestors}. */
export interface ListAncestorsRow {
  readonly id: string;
}

/**
 * The ids of a checkpoint's ancestors, the parent first.
 * Index: checkpoints_pkey, checkpoint_threads_pkey.
 */
export const listAncestors: StatementFunction<ListAncestorsParameters, readonly ListAncestorsRow[]> = many({
  name: "checkpoints/listAncestors",
  prepared: true,
  readsOnly: true,
  parameters: ["thread","namespace","id","limit"],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `with recursive chain(parent_id, id, depth) as (
  select stored.parent_id::text collate "C", null::text collate "C", 0
  from holdfast.checkpoints as stored
  where stored.thread = $1 and stored.namespace = $2 and stored.id = $3
    and exists (
      select from holdfast.checkpoint_threads as alive
      where alive.thread = $1 and (alive.expires_at is null or alive.expires_at > holdfast.now())
    )
  union all
  select parent.parent_id, parent.id, chain.depth + 1
  from chain
  cross join lateral (
    select known.parent_id::text collate "C" as parent_id, known.id::text collate "C" as id
    from holdfast.checkpoints as known
    where known.thread = $1 and known.namespace = $2 and known.id = chain.parent_id
    limit holdfast.at_most(1)
  ) as parent
  where chain.depth < $4::integer
)
select chain.id as "id!"
from chain
where chain.depth > 0
order by chain.depth`,
});

/** The parameters of {@link listCheckpoints}. */
export interface ListCheckpointsParameters {
  readonly thread: string | null;
  readonly namespace: string | null;
  readonly id: string | null;
  readonly beforeId: string | null;
  readonly labels: JsonText | null;
  readonly isNewest: boolean;
  readonly afterId: string;
  readonly afterThread: string;
  readonly afterNamespace: string;
  readonly limit: number;
}

/** A row of {@link listCheckpoints}. */
export interface ListCheckpointsRow {
  readonly thread: string;
  readonly namespace: string;
  readonly id: string;
}

/**
 * The names of checkpoints of all threads or one, by id. Labels are compared by containment.
 * Index: checkpoints_by_id, checkpoints_pkey, checkpoints_labels; checkpoint_threads_pkey.
 */
export const listCheckpoints: InBothOrders<ListCheckpointsParameters, readonly ListCheckpointsRow[]> = {
  asc: many({
  name: "checkpoints/listCheckpoints",
  prepared: false,
  readsOnly: true,
  parameters: ["thread","namespace","id","beforeId","labels","isNewest","afterId","afterThread","afterNamespace","limit"],
  object: (row) => ({ thread: row[0], namespace: row[1], id: row[2] }),
  elements: {},
  text: `select stored.thread, stored.namespace, stored.id
from holdfast.checkpoints as stored
where ($1::text is null or stored.thread = $1)
  and ($2::text is null or stored.namespace = $2)
  and ($3::text is null or stored.id = $3)
  and ($4::text is null or stored.id < $4)
  and ($5::jsonb is null or stored.labels @> $5)
  and (not $6::boolean or not exists (
    select from holdfast.checkpoints as later
    where later.thread = stored.thread and later.namespace = stored.namespace and later.id > stored.id
  ))
  and (stored.id, stored.thread, stored.namespace) > ($7::text, $8::text, $9::text)
  and exists (
    select from holdfast.checkpoint_threads as alive
    where alive.thread = stored.thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
  )
order by stored.id, stored.thread, stored.namespace
limit $10`,
}),
  desc: many({
  name: "checkpoints/listCheckpoints desc",
  prepared: false,
  readsOnly: true,
  parameters: ["thread","namespace","id","beforeId","labels","isNewest","afterId","afterThread","afterNamespace","limit"],
  object: (row) => ({ thread: row[0], namespace: row[1], id: row[2] }),
  elements: {},
  text: `select stored.thread, stored.namespace, stored.id
from holdfast.checkpoints as stored
where ($1::text is null or stored.thread = $1)
  and ($2::text is null or stored.namespace = $2)
  and ($3::text is null or stored.id = $3)
  and ($4::text is null or stored.id < $4)
  and ($5::jsonb is null or stored.labels @> $5)
  and (not $6::boolean or not exists (
    select from holdfast.checkpoints as later
    where later.thread = stored.thread and later.namespace = stored.namespace and later.id > stored.id
  ))
  and (stored.id, stored.thread, stored.namespace) < ($7::text, $8::text, $9::text)
  and exists (
    select from holdfast.checkpoint_threads as alive
    where alive.thread = stored.thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
  )
order by stored.id desc, stored.thread desc, stored.namespace desc
limit $10`,
}),
};

/** The parameters of {@link listThreads}. */
export interface ListThreadsParameters {
  readonly after: string;
  readonly limit: number;
}

/** A row of {@link listThreads}. */
export interface ListThreadsRow {
  readonly thread: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Threads by name in byte order, after a given one.
 * Index: checkpoint_threads_pkey.
 */
export const listThreads: InBothOrders<ListThreadsParameters, readonly ListThreadsRow[]> = {
  asc: many({
  name: "checkpoints/listThreads",
  prepared: true,
  readsOnly: true,
  parameters: ["after","limit"],
  object: (row) => ({ thread: row[0], createdAt: row[1], updatedAt: row[2], expiresAt: row[3] }),
  elements: {},
  text: `select stored.thread, stored.created_at, stored.updated_at, stored.expires_at
from holdfast.checkpoint_threads as stored
where stored.thread > $1 and (stored.expires_at is null or stored.expires_at > holdfast.now())
order by stored.thread
limit (select $2::bigint)`,
}),
  desc: many({
  name: "checkpoints/listThreads desc",
  prepared: true,
  readsOnly: true,
  parameters: ["after","limit"],
  object: (row) => ({ thread: row[0], createdAt: row[1], updatedAt: row[2], expiresAt: row[3] }),
  elements: {},
  text: `select stored.thread, stored.created_at, stored.updated_at, stored.expires_at
from holdfast.checkpoint_threads as stored
where stored.thread < $1 and (stored.expires_at is null or stored.expires_at > holdfast.now())
order by stored.thread desc
limit (select $2::bigint)`,
}),
};

/** The parameters of {@link lockLabeledThreads}. */
export interface LockLabeledThreadsParameters {
  readonly labels: JsonText;
}

/** A row of {@link lockLabeledThreads}. */
export interface LockLabeledThreadsRow {
  readonly thread: string;
}

/**
 * Locks the threads that have checkpoints with these labels, and returns their names.
 * Index: checkpoints_labels, checkpoint_threads_pkey. Locks: checkpoint_threads in order.
 */
export const lockLabeledThreads: StatementFunction<LockLabeledThreadsParameters, readonly LockLabeledThreadsRow[]> = many({
  name: "checkpoints/lockLabeledThreads",
  prepared: false,
  readsOnly: false,
  parameters: ["labels"],
  object: (row) => ({ thread: row[0] }),
  elements: {},
  text: `select found.thread as "thread!"
from (
  select distinct stored.thread collate "C" as thread
  from holdfast.checkpoints as stored
  where stored.labels @> $1::jsonb
  order by 1
) as found
cross join lateral (
  select known.thread
  from holdfast.checkpoint_threads as known
  where known.thread = found.thread
  for update
) as locked`,
});

/** The parameters of {@link lockThread}. */
export interface LockThreadParameters {
  readonly thread: string;
}

/** A row of {@link lockThread}. */
export interface LockThreadRow {
  readonly isAlive: boolean;
}

/**
 * Locks a thread, so that nobody adds to it, and returns whether it has not expired.
 * Index: checkpoint_threads_pkey. Locks: the thread.
 */
export const lockThread: StatementFunction<LockThreadParameters, LockThreadRow | null> = maybe({
  name: "checkpoints/lockThread",
  prepared: true,
  readsOnly: false,
  parameters: ["thread"],
  object: (row) => ({ isAlive: row[0] }),
  elements: {},
  text: `select (stored.expires_at is null or stored.expires_at > holdfast.now()) as "is_alive!"
from holdfast.checkpoint_threads as stored
where stored.thread = $1
for update`,
});

/** The parameters of {@link pruneThread}. */
export interface PruneThreadParameters {
  readonly thread: string;
  readonly ancestors: number;
}

/** A row of {@link pruneThread}. */
export interface PruneThreadRow {
  readonly removed: number;
}

/**
 * Removes the checkpoints of a locked thread, except the newest of each namespace and its nearest ancestors, with their pending writes.
 * Index: checkpoints_pkey, checkpoint_writes_pkey.
 */
export const pruneThread: StatementFunction<PruneThreadParameters, PruneThreadRow> = one({
  name: "checkpoints/pruneThread",
  prepared: true,
  readsOnly: false,
  parameters: ["thread","ancestors"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with recursive kept(namespace, id, parent_id, depth) as (
  select newest.namespace, newest.id, newest.parent_id, 0
  from (
    select distinct on (stored.namespace) stored.namespace::text collate "C" as namespace,
      stored.id::text collate "C" as id, stored.parent_id::text collate "C" as parent_id
    from holdfast.checkpoints as stored
    where stored.thread = $1
    order by stored.namespace, stored.id desc
  ) as newest
  union all
  select kept.namespace, parent.id, parent.parent_id, kept.depth + 1
  from kept
  cross join lateral (
    select known.id::text collate "C" as id, known.parent_id::text collate "C" as parent_id
    from holdfast.checkpoints as known
    where known.thread = $1 and known.namespace = kept.namespace and known.id = kept.parent_id
    limit holdfast.at_most(1)
  ) as parent
  where kept.depth < $2::bigint
), removed as (
  delete from holdfast.checkpoints as stored
  where stored.thread = $1
    and (stored.namespace::text, stored.id::text) not in (select kept.namespace, kept.id from kept)
  returning stored.namespace, stored.id
), removed_writes as (
  delete from holdfast.checkpoint_writes as stored
  using removed
  where stored.thread = $1 and stored.namespace = removed.namespace and stored.checkpoint_id = removed.id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link readCheckpoint}. */
export interface ReadCheckpointParameters {
  readonly thread: string;
  readonly namespace: string;
  readonly id: string | null;
}

/** A row of {@link readCheckpoint}. */
export interface ReadCheckpointRow {
  readonly kind: number;
  readonly id: string;
  readonly parentId: string | null;
  readonly createdAt: Date | null;
  readonly labels: JsonText | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly task: string | null;
  readonly number: number | null;
  readonly path: string | null;
  readonly manifest: string | null;
  readonly encoding: string;
  readonly value: Uint8Array;
}

/**
 * One whole checkpoint with its parts and pending writes, as `read_checkpoints` reads several, with no limit of bytes.
 * Index: checkpoints_pkey, checkpoint_threads_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey.
 */
export const readCheckpoint: StatementFunction<ReadCheckpointParameters, readonly ReadCheckpointRow[]> = many({
  name: "checkpoints/readCheckpoint",
  prepared: true,
  readsOnly: true,
  parameters: ["thread","namespace","id"],
  object: (row) => ({ kind: row[0], id: row[1], parentId: row[2], createdAt: row[3], labels: row[4], name: row[5], version: row[6], task: row[7], number: row[8], path: row[9], manifest: row[10], encoding: row[11], value: row[12] }),
  elements: {},
  text: `with head as materialized (
  select stored.id, stored.parent_id, stored.created_at, stored.labels, stored.part_names, stored.part_versions, stored.part_origins,
    stored.manifest, stored.encoding, stored.state
  from holdfast.checkpoints as stored
  where stored.thread = $1 and stored.namespace = $2 and stored.id >= coalesce($3::text, '')
    and stored.id <= coalesce($3::text, holdfast.last_key())
    and exists (
      select from holdfast.checkpoint_threads as alive
      where alive.thread = $1 and (alive.expires_at is null or alive.expires_at > holdfast.now())
    )
  order by stored.thread desc, stored.namespace desc, stored.id desc
  limit holdfast.at_most(1)
)
select item.kind as "kind!", item.id as "id!", item.parent_id as "parent_id?", item.created_at as "created_at?", item.labels as "labels?",
  item.name as "name?", item.version as "version?", item.task as "task?", item.number as "number?", item.path as "path?",
  item.manifest as "manifest?", item.encoding as "encoding!", item.value as "value!"
from (
  select 0 as kind, head.id::text, head.parent_id::text, head.created_at, head.labels, null::text as name, null::text as version,
    null::text as task, null::integer as number, null::text as path, head.manifest::text, head.encoding, head.state as value
  from head
  union all
  select 1, stored.origin, null, null, null, stored.name, stored.version, null, null, null, stored.manifest, stored.encoding, stored.value
  from head
  cross join lateral unnest(head.part_names, head.part_versions, head.part_origins) as part(name, version, origin)
  cross join lateral (
    select known.origin, known.name, known.version, known.manifest, known.encoding, known.value
    from holdfast.checkpoint_parts as known
    where known.thread = $1 and known.namespace = $2 and known.name = part.name and known.version = part.version
      and known.origin = coalesce(part.origin, head.id)
    limit holdfast.at_most(1)
  ) as stored
  union all
  select 2, head.id, null, null, null, pending.name, null, pending.task, pending.number, pending.path, pending.manifest, pending.encoding,
    pending.value
  from head
  cross join lateral (
    select known.name, known.task, known.number, known.path, known.manifest, known.encoding, known.value
    from holdfast.checkpoint_writes as known
    where known.thread = $1 and known.namespace = $2 and known.checkpoint_id = head.id
    limit holdfast.at_most(1000000000)
  ) as pending
) as item
order by item.kind, item.path collate "C", item.task collate "C", item.number, item.name collate "C"`,
});

/** The parameters of {@link readCheckpoints}. */
export interface ReadCheckpointsParameters {
  readonly threads: readonly string[];
  readonly namespaces: readonly string[];
  readonly ids: readonly (string | null)[];
  readonly isWhole: boolean;
  readonly names: readonly string[];
  readonly bytesMax: number;
}

/** A row of {@link readCheckpoints}. */
export interface ReadCheckpointsRow {
  readonly position: number;
  readonly kind: number;
  readonly id: string;
  readonly parentId: string | null;
  readonly createdAt: Date | null;
  readonly labels: JsonText | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly task: string | null;
  readonly number: number | null;
  readonly path: string | null;
  readonly manifest: string | null;
  readonly encoding: string;
  readonly value: Uint8Array;
  readonly found: number;
}

/**
 * Checkpoints with their parts and pending writes: a row for the checkpoint, and one for each of the others. Without an id, the newest of
 * the namespace. Unless it is whole, only the parts and writes of some names. Each row has the position of its input. Values count towards `bytesMax`:
 * beyond it, later positions are left out, and `found` exceeds the number of rows.
 * Index: checkpoints_pkey, checkpoint_threads_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey.
 */
export const readCheckpoints: StatementFunction<ReadCheckpointsParameters, readonly ReadCheckpointsRow[]> = many({
  name: "checkpoints/readCheckpoints",
  prepared: true,
  readsOnly: true,
  parameters: ["threads","namespaces","ids","isWhole","names","bytesMax"],
  object: (row) => ({ position: row[0], kind: row[1], id: row[2], parentId: row[3], createdAt: row[4], labels: row[5], name: row[6], version: row[7], task: row[8], number: row[9], path: row[10], manifest: row[11], encoding: row[12], value: row[13], found: row[14] }),
  elements: {"threads":"text","namespaces":"text","ids":"text","names":"text"},
  text: `with head as materialized (
  select given.position, given.thread, given.namespace, stored.id, stored.parent_id, stored.created_at, stored.labels, stored.part_names,
    stored.part_versions, stored.part_origins, stored.manifest, stored.encoding, stored.state
  from unnest((select $1::text[]), $2::text[], $3::text[]) with ordinality as given(thread, namespace, id, position)
  cross join lateral (
    select known.id, known.parent_id, known.created_at, known.labels, known.part_names, known.part_versions, known.part_origins,
      known.manifest, known.encoding, known.state
    from holdfast.checkpoints as known
    where known.thread = given.thread and known.namespace = given.namespace and known.id >= coalesce(given.id, '')
      and known.id <= coalesce(given.id, holdfast.last_key())
    order by known.thread desc, known.namespace desc, known.id desc
    limit holdfast.at_most(1)
  ) as stored
  cross join lateral (
    select alive.thread
    from holdfast.checkpoint_threads as alive
    where alive.thread = given.thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
    limit holdfast.at_most(1)
  ) as alive
)
select item.position as "position!", item.kind as "kind!", item.id as "id!", item.parent_id as "parent_id?",
  item.created_at as "created_at?", item.labels as "labels?", item.name as "name?", item.version as "version?", item.task as "task?",
  item.number as "number?", item.path as "path?", item.manifest as "manifest?", item.encoding as "encoding!", item.value as "value!",
  item.found as "found!"
from (
  select every.position, every.kind, every.id, every.parent_id, every.created_at, every.labels, every.name, every.version, every.task,
    every.number, every.path, every.manifest, every.encoding, every.value, count(*) over () as found,
    sum(octet_length(every.value)) over (
      order by every.position groups between unbounded preceding and 1 preceding
    ) as bytes_before
  from (
    select head.position, 0 as kind, head.id::text, head.parent_id::text, head.created_at, head.labels, null::text as name,
      null::text as version, null::text as task, null::integer as number, null::text as path, head.manifest::text, head.encoding,
      head.state as value
    from head
    union all
    select head.position, 1, stored.origin, null, null, null, stored.name, stored.version, null, null, null, stored.manifest,
      stored.encoding, stored.value
    from head
    cross join lateral unnest(head.part_names, head.part_versions, head.part_origins) as part(name, version, origin)
    cross join lateral (
      select known.origin, known.name, known.version, known.manifest, known.encoding, known.value
      from holdfast.checkpoint_parts as known
      where known.thread = head.thread and known.namespace = head.namespace and known.name = part.name and known.version = part.version
        and known.origin = coalesce(part.origin, head.id)
      limit holdfast.at_most(1)
    ) as stored
    where $4::boolean or part.name = any($5::text[])
    union all
    select head.position, 2, head.id, null, null, null, pending.name, null, pending.task, pending.number, pending.path, pending.manifest,
      pending.encoding, pending.value
    from head
    cross join lateral (
      select known.name, known.task, known.number, known.path, known.manifest, known.encoding, known.value
      from holdfast.checkpoint_writes as known
      where known.thread = head.thread and known.namespace = head.namespace and known.checkpoint_id = head.id
        and ($4::boolean or known.name = any($5::text[]))
      limit holdfast.at_most($6::bigint)
    ) as pending
  ) as every
) as item
where coalesce(item.bytes_before, 0) < $6::bigint
order by item.position, item.kind, item.path collate "C", item.task collate "C", item.number, item.name collate "C"`,
});

/** The parameters of {@link removeExpiredThreads}. */
export interface RemoveExpiredThreadsParameters {
  readonly limit: number;
}

/** A row of {@link removeExpiredThreads}. */
export interface RemoveExpiredThreadsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` expired threads with all their content, the longest expired first, and returns their number.
 * Index: checkpoint_threads_expiring, checkpoint_threads_pkey. Locks: checkpoint_threads, skipping those that others hold.
 */
export const removeExpiredThreads: StatementFunction<RemoveExpiredThreadsParameters, RemoveExpiredThreadsRow> = one({
  name: "checkpoints/removeExpiredThreads",
  prepared: true,
  readsOnly: false,
  parameters: ["limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with locked as materialized (
  select stored.thread
  from holdfast.checkpoint_threads as stored
  where stored.expires_at <= holdfast.now()
  order by stored.expires_at
  limit $1
  for update skip locked
), removed as (
  delete from holdfast.checkpoint_threads as stored
  using unnest(array(select locked.thread::text from locked)) as gone(thread)
  where stored.thread = gone.thread
  returning stored.thread
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeLabeledCheckpoints}. */
export interface RemoveLabeledCheckpointsParameters {
  readonly labels: JsonText;
  readonly threads: readonly string[];
}

/** A row of {@link removeLabeledCheckpoints}. */
export interface RemoveLabeledCheckpointsRow {
  readonly removed: number;
}

/**
 * Removes the checkpoints with these labels from locked threads, with their pending writes.
 * Index: checkpoints_labels, checkpoints_pkey, checkpoint_writes_pkey.
 */
export const removeLabeledCheckpoints: StatementFunction<RemoveLabeledCheckpointsParameters, RemoveLabeledCheckpointsRow> = one({
  name: "checkpoints/removeLabeledCheckpoints",
  prepared: false,
  readsOnly: false,
  parameters: ["labels","threads"],
  object: (row) => ({ removed: row[0] }),
  elements: {"threads":"text"},
  text: `with removed as (
  delete from holdfast.checkpoints as stored
  where stored.labels @> $1::jsonb and stored.thread = any($2::text[])
  returning stored.thread, stored.namespace, stored.id
), removed_writes as (
  delete from holdfast.checkpoint_writes as stored
  using removed
  where stored.thread = removed.thread and stored.namespace = removed.namespace and stored.checkpoint_id = removed.id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeThreads}. */
export interface RemoveThreadsParameters {
  readonly threads: readonly string[];
}

/** A row of {@link removeThreads}. */
export interface RemoveThreadsRow {
  readonly removed: boolean;
}

/**
 * Removes threads with all their content, and returns in input order whether each existed. An expired one did not, and goes too.
 * Index: checkpoint_threads_pkey; its trigger: checkpoints_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey.
 * Locks: checkpoint_threads in order.
 */
export const removeThreads: StatementFunction<RemoveThreadsParameters, readonly RemoveThreadsRow[]> = many({
  name: "checkpoints/removeThreads",
  prepared: true,
  readsOnly: false,
  parameters: ["threads"],
  object: (row) => ({ removed: row[0] }),
  elements: {"threads":"text"},
  text: `with locked as materialized (
  select input.thread, input.position, found.thread is not null as is_stored, coalesce(found.is_alive, false) as is_alive
  from (
    select given.thread, given.position
    from unnest((select $1::text[])) with ordinality as given(thread, position)
    order by given.thread collate "C"
  ) as input
  left join lateral (
    select stored.thread, (stored.expires_at is null or stored.expires_at > holdfast.now()) as is_alive
    from holdfast.checkpoint_threads as stored
    where stored.thread = input.thread
    for update
  ) as found on true
), removed as (
  delete from holdfast.checkpoint_threads as stored
  using (
    select locked.thread
    from locked
    where locked.is_stored
    limit holdfast.at_most(cardinality($1::text[]))
  ) as gone
  where stored.thread = gone.thread
)
select locked.is_alive as "removed!"
from locked
order by locked.position`,
});

/** The parameters of {@link removeUnusedParts}. */
export interface RemoveUnusedPartsParameters {
  readonly threads: readonly string[];
}

/**
 * Removes the parts of locked threads that no checkpoint has any more, and the threads without checkpoints and pending writes.
 * Index: checkpoint_parts_pkey, checkpoints_pkey, checkpoint_writes_pkey, checkpoint_threads_pkey.
 */
export const removeUnusedParts: StatementFunction<RemoveUnusedPartsParameters, void> = exec({
  name: "checkpoints/removeUnusedParts",
  prepared: true,
  readsOnly: false,
  parameters: ["threads"],
  object: () => ({}),
  elements: {"threads":"text"},
  text: `with used as materialized (
  select stored.thread::text, stored.namespace::text, part.name, part.version,
    coalesce(part.origin, stored.id) as origin
  from unnest((select $1::text[])) as given(thread)
  join holdfast.checkpoints as stored on stored.thread = given.thread
  cross join lateral unnest(stored.part_names, stored.part_versions, stored.part_origins) as part(name, version, origin)
), unused as (
  delete from holdfast.checkpoint_parts as stored
  using unnest((select $1::text[])) as given(thread)
  where stored.thread = given.thread
    and not exists (
      select from used
      where used.thread = stored.thread and used.namespace = stored.namespace and used.name = stored.name
        and used.version = stored.version and used.origin = stored.origin
    )
)
delete from holdfast.checkpoint_threads as stored
using unnest((select $1::text[])) as given(thread)
where stored.thread = given.thread
  and not exists (select from holdfast.checkpoints as known where known.thread = stored.thread)
  and not exists (select from holdfast.checkpoint_writes as pending where pending.thread = stored.thread)`,
});

/** The parameters of {@link writeCheckpointAlone}. */
export interface WriteCheckpointAloneParameters {
  readonly thread: string;
  readonly ttlMs: number | null;
  readonly namespace: string;
  readonly id: string;
  readonly ownNames: readonly string[];
  readonly ownVersions: readonly string[];
  readonly ownManifests: readonly (string | null)[];
  readonly ownEncodings: readonly string[];
  readonly ownValues: readonly Uint8Array[];
  readonly parentId: string | null;
  readonly labels: JsonText;
  readonly manifest: string | null;
  readonly encoding: string;
  readonly state: Uint8Array;
  readonly sharedNames: readonly string[];
  readonly sharedVersions: readonly string[];
}

/**
 * Writes one checkpoint with its parts, as `write_checkpoints` writes several: each node of a plan that is left out saves a lone caller time.
 * Parts with values are this checkpoint's own; the others it shares.
 * Index: checkpoint_threads_pkey, checkpoints_pkey, checkpoint_parts_pkey. Locks: the thread; its content, which nobody else changes
 * meanwhile.
 */
export const writeCheckpointAlone: StatementFunction<WriteCheckpointAloneParameters, void> = exec({
  name: "checkpoints/writeCheckpointAlone",
  prepared: true,
  readsOnly: false,
  parameters: ["thread","ttlMs","namespace","id","ownNames","ownVersions","ownManifests","ownEncodings","ownValues","parentId","labels","manifest","encoding","state","sharedNames","sharedVersions"],
  object: () => ({}),
  elements: {"ownNames":"text","ownVersions":"text","ownManifests":"text","ownEncodings":"text","ownValues":"bytea","sharedNames":"text","sharedVersions":"text"},
  text: `with held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  values ($1::text, holdfast.now(), holdfast.now(), holdfast.after_ms($2::bigint))
  on conflict (thread) do update set
    created_at = case when stored.expires_at <= excluded.updated_at then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > excluded.updated_at then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end
  returning stored.thread
), stored_parts as (
  insert into holdfast.checkpoint_parts (thread, namespace, name, version, origin, manifest, encoding, value)
  select $1, $3::text, own.name, own.version, $4::text, own.manifest, own.encoding, own.value
  from unnest((select $5::text[]), $6::text[], $7::text[], $8::text[], $9::bytea[])
    as own(name, version, manifest, encoding, value)
  where (select count(*) from held) >= 0
  on conflict (thread, namespace, name, version, origin) do update set
    manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
)
insert into holdfast.checkpoints (thread, namespace, id, parent_id, created_at, labels, part_names, part_versions, part_origins,
  manifest, encoding, state)
select $1, $3::text, $4::text, $10::text, holdfast.now(), $11::jsonb, $5::text[] || shared.names,
  $6::text[] || shared.versions, array_fill(null::text, array[cardinality($5::text[])]) || shared.origins,
  $12::text, $13::text, $14::bytea
from (
  select coalesce(array_agg(part.name), '{}') as names, coalesce(array_agg(part.version), '{}') as versions,
    coalesce(array_agg(part.origin), '{}') as origins
  from (
    select given.name, given.version,
      case
        when parent.part_versions[array_position(parent.part_names, given.name)] = given.version
          then coalesce(parent.part_origins[array_position(parent.part_names, given.name)], $10)
        else holdfast.checkpoint_part_origin($1, $3, given.name, given.version)
      end as origin
    from unnest((select $15::text[]), $16::text[]) as given(name, version)
    left join lateral (
      select stored.part_names, stored.part_versions, stored.part_origins
      from holdfast.checkpoints as stored
      where stored.thread = $1 and stored.namespace = $3 and stored.id = $10
      limit holdfast.at_most(1)
    ) as parent on true
  ) as part
  where part.origin is not null
) as shared
where (select count(*) from held) >= 0
on conflict (thread, namespace, id) do update set
  parent_id = excluded.parent_id, labels = excluded.labels, part_names = excluded.part_names, part_versions = excluded.part_versions,
  part_origins = excluded.part_origins, manifest = excluded.manifest, encoding = excluded.encoding, state = excluded.state`,
});

/** The parameters of {@link writeCheckpoints}. */
export interface WriteCheckpointsParameters {
  readonly threads: readonly string[];
  readonly namespaces: readonly string[];
  readonly ids: readonly string[];
  readonly parentIds: readonly (string | null)[];
  readonly ttlsMs: readonly (number | null)[];
  readonly labels: readonly JsonText[];
  readonly manifests: readonly (string | null)[];
  readonly encodings: readonly string[];
  readonly states: readonly (Uint8Array | null)[];
  readonly partInputs: readonly number[];
  readonly partNames: readonly string[];
  readonly partVersions: readonly string[];
  readonly partManifests: readonly (string | null)[];
  readonly partEncodings: readonly string[];
  readonly partValues: readonly (Uint8Array | null)[];
  readonly writeInputs: readonly number[];
  readonly tasks: readonly string[];
  readonly numbers: readonly number[];
  readonly paths: readonly string[];
  readonly writeNames: readonly string[];
  readonly writeManifests: readonly (string | null)[];
  readonly writeEncodings: readonly string[];
  readonly writeValues: readonly Uint8Array[];
}

/**
 * Writes checkpoints with their parts, and the pending writes of tasks. An input without a state has only writes. A part without a value
 * is the parent's if that has this version, and otherwise that of the last checkpoint to store it. A part that none stored is left out. A
 * checkpoint or a part that exists is replaced; a pending write only if its number is negative.
 * Index: checkpoint_threads_pkey, checkpoints_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey. Locks: checkpoint_threads in order;
 * their content, which nobody else changes meanwhile.
 */
export const writeCheckpoints: StatementFunction<WriteCheckpointsParameters, void> = exec({
  name: "checkpoints/writeCheckpoints",
  prepared: true,
  readsOnly: false,
  parameters: ["threads","namespaces","ids","parentIds","ttlsMs","labels","manifests","encodings","states","partInputs","partNames","partVersions","partManifests","partEncodings","partValues","writeInputs","tasks","numbers","paths","writeNames","writeManifests","writeEncodings","writeValues"],
  object: () => ({}),
  elements: {"threads":"text","namespaces":"text","ids":"text","parentIds":"text","ttlsMs":"int8","manifests":"text","encodings":"text","states":"bytea","partInputs":"int8","partNames":"text","partVersions":"text","partManifests":"text","partEncodings":"text","partValues":"bytea","writeInputs":"int8","tasks":"text","paths":"text","writeNames":"text","writeManifests":"text","writeEncodings":"text","writeValues":"bytea"},
  text: `with input as materialized (
  select given.thread, given.namespace, given.id, given.parent_id, given.ttl_ms, given.labels, given.manifest, given.encoding, given.state,
    given.position, parent.part_names, parent.part_versions, parent.part_origins
  from unnest((select $1::text[]), $2::text[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[],
      $7::text[], $8::text[], $9::bytea[])
    with ordinality as given(thread, namespace, id, parent_id, ttl_ms, labels, manifest, encoding, state, position)
  left join lateral (
    select stored.part_names, stored.part_versions, stored.part_origins
    from holdfast.checkpoints as stored
    where stored.thread = given.thread and stored.namespace = given.namespace and stored.id = given.parent_id
    limit holdfast.at_most(1)
  ) as parent on true
), held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  select input.thread, holdfast.now(), holdfast.now(), holdfast.after_ms(max(input.ttl_ms))
  from input
  group by input.thread
  order by input.thread collate "C"
  on conflict (thread) do update set
    created_at = case when stored.expires_at <= excluded.updated_at then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > excluded.updated_at then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end
  returning stored.thread
), part as materialized (
  select input.thread, input.namespace, input.position, given.name, given.version, given.manifest, given.encoding, given.value,
    case
      when given.value is not null then input.id
      when input.part_versions[array_position(input.part_names, given.name)] = given.version
        then coalesce(input.part_origins[array_position(input.part_names, given.name)], input.parent_id)
      else holdfast.checkpoint_part_origin(input.thread, input.namespace, given.name, given.version)
    end as origin
  from unnest((select $10::bigint[]), $11::text[], $12::text[], $13::text[], $14::text[],
      $15::bytea[]) as given(position, name, version, manifest, encoding, value)
  join input on input.position = given.position
), stored_parts as (
  insert into holdfast.checkpoint_parts (thread, namespace, name, version, origin, manifest, encoding, value)
  select part.thread, part.namespace, part.name, part.version, part.origin, part.manifest, part.encoding, part.value
  from part
  where part.value is not null and (select count(*) from held) >= 0
  on conflict (thread, namespace, name, version, origin) do update set
    manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
), stored_checkpoints as (
  insert into holdfast.checkpoints (thread, namespace, id, parent_id, created_at, labels, part_names, part_versions, part_origins,
    manifest, encoding, state)
  select input.thread, input.namespace, input.id, input.parent_id, holdfast.now(), input.labels, parts.names, parts.versions,
    parts.origins, input.manifest, input.encoding, input.state
  from input
  cross join lateral (
    select coalesce(array_agg(part.name), '{}') as names, coalesce(array_agg(part.version), '{}') as versions,
      coalesce(array_agg(nullif(part.origin, input.id)), '{}') as origins
    from part
    where part.position = input.position and part.origin is not null
  ) as parts
  where input.state is not null and (select count(*) from held) >= 0
  on conflict (thread, namespace, id) do update set
    parent_id = excluded.parent_id, labels = excluded.labels, part_names = excluded.part_names, part_versions = excluded.part_versions,
    part_origins = excluded.part_origins, manifest = excluded.manifest, encoding = excluded.encoding, state = excluded.state
)
insert into holdfast.checkpoint_writes (thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
select input.thread, input.namespace, input.id, given.task, given.number, given.path, given.name, given.manifest, given.encoding, given.value
from unnest((select $16::bigint[]), $17::text[], $18::integer[], $19::text[], $20::text[], $21::text[],
    $22::text[], $23::bytea[]) as given(position, task, number, path, name, manifest, encoding, value)
join input on input.position = given.position
where (select count(*) from held) >= 0
on conflict (thread, namespace, checkpoint_id, task, number) do update set
  path = excluded.path, name = excluded.name, manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
  where excluded.number < 0`,
});
