// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import { many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link appendEntries}. */
export interface AppendEntriesParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  readonly values: readonly Uint8Array[];
  readonly ttlsMs: readonly (number | null)[];
  readonly bytesMax: number;
}

/** A row of {@link appendEntries}. */
export interface AppendEntriesRow {
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Adds bytes to the end of values, and answers in input order. An entry that is absent, expired or null begins with them. The expiry
 * stays if none is given, and labels stay. Fails with HF006 if a value would exceed the limit.
 * Index: kv_entries_pkey. Locks: kv_entries in key order.
 */
export const appendEntries: StatementFunction<AppendEntriesParameters, readonly AppendEntriesRow[]> = many({
  name: "kv/appendEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["prefixes","keys","values","ttlsMs","bytesMax"],
  object: (row) => ({ version: row[0], createdAt: row[1], updatedAt: row[2], expiresAt: row[3] }),
  elements: {"prefixes":"text","keys":"text","values":"bytea","ttlsMs":"int8"},
  text: `with input as materialized (
  select given.prefix, given.key, given.value, given.ttl_ms, given.position
  from unnest((select $1::text[]), $2::text[], $3::bytea[], $4::bigint[])
    with ordinality as given(prefix, key, value, ttl_ms, position)
), written as (
  insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
  select input.prefix, input.key, holdfast.now(), holdfast.now(), holdfast.after_ms(input.ttl_ms), input.value
  from input
  order by input.prefix collate "C", input.key collate "C"
  on conflict (prefix, key) do update set
    version = default,
    created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > holdfast.now() then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end,
    value = case
      when stored.expires_at <= holdfast.now() or stored.value is null then excluded.value
      else stored.value || excluded.value
    end,
    labels = case when stored.expires_at <= holdfast.now() then null else stored.labels end
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at,
    octet_length(stored.value) as size
)
select written.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.expires_at as "expires_at?"
from input
join written on written.prefix = input.prefix and written.key = input.key
where case
  when written.size > $5::integer then
    holdfast.fail('HF006', format('value would make entry %s of prefix %s %s bytes long, above the limit of %s: begin another',
      to_json(input.key), to_json(input.prefix), written.size, $5::integer), json_build_object('field', 'value'))
  else true
end
order by input.position`,
});

/** The parameters of {@link countEntries}. */
export interface CountEntriesParameters {
  readonly prefix: string;
  readonly lower: string;
  readonly upper: string | null;
  readonly withLower: boolean;
  readonly withUpper: boolean;
}

/** A row of {@link countEntries}. */
export interface CountEntriesRow {
  readonly count: number;
}

/**
 * Counts the entries of a prefix between two keys. The prefix equals one: of bounds that name both columns, the planner expects far too
 * many rows. No order would then keep it from reading the whole table.
 * Index: kv_entries_pkey.
 */
export const countEntries: StatementFunction<CountEntriesParameters, CountEntriesRow> = one({
  name: "kv/countEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["prefix","lower","upper","withLower","withUpper"],
  object: (row) => ({ count: row[0] }),
  elements: {},
  text: `select count(*) as "count!"
from holdfast.kv_entries as stored
where stored.prefix = $1 and stored.key >= $2 and stored.key <= coalesce($3, holdfast.last_key())
  and ($4::boolean or stored.key <> $2) and ($5::boolean or stored.key is distinct from $3)
  and (stored.expires_at is null or stored.expires_at > holdfast.now())`,
});

/** The parameters of {@link countExpiredKv}. */
export interface CountExpiredKvParameters {
}

/** A row of {@link countExpiredKv}. */
export interface CountExpiredKvRow {
  readonly expired: number;
}

/**
 * Counts entries that have expired and are still stored.
 * Index: kv_entries_expiring.
 */
export const countExpiredKv: StatementFunction<CountExpiredKvParameters, CountExpiredKvRow> = one({
  name: "kv/countExpiredKv",
  prepared: true,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ expired: row[0] }),
  elements: {},
  text: `select count(*) as "expired!"
from holdfast.kv_entries as stored
where stored.expires_at <= holdfast.now()`,
});

/** The parameters of {@link countLabeledEntries}. */
export interface CountLabeledEntriesParameters {
  readonly labels: JsonText | null;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
  readonly prefix: string;
  readonly lower: string;
  readonly upper: string | null;
  readonly withLower: boolean;
  readonly withUpper: boolean;
}

/** A row of {@link countLabeledEntries}. */
export interface CountLabeledEntriesRow {
  readonly count: number;
}

/**
 * Counts the entries of a prefix between two keys by their labels, which are compared as in search_entries.
 * Index: kv_entries_labels, kv_entries_pkey.
 */
