import type { Bench, Case } from "../bench.ts";
import type { Load } from "../load.ts";
import { paddedText } from "../payload.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfast } from "../peers/holdfast.ts";
import { found } from "../rows.ts";
import { casesOf, records } from "./records.ts";

const payload = Buffer.from(paddedText);

/** The latest version of a persistence id's state. */
export const snapshots: Bench = {
  name: "snapshots",
  measures: `The next version of one of ${records.toLocaleString("en-US")} states of 1 KB is written a call, or the latest is read.`,
  unit: "calls",
  cases: (size) => casesOf(size, { write, latest }),
};

function idOf(i: number): string {
  return `id-${i % records}`;
}

/** Each round over the ids writes the next version, so that the versions' sum counts the writes. */
function versionOf(i: number): bigint {
  return BigInt(Math.floor(i / records) + 1);
}

const table = `
  create table snapshots (
    persistence_id text collate "C" primary key, version bigint not null, manifest text, shard bigint not null default 0,
    payload bytea not null, written_at timestamptz not null default now()
  )`;

const statements = {
  write: `insert into snapshots (persistence_id, version, manifest, payload) values ($1, $2, 'state', $3)
    on conflict (persistence_id) do update
      set version = excluded.version, manifest = excluded.manifest, payload = excluded.payload, written_at = now()
      where snapshots.version < excluded.version
    returning version`,
  latest: "select version, manifest, shard, payload, written_at from snapshots where persistence_id = $1",
  fill: "insert into snapshots (persistence_id, version, payload) select id, 1, $2 from unnest($1::text[]) as _ (id)",
};

function write(load: Load): Case["contenders"] {
  return [
    holdfast(load, (store) => ({
      call: (i) => store.snapshots.write({ persistenceId: idOf(i), version: versionOf(i), payload, manifest: "state" }),
      check: ["select sum(version) from holdfast.snapshots", (calls) => calls],
    })),
    handWritten(load, {
      schema: table,
      call: async (pool, i) => {
        const values = [idOf(i), String(versionOf(i)), payload];
        const { rows } = await pool.query({ name: "write", text: statements.write, values });
        return found(rows[0] as unknown, "An older version");
      },
      check: ["select sum(version) from snapshots", (calls) => calls],
    }),
  ];
}

function latest(load: Load): Case["contenders"] {
  const ids = Array.from({ length: records }, (_, i) => idOf(i));
  return [
    holdfast(load, async (store) => {
      await store.snapshots.writeMany(ids.map((persistenceId) => ({ persistenceId, version: 1n, payload })));
      return { call: async (i) => found(await store.snapshots.latest(idOf(i)), idOf(i)) };
    }),
    handWritten(load, {
      schema: table,
      prepare: (pool) => pool.query(statements.fill, [ids, payload]),
      call: async (pool, i) => {
        const { rows } = await pool.query({ name: "latest", text: statements.latest, values: [idOf(i)] });
        return found(rows[0] as unknown, idOf(i));
      },
    }),
  ];
}
