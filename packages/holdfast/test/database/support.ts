import { expect, onTestFinished } from "vitest";
import { jsonCodec } from "../../src/core/codec.ts";
import type { Plan, Row } from "../../src/core/plan.ts";
import type { ParameterValue } from "../../src/core/values.ts";
import type { Write } from "../../src/core/write.ts";
import type { ConnectionOptions } from "../../src/postgres/connection/connection-options.ts";
import { resolveConnection } from "../../src/postgres/connection/resolve.ts";
import type { Database, StopListening, WireStatement } from "../../src/postgres/database.ts";
import { openDatabase } from "../../src/postgres/open-database.ts";
import { PipelinedClient } from "../../src/postgres/wire/driver-internals.ts";
import { Events } from "../../src/session/events.ts";
import { Hints } from "../../src/session/hints.ts";
import type { Session } from "../../src/session/session.ts";
import { StoreSession } from "../../src/session/store-session.ts";
import { Tally } from "../../src/session/tally.ts";
import type { FreshDatabase } from "../support/databases.ts";

/** Opens a database as a store does. The caller closes it. */
export function open(options: ConnectionOptions): Promise<Database> {
  return openDatabase(resolveConnection(options));
}

/** Opens a database that is closed when the test has finished. */
export async function opened(options: ConnectionOptions): Promise<Database> {
  const database = await open(options);
  onTestFinished(() => database.close());
  return database;
}

/** The URL of a database on a server, with another port where one is given. */
export async function urlOf(fresh: FreshDatabase, port?: number): Promise<string> {
  const options = await fresh.options();
  if (!("url" in options)) throw new Error(`${fresh.name} has no URL`);
  const url = new URL(options.url);
  if (port !== undefined) url.port = String(port);
  return url.href;
}

/** The port of a database on a server. */
export async function portOf(fresh: FreshDatabase): Promise<number> {
  return Number(new URL(await urlOf(fresh)).port);
}

/** A store's session on an open database. */
export function sessionOn(database: Database, { coalesce = true, onHint = (): void => undefined } = {}): StoreSession {
  const listen = async (): Promise<StopListening> => async () => undefined;
  const real = new Hints(database, "holdfast");
  const statement = (topic: string): WireStatement => real.statement(topic);
  const hints = { send: onHint, announce: () => undefined, listen, statement, travel: real.travel };
  return new StoreSession({
    database,
    schema: "holdfast",
    codec: jsonCodec,
    coalesce,
    hints,
    events: new Events(),
    tally: new Tally(),
    target: {},
  });
}

/** A plan of one statement that a test writes as text; its result is the rows. */
export function sql(text: string, ...values: readonly ParameterValue[]): Plan<readonly Row[]> {
  const readsOnly =
    /^\s*(begin|select|with)\b/i.test(text) && !/\b(insert|update|delete|merge|share|nextval)\b/i.test(text);
  return {
    statements: [{ statement: { name: "test", text, prepared: true, readsOnly }, values }],
    read: ([rows = []]) => rows,
  };
}

/** A plan whose result is the first value of the first row. */
export function value(text: string, ...values: readonly ParameterValue[]): Plan<unknown> {
  return { ...sql(text, ...values), read: ([rows = []]) => rows[0]?.[0] };
}

/** An input of {@link adding}. */
export interface Addition {
  readonly key: string;
  readonly amount: string;
}

/** A coalesced write on the table of {@link makeSums}: adds to a key's sum, and answers with the new sum. */
export const adding: Write<Addition, number> = {
  name: "test.add",
  keys: ({ key }) => [key],
  plan: (inputs) => ({
    statements: [
      {
        statement: { name: "add", text: addSql, prepared: true, readsOnly: false },
        values: [
          `{${inputs.map(({ key }) => key).join(",")}}`,
          `{${inputs.map(({ amount }) => `"${amount}"`).join(",")}}`,
        ],
      },
    ],
    read: ([rows = []]) => rows.map(([sum]) => sum as number),
  }),
};

const addSql = `with input as (
  select given.key, given.amount, given.position
  from unnest($1::text[], $2::bigint[]) with ordinality as given(key, amount, position)
), written as (
  insert into sums as stored (key, sum) select key, amount from input
  on conflict (key) do update set sum = stored.sum + excluded.sum
  returning stored.key, stored.sum
)
select written.sum from input join written using (key) order by input.position`;

/** Adds to a key's sum, and gives the new sum. */
export function add(session: Session, key: string, amount = 1): Promise<number> {
  return session.write(adding, { key, amount: String(amount) });
}

/** Makes the table that {@link adding} writes to, empty; a sum above 1,000,000 is refused. */
export async function makeSums(session: StoreSession): Promise<void> {
  await session.run(sql("drop table if exists sums"));
  await session.run(sql("create table sums (key text primary key, sum bigint not null check (sum < 1000000))"));
}

/** The sums by key. */
export async function sums(session: StoreSession): Promise<Readonly<Record<string, number>>> {
  const rows = await session.run(sql("select key, sum from sums order by key"));
  return Object.fromEntries(rows.map(([key, sum]) => [String(key), sum as number]));
}

/** What a promise rejected with; fails where it did not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome) return outcome.error;
  throw new Error(`it resolved, with ${String(outcome.result)}`);
}

/** Makes calls until the driver's inside was tried, so that prepared statements take the quick way from then on. */
export async function untilQuick(session: StoreSession): Promise<void> {
  for (let i = 0; i < 25; i++) await session.run(value("select 1"));
  expect(new PipelinedClient().isQuick).toBe(true);
}