export const countLabeledEntries: StatementFunction<CountLabeledEntriesParameters, CountLabeledEntriesRow> = one({
  name: "kv/countLabeledEntries",
  prepared: false,
  readsOnly: true,
  parameters: ["labels","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","prefix","lower","upper","withLower","withUpper"],
  object: (row) => ({ count: row[0] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select count(*) as "count!"
from holdfast.kv_entries as stored
where stored.labels is not null
  and ($1::jsonb is null or stored.labels @> $1)
  and (cardinality($2::text[]) = 0 or holdfast.are_labels_within(stored.labels, $2::text[], $3::float8[],
    $4::text[], $5::float8[], $6::text[]))
  and stored.prefix = $7 and stored.key >= $8 and stored.key <= coalesce($9, holdfast.last_key())
  and ($10::boolean or stored.key <> $8) and ($11::boolean or stored.key is distinct from $9)
  and (stored.expires_at is null or stored.expires_at > holdfast.now())`,
});

/** The parameters of {@link entriesExist}. */
export interface EntriesExistParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
}

/** A row of {@link entriesExist}. */
export interface EntriesExistRow {
  readonly exists: boolean;
}

/**
 * Whether entries exist, in input order.
 * Index: kv_entries_pkey.
 */
export const entriesExist: StatementFunction<EntriesExistParameters, readonly EntriesExistRow[]> = many({
  name: "kv/entriesExist",
  prepared: true,
  readsOnly: true,
  parameters: ["prefixes","keys"],
  object: (row) => ({ exists: row[0] }),
  elements: {"prefixes":"text","keys":"text"},
  text: `select stored.version is not null as "exists!"
from unnest((select $1::text[]), $2::text[]) with ordinality as given(prefix, key, position)
left join lateral (
  select known.version
  from holdfast.kv_entries as known
  where known.prefix = given.prefix and known.key = given.key
    and (known.expires_at is null or known.expires_at > holdfast.now())
  limit holdfast.at_most(1)
) as stored on true
order by given.position`,
});

/** The parameters of {@link getEntries}. */
export interface GetEntriesParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  readonly bytesMax: number;
}

/** A row of {@link getEntries}. */
export interface GetEntriesRow {
  readonly position: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
  readonly value: Uint8Array | null;
  readonly found: number;
}

/**
 * Entries by prefix and key, each with its position in the input. Absent and expired entries have no row. Values count towards
 * `bytesMax`: beyond it, later positions are left out, and `found` exceeds the number of rows.
 * Index: kv_entries_pkey.
 */
export const getEntries: StatementFunction<GetEntriesParameters, readonly GetEntriesRow[]> = many({
  name: "kv/getEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["prefixes","keys","bytesMax"],
  object: (row) => ({ position: row[0], version: row[1], createdAt: row[2], updatedAt: row[3], expiresAt: row[4], value: row[5], found: row[6] }),
  elements: {"prefixes":"text","keys":"text"},
  text: `select entry.position as "position!", entry.version as "version!", entry.created_at as "created_at!",
  entry.updated_at as "updated_at!", entry.expires_at as "expires_at?", entry.value as "value?", entry.found as "found!"
from (
  select given.position, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value,
    count(*) over () as found,
    sum(octet_length(stored.value)) over (
      order by given.position rows between unbounded preceding and 1 preceding
    ) as bytes_before
  from unnest((select $1::text[]), $2::text[]) with ordinality as given(prefix, key, position)
  cross join lateral (
    select known.version, known.created_at, known.updated_at, known.expires_at, known.value
    from holdfast.kv_entries as known
    where known.prefix = given.prefix and known.key = given.key
      and (known.expires_at is null or known.expires_at > holdfast.now())
    limit holdfast.at_most(1)
  ) as stored
) as entry
where coalesce(entry.bytes_before, 0) < $3::integer
order by entry.position`,
});

/** The parameters of {@link getEntry}. */
export interface GetEntryParameters {
  readonly prefix: string;
  readonly key: string;
}

/** A row of {@link getEntry}. */
export interface GetEntryRow {
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
  readonly value: Uint8Array | null;
}

/**
 * Reads one entry, unless it has expired.
 * Index: kv_entries_pkey.
 */
export const getEntry: StatementFunction<GetEntryParameters, GetEntryRow | null> = maybe({
  name: "kv/getEntry",
  prepared: true,
  readsOnly: true,
  parameters: ["prefix","key"],
  object: (row) => ({ version: row[0], createdAt: row[1], updatedAt: row[2], expiresAt: row[3], value: row[4] }),
  elements: {},
  text: `select stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value
from holdfast.kv_entries as stored
where stored.prefix = $1 and stored.key = $2 and (stored.expires_at is null or stored.expires_at > holdfast.now())`,
});

/** The parameters of {@link listEntries}. */
export interface ListEntriesParameters {
  readonly bytesMax: number;
  readonly prefix: string;
  readonly lower: string;
  readonly upper: string | null;
  readonly withLower: boolean;
  readonly withUpper: boolean;
  readonly limit: number;
}

/** A row of {@link listEntries}. */
export interface ListEntriesRow {
  readonly key: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
  readonly value: Uint8Array | null;
  readonly isWithin: boolean;
}

/**
 * The entries of exactly one prefix between two keys, by key. Values count towards `bytesMax`. An entry beyond it comes without its value
 * and says so. A page ends before it, but has at least one entry. Bounds and order name both columns, so that the planner walks along the
 * index even if it expects few rows of the range. The running sum has the same order. Otherwise everything would be sorted before the
 * first row is sent.
 * Index: kv_entries_pkey.
 */
export const listEntries: InBothOrders<ListEntriesParameters, readonly ListEntriesRow[]> = {
  asc: many({
  name: "kv/listEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["bytesMax","prefix","lower","upper","withLower","withUpper","limit"],
  object: (row) => ({ key: row[0], version: row[1], createdAt: row[2], updatedAt: row[3], expiresAt: row[4], value: row[5], isWithin: row[6] }),
  elements: {},
  text: `select page.key as "key!", page.version as "version!", page.created_at as "created_at!", page.updated_at as "updated_at!",
  page.expires_at as "expires_at?", case when page.bytes_before < $1::integer then page.value end as "value?",
  page.bytes_before < $1::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix, stored.key rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where (stored.prefix, stored.key) >= ($2, $3)
    and (stored.prefix, stored.key) <= ($2, coalesce($4, holdfast.last_key()))
    and ($5::boolean or stored.key <> $3) and ($6::boolean or stored.key is distinct from $4)
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix, stored.key
  limit (select $7::bigint)
) as page
order by page.prefix, page.key`,
}),
  desc: many({
  name: "kv/listEntries desc",
  prepared: true,
  readsOnly: true,
  parameters: ["bytesMax","prefix","lower","upper","withLower","withUpper","limit"],
  object: (row) => ({ key: row[0], version: row[1], createdAt: row[2], updatedAt: row[3], expiresAt: row[4], value: row[5], isWithin: row[6] }),
  elements: {},
  text: `select page.key as "key!", page.version as "version!", page.created_at as "created_at!", page.updated_at as "updated_at!",
  page.expires_at as "expires_at?", case when page.bytes_before < $1::integer then page.value end as "value?",
  page.bytes_before < $1::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix desc, stored.key desc rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where (stored.prefix, stored.key) >= ($2, $3)
    and (stored.prefix, stored.key) <= ($2, coalesce($4, holdfast.last_key()))
    and ($5::boolean or stored.key <> $3) and ($6::boolean or stored.key is distinct from $4)
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix desc, stored.key desc
  limit (select $7::bigint)
) as page
order by page.prefix desc, page.key desc`,
}),
};

/** The parameters of {@link listPrefixes}. */
export interface ListPrefixesParameters {
  readonly after: string;
  readonly withStart: boolean;
  readonly start: string;
  readonly limit: number;
}

/** A row of {@link listPrefixes}. */
export interface ListPrefixesRow {
  readonly prefix: string;
}

/**
 * The prefixes with entries that start with a text, after a given one, or from that text on. One step into the index finds each, past all
 * entries of the previous one.
 * Index: kv_entries_pkey.
 */
export const listPrefixes: InBothOrders<ListPrefixesParameters, readonly ListPrefixesRow[]> = {
  asc: many({
  name: "kv/listPrefixes",
  prepared: true,
  readsOnly: true,
  parameters: ["after","withStart","start","limit"],
  object: (row) => ({ prefix: row[0] }),
  elements: {},
  text: `with recursive found(after, number) as (
  select $1::text collate "C", case when $2::boolean and exists (
    select from holdfast.kv_entries as stored
    where stored.prefix = $3 and (stored.expires_at is null or stored.expires_at > holdfast.now())
  ) then 1 else 0 end
  union all
  select following.prefix, found.number + 1
  from found
  cross join lateral (
    select stored.prefix::text
    from holdfast.kv_entries as stored
    where stored.prefix > found.after and stored.prefix >= $3 and stored.prefix <= $3 || holdfast.last_key()
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    order by stored.prefix
    limit 1
  ) as following
  where found.number < $4::integer
)
select found.after as "prefix!"
from found
where found.number > 0
order by found.number asc`,
}),
  desc: many({
  name: "kv/listPrefixes desc",
  prepared: true,
  readsOnly: true,
  parameters: ["after","withStart","start","limit"],
  object: (row) => ({ prefix: row[0] }),
  elements: {},
  text: `with recursive found(after, number) as (
  select $1::text collate "C", case when $2::boolean and exists (
    select from holdfast.kv_entries as stored
    where stored.prefix = $3 and (stored.expires_at is null or stored.expires_at > holdfast.now())
  ) then 1 else 0 end
  union all
  select following.prefix, found.number + 1
  from found
  cross join lateral (
    select stored.prefix::text
    from holdfast.kv_entries as stored
    where stored.prefix < found.after and stored.prefix >= $3 and stored.prefix <= $3 || holdfast.last_key()
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    order by stored.prefix desc
    limit 1
  ) as following
  where found.number < $4::integer
)
select found.after as "prefix!"
from found
where found.number > 0
order by found.number asc`,
}),
};

/** The parameters of {@link removeEntries}. */
export interface RemoveEntriesParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  readonly expected: readonly (number | null)[];
}

/** A row of {@link removeEntries}. */
export interface RemoveEntriesRow {
  readonly removed: boolean;
}

/**
 * Removes entries, and returns in input order whether each existed. At another version than expected, fails with HF001 and removes
 * nothing. An expired entry did not exist, but its row is removed too. Each row is locked by its own sub-select, so the plan is one
 * look-up per row, even from when there were few entries.
 * Index: kv_entries_pkey. Locks: kv_entries in key order.
 */
export const removeEntries: StatementFunction<RemoveEntriesParameters, readonly RemoveEntriesRow[]> = many({
  name: "kv/removeEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["prefixes","keys","expected"],
  object: (row) => ({ removed: row[0] }),
  elements: {"prefixes":"text","keys":"text","expected":"int8"},
  text: `with locked as materialized (
  select input.prefix, input.key, input.expected, input.position, entry.version is not null as is_stored,
    coalesce(entry.version, 0) as version
  from (
    select given.prefix, given.key, given.expected, given.position
    from unnest((select $1::text[]), $2::text[], $3::bigint[])
      with ordinality as given(prefix, key, expected, position)
    order by given.prefix collate "C", given.key collate "C"
  ) as input
  left join lateral (
    select case when stored.expires_at <= holdfast.now() then 0 else stored.version end as version
    from holdfast.kv_entries as stored
    where stored.prefix = input.prefix and stored.key = input.key
    for update
  ) as entry on true
), removed as (
  delete from holdfast.kv_entries as stored
  using (
    select locked.prefix, locked.key
    from locked
    where locked.is_stored
    limit holdfast.at_most(cardinality($2::text[]))
  ) as gone
  where stored.prefix = gone.prefix and stored.key = gone.key
)
select locked.version > 0 as "removed!"
from locked
where case
  when locked.version <> locked.expected then
    holdfast.fail('HF001', format('entry %s of prefix %s is not at the expected version', to_json(locked.key),
      to_json(locked.prefix)), json_build_object('entity', 'entry', 'prefix', locked.prefix, 'key', locked.key,
      'expected', locked.expected, 'actual', locked.version))
  else true
end
order by locked.position`,
});

/** The parameters of {@link removeExpiredKv}. */
export interface RemoveExpiredKvParameters {
  readonly limit: number;
}

/** A row of {@link removeExpiredKv}. */
export interface RemoveExpiredKvRow {
  readonly removed: number;
}

/**
 * Removes at most `limit` expired entries, the longest expired first, and returns their number. The keys go through an array, which the
 * planner expects to be short. For a join with a LIMIT that it cannot know, it would scan the whole table.
 * Index: kv_entries_expiring, kv_entries_pkey. Locks: kv_entries, skipping those that others hold.
 */
export const removeExpiredKv: StatementFunction<RemoveExpiredKvParameters, RemoveExpiredKvRow> = one({
  name: "kv/removeExpiredKv",
  prepared: true,
  readsOnly: false,
  parameters: ["limit"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with locked as materialized (
  select stored.prefix, stored.key
  from holdfast.kv_entries as stored
  where stored.expires_at <= holdfast.now()
  order by stored.expires_at
  limit $1
  for update skip locked
), removed as (
  delete from holdfast.kv_entries as stored
  using unnest(array(select locked.prefix::text from locked), array(select locked.key::text from locked)) as gone(prefix, key)
  where stored.prefix = gone.prefix and stored.key = gone.key
  returning stored.key
)
select count(*) as "removed!"
from removed`,
});

