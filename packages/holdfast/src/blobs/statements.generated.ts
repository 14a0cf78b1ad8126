// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { BlobBackend } from "../core/enums.generated.ts";
import { exec, many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link abandonContents}. */
export interface AbandonContentsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link abandonContents}. */
export interface AbandonContentsRow {
  readonly state: string;
}

/**
 * Gives up uploads, whose contents a sweep may then remove. Returns in input order what each content was. "pending" is the usual case;
 * "committed": its upload had succeeded after all; "gone": a sweep had given it up before.
 * Index: blob_contents_pkey. Locks: blob_contents in id order.
 */
export const abandonContents: StatementFunction<AbandonContentsParameters, readonly AbandonContentsRow[]> = many({
  name: "blobs/abandonContents",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ state: row[0] }),
  elements: {"ids":"text"},
  text: `with input as (
  select given.id, given.position
  from unnest((select $1::text[])) with ordinality as given(id, position)
), locked as materialized (
  select stored.id, stored.pending_until, stored.size
  from input
  join holdfast.blob_contents as stored on stored.id = input.id
  order by stored.id
  for no key update of stored
), abandoned as (
  update holdfast.blob_contents as stored set pending_until = null, unused_since = holdfast.now()
  where stored.id = any(array(select locked.id::text from locked where locked.pending_until is not null))
)
select case
  when locked.size is not null then 'committed' when locked.pending_until is not null then 'pending' else 'gone'
end as "state!"
from input
left join locked on locked.id = input.id
order by input.position`,
});

/** The parameters of {@link beginContents}. */
export interface BeginContentsParameters {
  readonly names: readonly string[];
  readonly backends: readonly BlobBackend[];
  readonly leaseMs: number;
}

/** A row of {@link beginContents}. */
export interface BeginContentsRow {
  readonly id: string;
}

/**
 * Begins uploads: contents without bytes yet, which live for `leaseMs` from now, or from their last heartbeat. Answers in input order,
 * and with nothing while the store has no space.
 * Index: blob_contents_pkey. Locks: an advisory one per content whose bytes are outside the database, so that a sweep knows about uploads
 * in open transactions. The server has room for a few thousand of them.
 */
export const beginContents: StatementFunction<BeginContentsParameters, readonly BeginContentsRow[]> = many({
  name: "blobs/beginContents",
  prepared: true,
  readsOnly: false,
  parameters: ["names","backends","leaseMs"],
  object: (row) => ({ id: row[0] }),
  elements: {"names":"text"},
  text: `with input as materialized (
  select case given.backend when 'postgres' then named.id else holdfast.hold_content(named.id) end as id, given.backend,
    given.position
  from unnest((select $1::text[]), $2::holdfast.blob_backend[]) with ordinality as given(name, backend, position)
  cross join holdfast.blob_spaces as space
  cross join lateral (select space.id || '/' || given.name as id) as named
), begun as (
  insert into holdfast.blob_contents (id, backend, created_at, pending_until)
  select input.id, input.backend, holdfast.now(), holdfast.now() + $3::bigint * interval '1 millisecond'
  from input
  returning id
)
select input.id as "id!"
from input
join begun on begun.id = input.id
order by input.position`,
});

/** The parameters of {@link commitBlobs}. */
export interface CommitBlobsParameters {
  readonly keys: readonly string[];
  readonly contentIds: readonly string[];
  readonly contentTypes: readonly string[];
  readonly metadata: readonly (JsonText | null)[];
  readonly expiresAt: readonly (Date | null)[];
  readonly ttlsMs: readonly (number | null)[];
  readonly sizes: readonly number[];
  readonly digests: readonly Uint8Array[];
  readonly ifAbsent: boolean;
}

/** A row of {@link commitBlobs}. */
export interface CommitBlobsRow {
  readonly isWritten: boolean;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly expiresAt: Date | null;
}

/**
 * Makes uploaded contents the blobs of their keys, one per input row. Returns in input order whether each was. A trigger releases the
 * previous content of a key. With `ifAbsent` that one stays, unless it has expired, and the new content stays pending. Fails with HF002
 * if a sweep has given an upload up. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there
 * were few contents.
 * Index: blob_contents_pkey, blobs_pkey. Locks: the contents in id order, then blobs in key order, then the released contents.
 */
