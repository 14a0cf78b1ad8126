import type { Bench, Case } from "../bench.ts";
import type { Load } from "../load.ts";
import { paddedText } from "../payload.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfast } from "../peers/holdfast.ts";
import { keyvPostgres } from "../peers/keyv.ts";
import { found } from "../rows.ts";
import { casesOf, records } from "./records.ts";

const prefix = "bench";
const pageSize = 100;

/** Values under keys. */
export const kv: Bench = {
  name: "kv",
  measures:
    `One value of 1 KB is set or read under one of ${records.toLocaleString("en-US")} keys a call, or a page of ${pageSize} ` +
    "values is listed in the order of their keys.",
  unit: "calls",
  cases: (size) => casesOf(size, { set, get, list }),
};

/** Keys of one length, so that they sort as their numbers do. */
function keyOf(i: number): string {
  return `key-${String(i % records).padStart(8, "0")}`;
}

/** A value says by which call it was set. */
function valueOf(i: number): string {
  return `${i} ${paddedText}`;
}

const all = Array.from({ length: records }, (_, i) => ({ prefix, key: keyOf(i), value: Buffer.from(valueOf(i)) }));

/** The sum of the calls that set each key last. */
function sumOfLast(calls: number): number {
  const keys = Math.min(calls, records);
  return (keys * (2 * calls - keys - 1)) / 2;
}

const table = `
  create table entries (
    prefix text collate "C", key text collate "C", value bytea, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), primary key (prefix, key)
  )`;

const statements = {
  set: `insert into entries (prefix, key, value) values ($1, $2, $3)
    on conflict (prefix, key) do update set value = excluded.value, updated_at = now() returning updated_at`,
  get: "select value, created_at, updated_at from entries where prefix = $1 and key = $2",
  list: "select key, value, created_at, updated_at from entries where prefix = $1 and key > $2 order by key limit $3",
  fill: "insert into entries (prefix, key, value) select $1, key, value from unnest($2::text[], $3::bytea[]) as _ (key, value)",
};

const filled = [prefix, all.map(({ key }) => key), all.map(({ value }) => value)];

function set(load: Load): Case["contenders"] {
  const setBy = "sum(split_part(convert_from(value, 'UTF8'), ' ', 1)::bigint)";
  return [
    holdfast(load, (store) => ({
      call: (i) => store.kv.set({ prefix, key: keyOf(i), value: Buffer.from(valueOf(i)) }),
      check: [`select ${setBy} from holdfast.kv_entries`, sumOfLast],
    })),
    handWritten(load, {
      schema: table,
      call: (pool, i) =>
        pool.query({ name: "set", text: statements.set, values: [prefix, keyOf(i), Buffer.from(valueOf(i))] }),
      check: [`select ${setBy} from entries`, sumOfLast],
    }),
    keyvPostgres(load, {
      call: (keyv, i) => keyv.set(keyOf(i), valueOf(i)),
      check: ["select sum(split_part(value::json ->> 'value', ' ', 1)::bigint) from keyv", sumOfLast],
    }),
  ];
}

function get(load: Load): Case["contenders"] {
  return [
    holdfast(load, async (store) => {
      await store.kv.setMany(all);
      return { call: async (i) => found((await store.kv.get(prefix, keyOf(i)))?.value, keyOf(i)) };
    }),
    handWritten(load, {
      schema: table,
      prepare: (pool) => pool.query(statements.fill, filled),
      call: async (pool, i) => {
        const { rows } = await pool.query({ name: "get", text: statements.get, values: [prefix, keyOf(i)] });
        return found(rows[0] as unknown, keyOf(i));
      },
    }),
    keyvPostgres(load, {
      prepare: (keyv) => keyv.setMany(all.map(({ key }, i) => ({ key, value: valueOf(i) }))),
      call: async (keyv, i) => found(await keyv.get(keyOf(i)), keyOf(i)),
    }),
  ];
}

/** A page that is full begins after one of the keys before the last page. */
function afterOf(i: number): string {
  return keyOf(i % (records - pageSize));
}

function list(load: Load): Case["contenders"] {
  return [
    holdfast(load, async (store) => {
      await store.kv.setMany(all);
      return {
        call: async (i) => {
          const { items } = await store.kv.list(prefix, { after: afterOf(i), limit: pageSize });
          return found(items[pageSize - 1], "The last of a page");
        },
      };
    }),
    handWritten(load, {
      schema: table,
      prepare: (pool) => pool.query(statements.fill, filled),
      call: async (pool, i) => {
        const values = [prefix, afterOf(i), pageSize];
        const { rows } = await pool.query({ name: "list", text: statements.list, values });
        return found(rows[pageSize - 1] as unknown, "The last of a page");
      },
    }),
  ];
}