/** The parameters of {@link removeRange}. */
export interface RemoveRangeParameters {
  readonly prefix: string;
  readonly lower: string;
  readonly upper: string | null;
  readonly withLower: boolean;
  readonly withUpper: boolean;
  readonly limit: number;
}

/** A row of {@link removeRange}. */
export interface RemoveRangeRow {
  readonly gone: number;
  readonly removed: number;
}

/**
 * Removes the first entries of exactly one prefix between two keys, at most `limit`. Returns how many rows were removed, and how many of
 * them had not expired. The bounds name both columns, so that the planner walks along the index even if it expects few rows of the range.
 * The keys go through an array, which the planner expects to be short. For a join with a LIMIT that it cannot know, it would scan the
 * whole table.
 * Index: kv_entries_pkey. Locks: kv_entries in key order.
 */
export const removeRange: StatementFunction<RemoveRangeParameters, RemoveRangeRow> = one({
  name: "kv/removeRange",
  prepared: true,
  readsOnly: false,
  parameters: ["prefix","lower","upper","withLower","withUpper","limit"],
  object: (row) => ({ gone: row[0], removed: row[1] }),
  elements: {},
  text: `with locked as materialized (
  select stored.key
  from holdfast.kv_entries as stored
  where (stored.prefix, stored.key) >= ($1, $2)
    and (stored.prefix, stored.key) <= ($1, coalesce($3, holdfast.last_key()))
    and ($4::boolean or stored.key <> $2) and ($5::boolean or stored.key is distinct from $3)
  order by stored.prefix, stored.key
  limit $6
  for update
), removed as (
  delete from holdfast.kv_entries as stored
  where stored.prefix = $1 and stored.key = any(array(select locked.key::text from locked))
  returning stored.expires_at
)
select count(*) as "gone!", count(*) filter (where removed.expires_at is null or removed.expires_at > holdfast.now()) as "removed!"
from removed`,
});