export const commitBlobs: StatementFunction<CommitBlobsParameters, readonly CommitBlobsRow[]> = many({
  name: "blobs/commitBlobs",
  prepared: true,
  readsOnly: false,
  parameters: ["keys","contentIds","contentTypes","metadata","expiresAt","ttlsMs","sizes","digests","ifAbsent"],
  object: (row) => ({ isWritten: row[0], createdAt: row[1], updatedAt: row[2], expiresAt: row[3] }),
  elements: {"keys":"text","contentIds":"text","contentTypes":"text","metadata":"json","ttlsMs":"int8","sizes":"int8","digests":"bytea"},
  text: `with input as materialized (
  select given.key, given.content_id, given.content_type, given.metadata, given.expires_at, given.ttl_ms, given.size, given.sha256,
    given.position
  from unnest((select $1::text[]), $2::text[], $3::text[], $4::json[], $5::timestamptz[],
    $6::bigint[], $7::bigint[], $8::bytea[])
    with ordinality as given(key, content_id, content_type, metadata, expires_at, ttl_ms, size, sha256, position)
), pending as materialized (
  select content.id
  from (select input.content_id from input order by input.content_id collate "C") as wanted
  cross join lateral (
    select stored.id
    from holdfast.blob_contents as stored
    where stored.id = wanted.content_id and stored.pending_until is not null
    for no key update
  ) as content
), written as (
  insert into holdfast.blobs as stored (key, content_id, content_type, created_at, updated_at, expires_at, metadata)
  select input.key, input.content_id, input.content_type, holdfast.now(), holdfast.now(),
    coalesce(input.expires_at, holdfast.now() + input.ttl_ms * interval '1 millisecond'), input.metadata
  from input
  join pending on pending.id = input.content_id
  order by input.key collate "C"
  on conflict (key) do update set
    content_id = excluded.content_id, content_type = excluded.content_type, updated_at = excluded.updated_at,
    expires_at = excluded.expires_at, metadata = excluded.metadata,
    created_at = case when stored.expires_at <= excluded.created_at then excluded.created_at else stored.created_at end
  where not $9::boolean or stored.expires_at <= excluded.created_at
  returning stored.key, stored.content_id, stored.created_at, stored.updated_at, stored.expires_at
), committed as (
  update holdfast.blob_contents as stored set pending_until = null, size = made.size, sha256 = made.sha256
  from (
    select input.content_id, input.size, input.sha256
    from input
    join written on written.content_id = input.content_id
    limit holdfast.at_most(cardinality($2::text[]))
  ) as made
  where stored.id = made.content_id
)
select written.key is not null as "is_written!", written.created_at as "created_at?", written.updated_at as "updated_at?",
  written.expires_at as "expires_at?"
from input
left join pending on pending.id = input.content_id
left join written on written.content_id = input.content_id
where case
  when pending.id is null then
    holdfast.fail('HF002', format('the upload of blob %s was given up by a sweep, for no sign of life came from it: upload it again', input.key),
      json_build_object('entity', 'blob', 'key', input.key))
  else true
end
order by input.position`,
});

/** The parameters of {@link countExpiredBlobs}. */
export interface CountExpiredBlobsParameters {
}

/** A row of {@link countExpiredBlobs}. */
export interface CountExpiredBlobsRow {
  readonly expired: number;
}

/**
 * Counts expired blobs.
 * Index: blobs_expiring.
 */
