import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import pg from "pg";
import { expect, test } from "vitest";
import { compressingCodec } from "../../src/codecs/compressing-codec.ts";
import { encryptingCodec } from "../../src/codecs/encrypting-codec.ts";
import { type Codec, jsonCodec } from "../../src/core/codec.ts";
import { openStore, type Store } from "../../src/store.ts";
import { rejection } from "../database/support.ts";
import { ownServer } from "../support/own-server.ts";

const secret = "the-secret-that-nobody-may-see";
const payload = { card: secret };

/** The secret as a server may have it: as text, and as the digits and letters that bytes are written in. */
function traces(): readonly string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(4, 28),
  );
  return [secret, bytes.toString("hex"), bytes.toString("hex").toUpperCase(), ...shifted];
}

/** Gives the secret to everything that takes a payload, in every way in which it is written. */
async function writeEverywhere(store: Store): Promise<void> {
  const { executions, tasks, components, correlations, timers, history, jobs, snapshots, checkpoints, blobs } = store;
  await executions.create({ id: "e", input: payload, state: payload, idempotencyKey: "k" });
  await executions.create({ idempotencyKey: "k", input: payload });
  await executions.save({
    id: "f",
    status: "running",
    input: payload,
    state: payload,
    output: payload,
    error: payload,
  });
  await executions.setStatus("f", "failed", { error: payload });
  await tasks.save({
    id: "t",
    executionId: "e",
    name: "t",
    type: "composite",
    input: payload,
    output: payload,
    error: payload,
  });
  await tasks.createChildren("t", [{ name: "c", type: "basic", status: "succeeded", input: payload, output: payload }]);
  await tasks.setStatus("t", "succeeded", { output: payload, error: payload });
  await components.save({ executionId: "e", component: "c", state: payload });
  await correlations.deliver({ key: "kept", payload });
  await correlations.wait({ key: "waiting", executionId: "e", step: "s" });
  await correlations.deliver({ key: "waiting", payload, dedupeId: "d" });
  await timers.schedule({ executionId: "e", step: "s", afterMs: 0, payload });
  await timers.claim();
  await history.append("e", [{ kind: "k", payload }]);
  await jobs.pushMany([1, 2, 3].map((n) => ({ id: `j${n}`, queue: "q", payload, maxAttempts: 1 })));
  await jobs.push({ id: "j4", queue: "q", payload, uniqueKey: "u" });
  const [first, second, third] = await jobs.claim({ queues: ["q"], limit: 3 });
  if (!first || !second || !third) throw new Error("three jobs were pushed");
  await jobs.complete(first, { result: payload });
  await jobs.fail(second, { error: payload });
  // The error of an attempt is stored elsewhere than that of an end.
  await jobs.push({ queue: "tried-again", payload, maxAttempts: 2 });
  const [retried] = await jobs.claim({ queues: ["tried-again"], limit: 1 });
  if (!retried) throw new Error("a job was pushed");
  await jobs.fail(retried, { error: payload });
  await executions.transition("e", {
    state: payload,
    tasks: [{ id: "t2", name: "t2", type: "memory", input: payload, status: "succeeded" }],
    components: [{ component: "d", state: payload }],
    timers: [{ step: "s", afterMs: 0, payload }],
    jobs: [{ queue: "q", payload }],
    history: [{ kind: "k", payload }],
  });
  await executions.complete("e", { transform: (outputs) => ({ ...outputs, ...payload }) });
  for (const version of [1n, 2n]) {
    const bytes = Buffer.from(`${secret.repeat(100)}${version}`);
    await snapshots.write({ persistenceId: "p", version, payload: bytes, keep: "all" });
    await snapshots.write({ persistenceId: "p", version, payload: bytes, keep: "all" });
  }
  const value = Buffer.from(secret.repeat(100));
  await checkpoints.write({ thread: "t", id: "1", state: value, parts: [{ name: "a", version: "1", value }] });
  await checkpoints.addWrites({ thread: "t", id: "1", task: "a", writes: [{ name: "a", value }] });
  await blobs.upload("blob", "content", { metadata: payload });
  const spilled = await blobs.spill(payload, { aboveBytes: 10 });
  expect(await blobs.unspill(spilled)).toEqual(payload);
  // What is refused, by the database too, tells no more.
  await rejection(snapshots.write({ persistenceId: "p", version: 2n, payload: Buffer.from(secret) }));
  await rejection(components.save({ executionId: "e", component: "c", state: payload, expectedVersion: 9 }));
  await rejection(components.save({ executionId: "none", component: "c", state: payload }));
}

/** Every row of the schema, as text. */
async function everyRow(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "select quote_ident(tablename) as name from pg_tables where schemaname = 'holdfast'",
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(
        `select stored::text as row from holdfast.${name} as stored`,
      );
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join("\n");
  } finally {
    await client.end();
  }
}

/** The columns of payloads, in tables that hold rows: those with a value that is not encrypted, and those without any. */
async function unencryptedColumns(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ table: string; column: string }>(
      `select table_name as "table", column_name as "column" from information_schema.columns
       where table_schema = 'holdfast' and data_type = 'json' and column_name <> 'delivered_to' order by 1, 2`,
    );
    const found: string[] = [];
    for (const { table, column } of rows) {
      const { rows: counts } = await client.query<{ stored: number; given: number; encrypted: number }>(
        `select count(*)::integer as stored, count(${column})::integer as given,
           count(*) filter (where ${column}::text like '"~aes-256-gcm.k.%')::integer as encrypted
         from holdfast.${table}`,
      );
      const { stored = 0, given = 0, encrypted = 0 } = counts[0] ?? {};
      if (stored > 0 && (given === 0 || encrypted < given)) found.push(`${table}.${column}`);
    }
    return found;
  } finally {
    await client.end();
  }
}

async function seenBy(server: { readonly url: string; log(): string }, codec: Codec): Promise<readonly string[]> {
  const store = await openStore({ url: server.url, codec });
  await writeEverywhere(store);
  const read = [await store.executions.require("e"), await store.jobs.require("j2"), await store.history.last("e")];
  expect(inspect(read, { depth: 9 }).split(secret).length).toBeGreaterThan(5);
  expect(Buffer.from((await store.snapshots.require("p")).payload).toString()).toContain(secret);
  await store.close();
  const rows = await everyRow(server.url);
  expect(rows).toContain("j4");
  const seen = `${rows}\n${server.log()}`;
  return traces().filter((trace) => seen.includes(trace));
}

// The server tells all it hears: statements, their parameters, and those of failed ones.
const settings = { log_statement: "all", log_parameter_max_length_on_error: "-1", log_min_error_statement: "error" };

test("a plaintext never reaches the server, in no row, statement or message", async (context) => {
  const server = await ownServer(context, { major: 18, settings });
  const key = randomBytes(32);
  const codec = encryptingCodec({ keys: { k: key }, current: "k", inner: compressingCodec() });
  expect(await seenBy(server, codec)).toEqual([]);
  expect(server.log()).toContain("insert into");
  expect(await unencryptedColumns(server.url)).toEqual([]);
  expect(server.log()).not.toContain(key.toString("hex"));
}, 300_000);

test("without the codec the same search finds it", async (context) => {
  const server = await ownServer(context, { major: 18, settings });
  expect(await seenBy(server, jsonCodec)).toEqual(traces().slice(0, 2));
}, 300_000);