/** The parameters of {@link removeUnder}. */
export interface RemoveUnderParameters {
  readonly start: string;
  readonly limit: number;
}

/** A row of {@link removeUnder}. */
export interface RemoveUnderRow {
  readonly gone: number;
  readonly removed: number;
}

/**
 * Removes the first entries of all prefixes that start with a text, at most `limit`. Answers like remove_range. The keys go through an
 * array, which the planner expects to be short. For a join with a LIMIT that it cannot know, it would scan the whole table.
 * Index: kv_entries_pkey. Locks: kv_entries in key order.
 */
export const removeUnder: StatementFunction<RemoveUnderParameters, RemoveUnderRow> = one({
  name: "kv/removeUnder",
  prepared: true,
  readsOnly: false,
  parameters: ["start","limit"],
  object: (row) => ({ gone: row[0], removed: row[1] }),
  elements: {},
  text: `with locked as materialized (
  select stored.prefix, stored.key
  from holdfast.kv_entries as stored
  where stored.prefix >= $1 and stored.prefix <= $1 || holdfast.last_key()
  order by stored.prefix, stored.key
  limit $2
  for update
), removed as (
  delete from holdfast.kv_entries as stored
  using unnest(array(select locked.prefix::text from locked), array(select locked.key::text from locked)) as gone(prefix, key)
  where stored.prefix = gone.prefix and stored.key = gone.key
  returning stored.expires_at
)
select count(*) as "gone!", count(*) filter (where removed.expires_at is null or removed.expires_at > holdfast.now()) as "removed!"
from removed`,
});

