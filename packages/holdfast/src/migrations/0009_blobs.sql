-- Large bytes: their description, and the bytes themselves if PostgreSQL keeps them.

create type holdfast.blob_backend as enum ('postgres', 'folder', 's3');

-- The name of this store's contents in a folder or bucket that others may use too; their contents are not ours to sweep. One row, created
-- at the first upload and not here, because the embedded databases all begin as copies of one image.
create table holdfast.blob_spaces (
  number integer primary key check (number = 1),
  id uuid not null
);

-- Every upload has its own content, so that replacing a blob never mixes two.
create table holdfast.blob_contents (
  -- The space, a slash, and a random part: the content's name in its backend.
  id holdfast.id primary key,
  backend holdfast.blob_backend not null,
  created_at timestamptz not null,
  -- How long a running upload counts as alive.
  pending_until timestamptz,
  -- Known once the bytes are stored.
  size bigint check (size >= 0),
  sha256 bytea check (pg_catalog.octet_length(sha256) = 32),
  -- Since when no blob has it. It stays for a while, for its readers.
  unused_since timestamptz,
  constraint blob_contents_state check (
    case when pending_until is null then size is not null or unused_since is not null else size is null and unused_since is null end
    and (size is null) = (sha256 is null)
  )
);

create index blob_contents_pending on holdfast.blob_contents (pending_until) where pending_until is not null;
create index blob_contents_unused on holdfast.blob_contents (unused_since) where unused_since is not null;

create table holdfast.blobs (
  key holdfast.key primary key,
  content_id holdfast.id not null unique references holdfast.blob_contents,
  content_type text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz,
  metadata json
);

create index blobs_expiring on holdfast.blobs (expires_at) where expires_at is not null;

-- The bytes of contents whose backend is PostgreSQL, split by position.
create table holdfast.blob_chunks (
  content_id holdfast.id not null references holdfast.blob_contents on delete cascade,
  first_byte bigint not null check (first_byte >= 0),
  bytes bytea not null,
  primary key (content_id, first_byte)
);

-- Not compressed: a part of a chunk can then be read without the rest, and large contents are usually compressed already.
alter table holdfast.blob_chunks alter column bytes set storage external;

-- A blob that is replaced or removed releases its content.
create function holdfast.release_content() returns trigger
  language plpgsql
  as $$
begin
  update holdfast.blob_contents set unused_since = holdfast.now() where id = old.content_id;
  return null;
end
$$;

create trigger blobs_removed after delete on holdfast.blobs
  for each row execute function holdfast.release_content();
create trigger blobs_replaced after update of content_id on holdfast.blobs
  for each row when (old.content_id <> new.content_id) execute function holdfast.release_content();

-- Tells a sweep that this transaction is uploading a content, whose row nobody else can see yet. Held until its end.
create function holdfast.hold_content(content_id text) returns text
  language sql volatile
  as $$
  select pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('blob_content:' || content_id, 0));
  select content_id
$$;

-- Whether no open transaction except this one is uploading a content. Only a later statement can tell whether it has a row, by a snapshot
-- that includes that transaction's commit.
create function holdfast.is_content_free(content_id text) returns boolean
  language sql volatile
  as $$
  select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('blob_content:' || content_id, 0))
$$;
