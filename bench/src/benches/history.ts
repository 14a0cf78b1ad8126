import type { Bench, Case } from "../bench.ts";
import type { Load } from "../load.ts";
import { paddedText } from "../payload.ts";
import { emmett, eventOf } from "../peers/emmett.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfast } from "../peers/holdfast.ts";
import { found } from "../rows.ts";
import { casesOf } from "./records.ts";

/** Streams that a call goes round, and how many entries those that are read have. */
const streams = Array.from({ length: 200 }, (_, i) => `stream-${i}`);
const entriesRead = 100;

/** Numbered entries that are only ever appended. */
export const history: Bench = {
  name: "history",
  measures: `One entry of 250 bytes is appended to one of ${streams.length} histories a call, or ${entriesRead} entries of one are read.`,
  unit: "calls",
  cases: (size) => casesOf(size, { append, read }),
};

function streamOf(i: number): string {
  return streams[i % streams.length] ?? "";
}

function dataOf(i: number): Record<string, unknown> {
  return { i, text: paddedText.slice(0, 230) };
}

const entriesOfOne = Array.from({ length: entriesRead }, (_, i) => dataOf(i));

const table = `
  create table heads (stream text collate "C" primary key, next bigint not null);
  create table entries (
    stream text collate "C", number bigint, kind text not null, payload json,
    recorded_at timestamptz not null default now(), primary key (stream, number)
  )`;

const statements = {
  // Callers of one stream follow each other by its head: the number after the greatest would be given twice.
  append: `with head as (
      insert into heads as head (stream, next) values ($1, 2)
      on conflict (stream) do update set next = head.next + 1
      returning next - 1 as number
    )
    insert into entries (stream, number, kind, payload) select $1, head.number, 'happened', $2 from head returning number`,
  read: "select number, kind, payload, recorded_at from entries where stream = $1 and number >= 1 order by number limit $2",
  fill: `insert into entries (stream, number, kind, payload)
    select stream, number, 'happened', payload
    from unnest($1::text[]) as _ (stream) cross join unnest($2::json[]) with ordinality as __ (payload, number)`,
};

function append(load: Load): Case["contenders"] {
  return [
    holdfast(load, async (store) => {
      await store.executions.saveMany(streams.map((id) => ({ id, status: "running" })));
      return {
        call: (i) => store.history.append(streamOf(i), [{ kind: "happened", payload: dataOf(i) }]),
        check: ["select count(*) from holdfast.history_entries", (calls) => calls],
      };
    }),
    handWritten(load, {
      schema: table,
      call: (pool, i) =>
        pool.query({ name: "append", text: statements.append, values: [streamOf(i), JSON.stringify(dataOf(i))] }),
      check: ["select count(*) from entries", (calls) => calls],
    }),
    emmett(load, {
      call: (store, i) => store.appendToStream(streamOf(i), [eventOf(dataOf(i))]),
      check: ["select count(*) from emt_messages", (calls) => calls],
    }),
  ];
}

function read(load: Load): Case["contenders"] {
  return [
    holdfast(load, async (store) => {
      await store.executions.saveMany(streams.map((id) => ({ id, status: "running" })));
      const entries = entriesOfOne.map((payload) => ({ kind: "happened", payload }));
      await Promise.all(streams.map((id) => store.history.append(id, entries)));
      return {
        call: async (i) => {
          const { items } = await store.history.read(streamOf(i), { limit: entriesRead });
          return found(items[entriesRead - 1], "The last entry");
        },
      };
    }),
    handWritten(load, {
      schema: table,
      prepare: (pool) => pool.query(statements.fill, [streams, entriesOfOne.map((data) => JSON.stringify(data))]),
      call: async (pool, i) => {
        const { rows } = await pool.query({ name: "read", text: statements.read, values: [streamOf(i), entriesRead] });
        return found(rows[entriesRead - 1] as unknown, "The last entry");
      },
    }),
    emmett(load, {
      prepare: async (store) => {
        for (const stream of streams) await store.appendToStream(stream, entriesOfOne.map(eventOf));
      },
      call: async (store, i) => {
        const { events } = await store.readStream(streamOf(i), { maxCount: BigInt(entriesRead) });
        return found(events[entriesRead - 1], "The last event");
      },
    }),
  ];
}