/** The parameters of {@link scanEntries}. */
export interface ScanEntriesParameters {
  readonly bytesMax: number;
  readonly lowerPrefix: string;
  readonly lowerKey: string;
  readonly upperPrefix: string | null;
  readonly start: string;
  readonly upperKey: string | null;
  readonly withLower: boolean;
  readonly withUpper: boolean;
  readonly limit: number;
}

/** A row of {@link scanEntries}. */
export interface ScanEntriesRow {
  readonly prefix: string;
  readonly key: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
  readonly value: Uint8Array | null;
  readonly isWithin: boolean;
}

/**
 * The entries of all prefixes that start with a text, by prefix and key, between two positions. Pages end early as in
 * list_entries.
 * Index: kv_entries_pkey.
 */
export const scanEntries: InBothOrders<ScanEntriesParameters, readonly ScanEntriesRow[]> = {
  asc: many({
  name: "kv/scanEntries",
  prepared: true,
  readsOnly: true,
  parameters: ["bytesMax","lowerPrefix","lowerKey","upperPrefix","start","upperKey","withLower","withUpper","limit"],
  object: (row) => ({ prefix: row[0], key: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5], value: row[6], isWithin: row[7] }),
  elements: {},
  text: `select page.prefix as "prefix!", page.key as "key!", page.version as "version!", page.created_at as "created_at!",
  page.updated_at as "updated_at!", page.expires_at as "expires_at?",
  case when page.bytes_before < $1::integer then page.value end as "value?",
  page.bytes_before < $1::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix, stored.key rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where (stored.prefix, stored.key) >= ($2, $3)
    and (stored.prefix, stored.key) <= (coalesce($4, $5 || holdfast.last_key()), coalesce($6, holdfast.last_key()))
    and ($7::boolean or (stored.prefix, stored.key) <> ($2, $3))
    and ($8::boolean or (stored.prefix, stored.key) is distinct from ($4, $6))
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix, stored.key
  limit (select $9::bigint)
) as page
order by page.prefix, page.key`,
}),
  desc: many({
  name: "kv/scanEntries desc",
  prepared: true,
  readsOnly: true,
  parameters: ["bytesMax","lowerPrefix","lowerKey","upperPrefix","start","upperKey","withLower","withUpper","limit"],
  object: (row) => ({ prefix: row[0], key: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5], value: row[6], isWithin: row[7] }),
  elements: {},
  text: `select page.prefix as "prefix!", page.key as "key!", page.version as "version!", page.created_at as "created_at!",
  page.updated_at as "updated_at!", page.expires_at as "expires_at?",
  case when page.bytes_before < $1::integer then page.value end as "value?",
  page.bytes_before < $1::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix desc, stored.key desc rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where (stored.prefix, stored.key) >= ($2, $3)
    and (stored.prefix, stored.key) <= (coalesce($4, $5 || holdfast.last_key()), coalesce($6, holdfast.last_key()))
    and ($7::boolean or (stored.prefix, stored.key) <> ($2, $3))
    and ($8::boolean or (stored.prefix, stored.key) is distinct from ($4, $6))
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix desc, stored.key desc
  limit (select $9::bigint)
) as page
order by page.prefix desc, page.key desc`,
}),
};