export const countExpiredBlobs: StatementFunction<CountExpiredBlobsParameters, CountExpiredBlobsRow> = one({
  name: "blobs/countExpiredBlobs",
  prepared: true,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from holdfast.blobs as stored
where stored.expires_at <= holdfast.now()`,
});

/** The parameters of {@link extendBlobs}. */
export interface ExtendBlobsParameters {
  readonly keys: readonly string[];
  readonly expiresAt: readonly (Date | null)[];
  readonly ttlsMs: readonly (number | null)[];
}

/**
 * Extends blobs to at least the given expiry, with null for forever. Never shortens one, nor revives an expired blob.
 * Index: blobs_pkey. Locks: blobs in key order.
 */
export const extendBlobs: StatementFunction<ExtendBlobsParameters, void> = exec({
  name: "blobs/extendBlobs",
  prepared: true,
  readsOnly: false,
  parameters: ["keys","expiresAt","ttlsMs"],
  object: () => ({}),
  elements: {"keys":"text","ttlsMs":"int8"},
  text: `with input as (
  select given.key, given.expires_at, given.ttl_ms
  from unnest((select $1::text[]), $2::timestamptz[], $3::bigint[]) as given(key, expires_at, ttl_ms)
), locked as materialized (
  select stored.key, coalesce(input.expires_at, holdfast.now() + input.ttl_ms * interval '1 millisecond') as wanted_until
  from input
  join holdfast.blobs as stored on stored.key = input.key
  where stored.expires_at > holdfast.now()
  order by stored.key
  for no key update of stored
)
update holdfast.blobs as stored
set expires_at = case when locked.wanted_until is not null then greatest(stored.expires_at, locked.wanted_until) end
from locked
where stored.key = locked.key and stored.key = any($1::text[])`,
});

/** The parameters of {@link findContents}. */
export interface FindContentsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link findContents}. */
export interface FindContentsRow {
  readonly isKnown: boolean;
  readonly isPending: boolean;
}

/**
 * Whether contents exist, and whether they are being uploaded, in input order.
 * Index: blob_contents_pkey.
 */
export const findContents: StatementFunction<FindContentsParameters, readonly FindContentsRow[]> = many({
  name: "blobs/findContents",
  prepared: true,
  readsOnly: true,
  parameters: ["ids"],
  object: (row) => ({ isKnown: row[0], isPending: row[1] }),
  elements: {"ids":"text"},
  text: `select stored.id is not null as "is_known!", stored.pending_until is not null as "is_pending!"
from unnest((select $1::text[])) with ordinality as given(id, position)
left join holdfast.blob_contents as stored on stored.id = given.id
order by given.position`,
});

/** The parameters of {@link getBlob}. */
export interface GetBlobParameters {
  readonly key: string;
}

/** A row of {@link getBlob}. */
export interface GetBlobRow {
  readonly key: string;
  readonly contentId: string;
  readonly contentType: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
  readonly metadata: JsonText | null;
  readonly backend: BlobBackend;
  readonly size: number;
  readonly sha256: Uint8Array;
}

/**
 * The blob of a key, unless it has expired.
 * Index: blobs_pkey, blob_contents_pkey.
 */
export const getBlob: StatementFunction<GetBlobParameters, GetBlobRow | null> = maybe({
  name: "blobs/getBlob",
  prepared: true,
  readsOnly: true,
  parameters: ["key"],
  object: (row) => ({ key: row[0], contentId: row[1], contentType: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5], metadata: row[6], backend: row[7], size: row[8], sha256: row[9] }),
  elements: {},
  text: `select blob.key, blob.content_id, blob.content_type, blob.created_at, blob.updated_at, blob.expires_at, blob.metadata,
  content.backend, content.size as "size!", content.sha256 as "sha256!"
from holdfast.blobs as blob
join holdfast.blob_contents as content on content.id = blob.content_id
where blob.key = $1 and (blob.expires_at is null or blob.expires_at > holdfast.now())`,
});

/** The parameters of {@link getSpace}. */
export interface GetSpaceParameters {
}

/** A row of {@link getSpace}. */
export interface GetSpaceRow {
  readonly id: string;
}

/**
 * The store's space, if it has one.
 * Index: none needed.
 */
export const getSpace: StatementFunction<GetSpaceParameters, GetSpaceRow | null> = maybe({
  name: "blobs/getSpace",
  prepared: true,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ id: row[0] }),
  elements: {},
  text: `select space.id::text as "id!"
from holdfast.blob_spaces as space
where space.number = 1`,
});

/** The parameters of {@link holdContents}. */
export interface HoldContentsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link holdContents}. */
export interface HoldContentsRow {
  readonly isFree: boolean;
}

/**
 * Whether no open transaction is uploading each of some contents, in input order. Precedes find_contents in one transaction.
 * Index: none. Locks: an advisory one per content.
 */
export const holdContents: StatementFunction<HoldContentsParameters, readonly HoldContentsRow[]> = many({
  name: "blobs/holdContents",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ isFree: row[0] }),
  elements: {"ids":"text"},
  text: `select holdfast.is_content_free(given.id) as "is_free!"
from unnest((select $1::text[])) with ordinality as given(id, position)
order by given.position`,
});

/** The parameters of {@link keepContents}. */
export interface KeepContentsParameters {
  readonly ids: readonly string[];
  readonly leaseMs: number;
}

/** A row of {@link keepContents}. */
export interface KeepContentsRow {
  readonly isKept: boolean;
}

/**
 * The heartbeat of uploads: they live for `leaseMs` from now. Returns in input order whether each is still to be uploaded. Each row is
 * locked by its own sub-select, so the plan is one look-up per row, even from when there were few contents.
 * Index: blob_contents_pkey. Locks: blob_contents in id order.
 */
export const keepContents: StatementFunction<KeepContentsParameters, readonly KeepContentsRow[]> = many({
  name: "blobs/keepContents",
  prepared: true,
  readsOnly: false,
  parameters: ["ids","leaseMs"],
  object: (row) => ({ isKept: row[0] }),
  elements: {"ids":"text"},
  text: `with locked as materialized (
  select input.id, input.position, content.id is not null as is_pending
  from (
    select given.id, given.position
    from unnest((select $1::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.id
    from holdfast.blob_contents as stored
    where stored.id = input.id and stored.pending_until is not null
    for no key update
  ) as content on true
), kept as (
  update holdfast.blob_contents as stored set
    pending_until = holdfast.now() + $2::bigint * interval '1 millisecond'
  from (
    select locked.id
    from locked
    where locked.is_pending
    limit holdfast.at_most(cardinality($1::text[]))
  ) as pending
  where stored.id = pending.id
)
select locked.is_pending as "is_kept!"
from locked
order by locked.position`,
});

/** The parameters of {@link listBlobs}. */
export interface ListBlobsParameters {
  readonly prefix: string;
  readonly after: string;
  readonly limit: number;
}

/** A row of {@link listBlobs}. */
export interface ListBlobsRow {
  readonly key: string;
  readonly contentId: string;
  readonly contentType: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
  readonly metadata: JsonText | null;
  readonly backend: BlobBackend;
  readonly size: number;
  readonly sha256: Uint8Array;
}

/**
 * The unexpired blobs whose keys begin with a prefix, by key in byte order, after a given one.
 * Index: blobs_pkey, also for the prefix, which takes a plan for its value. blob_contents_pkey.
 */
export const listBlobs: InBothOrders<ListBlobsParameters, readonly ListBlobsRow[]> = {
  asc: many({
  name: "blobs/listBlobs",
  prepared: false,
  readsOnly: true,
  parameters: ["prefix","after","limit"],
  object: (row) => ({ key: row[0], contentId: row[1], contentType: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5], metadata: row[6], backend: row[7], size: row[8], sha256: row[9] }),
  elements: {},
  text: `select blob.key, blob.content_id, blob.content_type, blob.created_at, blob.updated_at, blob.expires_at, blob.metadata,
  content.backend, content.size as "size!", content.sha256 as "sha256!"
from holdfast.blobs as blob
join holdfast.blob_contents as content on content.id = blob.content_id
where blob.key ^@ $1::text and blob.key > $2 and (blob.expires_at is null or blob.expires_at > holdfast.now())
order by blob.key
limit $3`,
}),
  desc: many({
  name: "blobs/listBlobs desc",
  prepared: false,
  readsOnly: true,
  parameters: ["prefix","after","limit"],
  object: (row) => ({ key: row[0], contentId: row[1], contentType: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5], metadata: row[6], backend: row[7], size: row[8], sha256: row[9] }),
  elements: {},
  text: `select blob.key, blob.content_id, blob.content_type, blob.created_at, blob.updated_at, blob.expires_at, blob.metadata,
  content.backend, content.size as "size!", content.sha256 as "sha256!"
from holdfast.blobs as blob
join holdfast.blob_contents as content on content.id = blob.content_id
where blob.key ^@ $1::text and blob.key < $2 and (blob.expires_at is null or blob.expires_at > holdfast.now())
order by blob.key desc
limit $3`,
}),
};

/** The parameters of {@link listContents}. */
export interface ListContentsParameters {
  readonly after: string;
  readonly upTo: string | null;
  readonly backend: BlobBackend;
  readonly limit: number;
}

/** A row of {@link listContents}. */
export interface ListContentsRow {
  readonly id: string;
  readonly key: string;
}

/**
 * The contents that a backend must have, by id, after one and up to another, and the keys of their blobs.
 * Index: blob_contents_pkey, blobs_content_id_key.
 */
export const listContents: StatementFunction<ListContentsParameters, readonly ListContentsRow[]> = many({
  name: "blobs/listContents",
  prepared: false,
  readsOnly: true,
  parameters: ["after","upTo","backend","limit"],
  object: (row) => ({ id: row[0], key: row[1] }),
  elements: {},
  text: `select content.id as "id!", blob.key as "key!"
from holdfast.blob_contents as content
join holdfast.blobs as blob on blob.content_id = content.id
where content.id > $1 and ($2::text is null or content.id <= $2) and content.backend = $3
order by content.id
limit $4`,
});

/** The parameters of {@link makeSpace}. */
export interface MakeSpaceParameters {
}

/**
 * Gives the store its space, if it has none.
 * Index: blob_spaces_pkey. Locks: the space, when it is new.
 */
export const makeSpace: StatementFunction<MakeSpaceParameters, void> = exec({
  name: "blobs/makeSpace",
  prepared: true,
  readsOnly: false,
  parameters: [],
  object: () => ({}),
  elements: {},
  text: `insert into holdfast.blob_spaces (number, id) values (1, pg_catalog.gen_random_uuid())
on conflict do nothing`,
});

/** The parameters of {@link readChunk}. */
export interface ReadChunkParameters {
  readonly position: number;
  readonly length: number;
  readonly contentId: string;
}

/** A row of {@link readChunk}. */
export interface ReadChunkRow {
  readonly bytes: Uint8Array;
}

/**
 * A content's bytes from a position to the end of their chunk, at most `length`.
 * Index: blob_chunks_pkey.
 */
export const readChunk: StatementFunction<ReadChunkParameters, ReadChunkRow | null> = maybe({
  name: "blobs/readChunk",
  prepared: true,
  readsOnly: true,
  parameters: ["position","length","contentId"],
  object: (row) => ({ bytes: row[0] }),
  elements: {},
  text: `select substring(chunk.bytes from ($1::bigint - chunk.first_byte)::integer + 1 for $2::integer) as "bytes!"
from holdfast.blob_chunks as chunk
where chunk.content_id = $3 and chunk.first_byte <= $1
order by chunk.first_byte desc
limit 1`,
});

/** The parameters of {@link removeBlobs}. */
export interface RemoveBlobsParameters {
  readonly keys: readonly string[];
}

/** A row of {@link removeBlobs}. */
export interface RemoveBlobsRow {
  readonly removed: boolean;
}

/**
 * Removes blobs, and returns in input order whether each existed. An expired one did not, but its row is removed too.
 * Index: blobs_pkey. Locks: blobs in key order, then their contents.
 */
export const removeBlobs: StatementFunction<RemoveBlobsParameters, readonly RemoveBlobsRow[]> = many({
  name: "blobs/removeBlobs",
  prepared: true,
  readsOnly: false,
  parameters: ["keys"],
  object: (row) => ({ removed: row[0] }),
  elements: {"keys":"text"},
  text: `with input as (
  select given.key, given.position
  from unnest((select $1::text[])) with ordinality as given(key, position)
), locked as materialized (
  select stored.key, stored.expires_at is null or stored.expires_at > holdfast.now() as is_live
  from input
  join holdfast.blobs as stored on stored.key = input.key
  order by stored.key
  for update of stored
), removed as (
  delete from holdfast.blobs as stored
  where stored.key = any(array(select locked.key from locked))
)
select coalesce(locked.is_live, false) as "removed!"
from input
left join locked on locked.key = input.key
order by input.position`,
});

/** The parameters of {@link removeChunks}. */
export interface RemoveChunksParameters {
  readonly contentIds: readonly string[];
  readonly limit: number;
}

/** A row of {@link removeChunks}. */
export interface RemoveChunksRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` chunks of contents that no blob has, and returns their number.
 * Index: blob_contents_pkey, blob_chunks_pkey. Locks: blob_chunks.
 */
export const removeChunks: StatementFunction<RemoveChunksParameters, RemoveChunksRow> = one({
  name: "blobs/removeChunks",
  prepared: true,
  readsOnly: false,
  parameters: ["contentIds","limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {"contentIds":"text"},
  text: `with chosen as materialized (
  select chunk.content_id, chunk.first_byte
  from unnest((select $1::text[])) as given(id)
  cross join lateral (
    select unused.id from holdfast.blob_contents as unused where unused.id = given.id and unused.unused_since is not null limit 1
  ) as content
  cross join lateral (
    select stored.content_id, stored.first_byte from holdfast.blob_chunks as stored where stored.content_id = content.id
    limit $2::bigint
  ) as chunk
  limit $2
), removed as (
  delete from holdfast.blob_chunks as stored
  using chosen
  where stored.content_id = chosen.content_id and stored.first_byte = chosen.first_byte
  returning stored.first_byte
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeContents}. */
export interface RemoveContentsParameters {
  readonly ids: readonly string[];
}

/** A row of {@link removeContents}. */
export interface RemoveContentsRow {
  readonly removed: number;
}

/**
 * Removes contents that no blob has, once their bytes are gone, and returns their number.
 * Index: blob_contents_pkey. Locks: blob_contents.
 */
export const removeContents: StatementFunction<RemoveContentsParameters, RemoveContentsRow> = one({
  name: "blobs/removeContents",
  prepared: true,
  readsOnly: false,
  parameters: ["ids"],
  object: (row) => ({ removed: row[0] }),
  elements: {"ids":"text"},
  text: `with removed as (
  delete from holdfast.blob_contents as stored
  where stored.id = any($1::text[]) and stored.unused_since is not null
  returning stored.id
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeExpiredBlobs}. */
export interface RemoveExpiredBlobsParameters {
  readonly limit: number;
}

/** A row of {@link removeExpiredBlobs}. */
export interface RemoveExpiredBlobsRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` expired blobs, the longest expired first, and returns their number. Their contents are released.
 * Index: blobs_expiring, blobs_pkey. Locks: blobs, skipping those that others hold, then their contents.
 */
export const removeExpiredBlobs: StatementFunction<RemoveExpiredBlobsParameters, RemoveExpiredBlobsRow> = one({
  name: "blobs/removeExpiredBlobs",
  prepared: true,
  readsOnly: false,
  parameters: ["limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with expired as materialized (
  select stored.key
  from holdfast.blobs as stored
  where stored.expires_at <= holdfast.now()
  order by stored.expires_at
  limit $1
  for update skip locked
), removed as (
  delete from holdfast.blobs as stored
  where stored.key = any(array(select expired.key from expired))
  returning stored.key
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link takeUnusedContents}. */
export interface TakeUnusedContentsParameters {
  readonly olderThanMs: number;
  readonly backends: readonly BlobBackend[];
  readonly limit: number;
}

/** A row of {@link takeUnusedContents}. */
export interface TakeUnusedContentsRow {
  readonly id: string;
  readonly backend: BlobBackend;
}

/**
 * Takes at most `limit` contents in reachable backends that no blob has had for at least `olderThanMs`. Also takes those of uploads whose
 * last sign of life is that long over. The uploads are given up, so they can no longer commit.
 * Index: blob_contents_pending, blob_contents_unused, blob_contents_pkey. Locks: blob_contents, skipping those that others hold.
 */
export const takeUnusedContents: StatementFunction<TakeUnusedContentsParameters, readonly TakeUnusedContentsRow[]> = many({
  name: "blobs/takeUnusedContents",
  prepared: true,
  readsOnly: false,
  parameters: ["olderThanMs","backends","limit"],
  object: (row) => ({ id: row[0], backend: row[1] }),
  elements: {},
  text: `with dead as materialized (
  select stored.id, stored.backend
  from holdfast.blob_contents as stored
  where stored.pending_until <= holdfast.now() - $1::bigint * interval '1 millisecond'
    and stored.backend = any($2::holdfast.blob_backend[])
  order by stored.pending_until
  limit $3
  for no key update skip locked
), unused as materialized (
  select stored.id, stored.backend
  from holdfast.blob_contents as stored
  where stored.unused_since <= holdfast.now() - $1::bigint * interval '1 millisecond'
    and stored.backend = any($2::holdfast.blob_backend[])
  order by stored.unused_since
  limit $3::bigint - (select count(*) from dead)
  for no key update skip locked
), abandoned as (
  update holdfast.blob_contents as stored set pending_until = null, unused_since = holdfast.now()
  where stored.id = any(array(select dead.id::text from dead))
)
select dead.id as "id!", dead.backend as "backend!" from dead
union all
select unused.id as "id!", unused.backend as "backend!" from unused`,
});

/** The parameters of {@link writeChunk}. */
export interface WriteChunkParameters {
  readonly firstByte: number;
  readonly bytes: Uint8Array;
  readonly contentId: string;
}

/** A row of {@link writeChunk}. */
export interface WriteChunkRow {
  readonly firstByte: number;
}

/**
 * Stores a part of a content's bytes, or nothing if its upload was given up.
 * Index: blob_contents_pkey, blob_chunks_pkey. Locks: the content, shared.
 */
export const writeChunk: StatementFunction<WriteChunkParameters, WriteChunkRow | null> = maybe({
  name: "blobs/writeChunk",
  prepared: true,
  readsOnly: false,
  parameters: ["firstByte","bytes","contentId"],
  object: (row) => ({ firstByte: row[0] }),
  elements: {},
  text: `insert into holdfast.blob_chunks (content_id, first_byte, bytes)
select stored.id, $1::bigint, $2::bytea
from holdfast.blob_contents as stored
where stored.id = $3 and stored.pending_until is not null
returning first_byte`,
});
