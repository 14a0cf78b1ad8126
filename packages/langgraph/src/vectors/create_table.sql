-- Makes the table of vectors, where it is missing: one row for each text of an item. Items of several numbers of dimensions stand side by
-- side. A vector stays in its row up to 8 KB, because a search reads all of a namespace: it takes half the time then. The foreign key
-- removes the vectors of an item with the item, however that happens.
-- :exec
create table if not exists holdfast.langgraph_vectors (
  prefix text collate "C" not null,
  key text collate "C" not null,
  dims integer generated always as (vector_dims(embedding)) stored,
  number integer not null,
  version bigint not null,
  labels jsonb not null,
  embedding vector not null,
  primary key (prefix, key, dims, number),
  foreign key (prefix, key) references holdfast.kv_entries on delete cascade
) with (toast_tuple_target = 8160)