/** The parameters of {@link searchEntries}. */
export interface SearchEntriesParameters {
  readonly bytesMax: number;
  readonly labels: JsonText | null;
  readonly rangeNames: readonly string[];
  readonly lowNumbers: readonly number[];
  readonly lowTexts: readonly string[];
  readonly highNumbers: readonly number[];
  readonly highTexts: readonly string[];
  readonly lowerPrefix: string;
  readonly lowerKey: string;
  readonly upperPrefix: string | null;
  readonly start: string;
  readonly upperKey: string | null;
  readonly withLower: boolean;
  readonly withUpper: boolean;
  readonly limit: number;
}

/** A row of {@link searchEntries}. */
export interface SearchEntriesRow {
  readonly prefix: string;
  readonly key: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
  readonly value: Uint8Array | null;
  readonly labels: JsonText;
  readonly isWithin: boolean;
}

/**
 * The entries with labels of all prefixes that start with a text, by prefix and key, between two positions. Labels are compared by
 * containment, and by ranges, which no index serves. Pages end early as in list_entries.
 * Index: kv_entries_labels, kv_entries_pkey.
 */
export const searchEntries: InBothOrders<SearchEntriesParameters, readonly SearchEntriesRow[]> = {
  asc: many({
  name: "kv/searchEntries",
  prepared: false,
  readsOnly: true,
  parameters: ["bytesMax","labels","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","lowerPrefix","lowerKey","upperPrefix","start","upperKey","withLower","withUpper","limit"],
  object: (row) => ({ prefix: row[0], key: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5], value: row[6], labels: row[7], isWithin: row[8] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select page.prefix as "prefix!", page.key as "key!", page.version as "version!", page.created_at as "created_at!",
  page.updated_at as "updated_at!", page.expires_at as "expires_at?",
  case when page.bytes_before < $1::integer then page.value end as "value?", page.labels as "labels!",
  page.bytes_before < $1::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value, stored.labels,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix, stored.key rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where stored.labels is not null
    and ($2::jsonb is null or stored.labels @> $2)
    and (cardinality($3::text[]) = 0 or holdfast.are_labels_within(stored.labels, $3::text[], $4::float8[],
      $5::text[], $6::float8[], $7::text[]))
    and (stored.prefix, stored.key) >= ($8, $9)
    and (stored.prefix, stored.key) <= (coalesce($10, $11 || holdfast.last_key()), coalesce($12, holdfast.last_key()))
    and ($13::boolean or (stored.prefix, stored.key) <> ($8, $9))
    and ($14::boolean or (stored.prefix, stored.key) is distinct from ($10, $12))
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix, stored.key
  limit $15::bigint
) as page
order by page.prefix, page.key`,
}),
  desc: many({
  name: "kv/searchEntries desc",
  prepared: false,
  readsOnly: true,
  parameters: ["bytesMax","labels","rangeNames","lowNumbers","lowTexts","highNumbers","highTexts","lowerPrefix","lowerKey","upperPrefix","start","upperKey","withLower","withUpper","limit"],
  object: (row) => ({ prefix: row[0], key: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5], value: row[6], labels: row[7], isWithin: row[8] }),
  elements: {"rangeNames":"text","lowTexts":"text","highTexts":"text"},
  text: `select page.prefix as "prefix!", page.key as "key!", page.version as "version!", page.created_at as "created_at!",
  page.updated_at as "updated_at!", page.expires_at as "expires_at?",
  case when page.bytes_before < $1::integer then page.value end as "value?", page.labels as "labels!",
  page.bytes_before < $1::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value, stored.labels,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix desc, stored.key desc rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where stored.labels is not null
    and ($2::jsonb is null or stored.labels @> $2)
    and (cardinality($3::text[]) = 0 or holdfast.are_labels_within(stored.labels, $3::text[], $4::float8[],
      $5::text[], $6::float8[], $7::text[]))
    and (stored.prefix, stored.key) >= ($8, $9)
    and (stored.prefix, stored.key) <= (coalesce($10, $11 || holdfast.last_key()), coalesce($12, holdfast.last_key()))
    and ($13::boolean or (stored.prefix, stored.key) <> ($8, $9))
    and ($14::boolean or (stored.prefix, stored.key) is distinct from ($10, $12))
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix desc, stored.key desc
  limit $15::bigint
) as page
order by page.prefix desc, page.key desc`,
}),
};

/** The parameters of {@link setEntries}. */
export interface SetEntriesParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  readonly values: readonly (Uint8Array | null)[];
  readonly ttlsMs: readonly (number | null)[];
}

/** A row of {@link setEntries}. */
export interface SetEntriesRow {
  readonly prefix: string;
  readonly key: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Writes entries without labels, whatever was stored, and answers in locking order, by name. An expired entry is written as a new one.
 * Index: kv_entries_pkey. Locks: kv_entries in key order.
 */
export const setEntries: StatementFunction<SetEntriesParameters, readonly SetEntriesRow[]> = many({
  name: "kv/setEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["prefixes","keys","values","ttlsMs"],
  object: (row) => ({ prefix: row[0], key: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5] }),
  elements: {"prefixes":"text","keys":"text","values":"bytea","ttlsMs":"int8"},
  text: `insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
select given.prefix, given.key, holdfast.now(), holdfast.now(), holdfast.after_ms(given.ttl_ms), given.value
from unnest((select $1::text[]), $2::text[], $3::bytea[], $4::bigint[]) as given(prefix, key, value, ttl_ms)
order by given.prefix collate "C", given.key collate "C"
on conflict (prefix, key) do update set
  version = default,
  created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
  updated_at = excluded.updated_at, expires_at = excluded.expires_at, value = excluded.value, labels = null
returning stored.prefix as "prefix!", stored.key as "key!", stored.version as "version!", stored.created_at as "created_at!",
  stored.updated_at as "updated_at!", stored.expires_at as "expires_at?"`,
});

/** The parameters of {@link setEntry}. */
export interface SetEntryParameters {
  readonly prefix: string;
  readonly key: string;
  readonly ttlMs: number | null;
  readonly value: Uint8Array | null;
}

/** A row of {@link setEntry}. */
export interface SetEntryRow {
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Writes one entry, as `set_entries` does, in half the time for a lone caller.
 * Index: kv_entries_pkey. Locks: the entry.
 */
export const setEntry: StatementFunction<SetEntryParameters, SetEntryRow> = one({
  name: "kv/setEntry",
  prepared: true,
  readsOnly: false,
  parameters: ["prefix","key","ttlMs","value"],
  object: (row) => ({ version: row[0], createdAt: row[1], updatedAt: row[2], expiresAt: row[3] }),
  elements: {},
  text: `insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
values ($1::text, $2::text, holdfast.now(), holdfast.now(), holdfast.after_ms($3::bigint), $4::bytea)
on conflict (prefix, key) do update set
  version = default,
  created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
  updated_at = excluded.updated_at, expires_at = excluded.expires_at, value = excluded.value, labels = null
returning stored.version as "version!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.expires_at as "expires_at?"`,
});

/** The parameters of {@link setLabeledEntries}. */
export interface SetLabeledEntriesParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  readonly values: readonly (Uint8Array | null)[];
  readonly ttlsMs: readonly (number | null)[];
  readonly labels: readonly (JsonText | null)[];
}

/** A row of {@link setLabeledEntries}. */
export interface SetLabeledEntriesRow {
  readonly prefix: string;
  readonly key: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Writes entries as `set_entries` does, with their labels.
 * Index: kv_entries_pkey. Locks: kv_entries in key order.
 */
export const setLabeledEntries: StatementFunction<SetLabeledEntriesParameters, readonly SetLabeledEntriesRow[]> = many({
  name: "kv/setLabeledEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["prefixes","keys","values","ttlsMs","labels"],
  object: (row) => ({ prefix: row[0], key: row[1], version: row[2], createdAt: row[3], updatedAt: row[4], expiresAt: row[5] }),
  elements: {"prefixes":"text","keys":"text","values":"bytea","ttlsMs":"int8"},
  text: `insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value, labels)
select given.prefix, given.key, holdfast.now(), holdfast.now(), holdfast.after_ms(given.ttl_ms), given.value, given.labels
from unnest((select $1::text[]), $2::text[], $3::bytea[], $4::bigint[],
    $5::jsonb[]) as given(prefix, key, value, ttl_ms, labels)
order by given.prefix collate "C", given.key collate "C"
on conflict (prefix, key) do update set
  version = default,
  created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
  updated_at = excluded.updated_at, expires_at = excluded.expires_at, value = excluded.value, labels = excluded.labels
returning stored.prefix as "prefix!", stored.key as "key!", stored.version as "version!", stored.created_at as "created_at!",
  stored.updated_at as "updated_at!", stored.expires_at as "expires_at?"`,
});

/** The parameters of {@link swapEntries}. */
export interface SwapEntriesParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  readonly values: readonly (Uint8Array | null)[];
  readonly ttlsMs: readonly (number | null)[];
  readonly expected: readonly (number | null)[];
  readonly labels: readonly (JsonText | null)[];
  readonly isRequired: boolean;
}

/** A row of {@link swapEntries}. */
export interface SwapEntriesRow {
  readonly position: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Writes entries that are at the expected version (0: no entry; null: any), and answers for each written one with its position in the
 * input. If `isRequired`, another version fails with HF001, and nothing is written. One command writes all of them, because their
 * existence may change until it reaches them. It compares with the row once it is locked. An entry that expects a version is not sent
 * there without a row. If that row is removed before it is locked, the command inserts a row that expired long ago, and so is absent.
 * Until the comparison, updated_at holds the time of its expiry. The sub-selects are hashed.
 * Index: kv_entries_pkey. Locks: kv_entries in key order, in which new ones are inserted too.
 */
export const swapEntries: StatementFunction<SwapEntriesParameters, readonly SwapEntriesRow[]> = many({
  name: "kv/swapEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["prefixes","keys","values","ttlsMs","expected","labels","isRequired"],
  object: (row) => ({ position: row[0], version: row[1], createdAt: row[2], updatedAt: row[3], expiresAt: row[4] }),
  elements: {"prefixes":"text","keys":"text","values":"bytea","ttlsMs":"int8","expected":"int8"},
  text: `with input as materialized (
  select given.prefix, given.key, given.value, holdfast.after_ms(given.ttl_ms) as expires_at, given.expected, given.labels, given.position
  from unnest((select $1::text[]), $2::text[], $3::bytea[], $4::bigint[], $5::bigint[], $6::jsonb[])
    with ordinality as given(prefix, key, value, ttl_ms, expected, labels, position)
), written as (
  insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value, labels)
  select input.prefix, input.key, holdfast.now(),
    case when input.expected > 0 then coalesce(input.expires_at, 'infinity') else holdfast.now() end,
    case when input.expected > 0 then '-infinity' else input.expires_at end, input.value, input.labels
  from input
  where coalesce(input.expected, 0) = 0 or (
    select present.version from holdfast.kv_entries as present where present.prefix = input.prefix and present.key = input.key
  ) is not null
  order by input.prefix collate "C", input.key collate "C"
  on conflict (prefix, key) do update set
    version = default,
    created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
    updated_at = excluded.created_at,
    expires_at = case when excluded.expires_at = '-infinity' then nullif(excluded.updated_at, 'infinity') else excluded.expires_at end,
    value = excluded.value,
    labels = excluded.labels
  where (stored.prefix, stored.key, case when stored.expires_at <= holdfast.now() then 0 else stored.version end)
      in (select input.prefix, input.key, input.expected from input where input.expected is not null)
    or (stored.prefix, stored.key) in (select input.prefix, input.key from input where input.expected is null)
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at
), won as (
  select written.prefix, written.key, written.version, written.created_at, written.updated_at, written.expires_at
  from written
  where written.expires_at is distinct from '-infinity'
)
select input.position as "position!", won.version as "version!", won.created_at as "created_at!",
  won.updated_at as "updated_at!", won.expires_at as "expires_at?"
from input
left join won on won.prefix = input.prefix and won.key = input.key
where case
  when won.version is not null then true
  when $7::boolean then
    holdfast.fail('HF001', format('entry %s of prefix %s is not at the expected version', to_json(input.key),
      to_json(input.prefix)), json_build_object('entity', 'entry', 'prefix', input.prefix, 'key', input.key,
      'expected', input.expected, 'actual', holdfast.kv_version(input.prefix, input.key)))
  else false
end
order by input.position`,
});

/** The parameters of {@link touchEntries}. */
export interface TouchEntriesParameters {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  readonly ttlsMs: readonly (number | null)[];
}

/** A row of {@link touchEntries}. */
export interface TouchEntriesRow {
  readonly version: number | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly expiresAt: Date | null;
}

/**
 * Gives entries another expiry, or none, and returns each in input order; null if it does not exist. Values, versions and write times
 * stay. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there were few entries.
 * Index: kv_entries_pkey. Locks: kv_entries in key order.
 */
export const touchEntries: StatementFunction<TouchEntriesParameters, readonly TouchEntriesRow[]> = many({
  name: "kv/touchEntries",
  prepared: true,
  readsOnly: false,
  parameters: ["prefixes","keys","ttlsMs"],
  object: (row) => ({ version: row[0], createdAt: row[1], updatedAt: row[2], expiresAt: row[3] }),
  elements: {"prefixes":"text","keys":"text","ttlsMs":"int8"},
  text: `with locked as materialized (
  select input.prefix, input.key, input.expires_at, input.position, entry.is_there
  from (
    select given.prefix, given.key, holdfast.after_ms(given.ttl_ms) as expires_at, given.position
    from unnest((select $1::text[]), $2::text[], $3::bigint[]) with ordinality as given(prefix, key, ttl_ms, position)
    order by given.prefix collate "C", given.key collate "C"
  ) as input
  left join lateral (
    select true as is_there
    from holdfast.kv_entries as stored
    where stored.prefix = input.prefix and stored.key = input.key
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    for no key update
  ) as entry on true
), touched as (
  update holdfast.kv_entries as stored set expires_at = held.expires_at
  from (
    select locked.prefix, locked.key, locked.expires_at
    from locked
    where locked.is_there
    limit holdfast.at_most(cardinality($2::text[]))
  ) as held
  where stored.prefix = held.prefix and stored.key = held.key
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at
)
select touched.version as "version?", touched.created_at as "created_at?", touched.updated_at as "updated_at?",
  touched.expires_at as "expires_at?"
from locked
left join touched on touched.prefix = locked.prefix and touched.key = locked.key
order by locked.position`,
});
