import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { combinePlans, type Row } from "../../src/core/plan.ts";
import { type ElementType, encodeParameter, type Parameter } from "../../src/core/values.ts";
import type { Database } from "../../src/postgres/database.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import {
  add,
  adding,
  makeSums,
  open,
  opened,
  rejection,
  sessionOn,
  sql,
  sums,
  untilQuick,
  urlOf,
  value,
} from "./support.ts";

const lastDate = new Date(8.64e15);
const firstDate = new Date(-8.64e15);

/** What goes in as a parameter of that type, and what must come out; where they differ, the second is what comes. */
const roundTrips: readonly (readonly [type: string, given: Parameter, back?: unknown])[] = [
  ["bigint", Number.MAX_SAFE_INTEGER],
  ["bigint", -Number.MAX_SAFE_INTEGER],
  ["bigint", 0],
  ["bigint", 7],
  ["integer", -2_147_483_648],
  ["smallint", 32_767],
  ["double precision", 0.1],
  ["double precision", 5e-324],
  ["double precision", 1.797_693_134_862_315_7e308],
  ["real", 1.5],
  ["boolean", true],
  ["boolean", false],
  ["text", ""],
  ["text", "null"],
  ["text", 'it\'s "quoted" \\ and\nbroken\t — ü 漢 🜚'],
  ["text", null],
  ["bytea", new Uint8Array()],
  ["bytea", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ["json", JSON.stringify("\u0000 \ud800 \udfff ü 🜚")],
  ["json", '{ "b":1, "a" : 2, "b":3 }'],
  ["json", "null"],
  ["timestamptz", new Date("2026-11-21T10:30:00.123Z")],
  ["timestamptz", new Date("2026-11-21T10:30:00.000Z")],
  ["timestamptz", new Date("1969-12-31T23:59:59.999Z")],
  ["timestamptz", new Date("0001-01-01T00:00:00.000Z")],
  ["timestamptz", new Date("9999-12-31T23:59:59.999Z")],
  ["timestamptz", new Date("+010000-01-01T00:00:00.000Z")],
  ["timestamptz", new Date("+123456-07-08T09:10:11.012Z")],
  ["timestamptz", new Date("0000-12-31T23:59:59.999Z")],
  ["timestamptz", new Date("-000043-03-15T12:00:00.000Z")],
  ["timestamptz", lastDate],
  ["timestamptz", firstDate],
  ["text[]", []],
  ["text[]", ["", "a", "null", "NULL", "{}", ",", " ", '"', "\\", '\\"', "a\nb", "'", "ü 漢 🜚"]],
  ["text[]", [null, "NULL", null]],
];

/** Literals as PostgreSQL writes them, and the values that must be read. */
const literals: readonly (readonly [expression: string, read: unknown])[] = [
  ["timestamptz 'infinity'", lastDate],
  ["timestamptz '-infinity'", firstDate],
  ["timestamptz '2026-11-21 10:30:00.123456+00'", new Date("2026-11-21T10:30:00.123Z")],
  ["timestamptz '2026-11-21 10:30:00.1+00'", new Date("2026-11-21T10:30:00.100Z")],
  ["timestamptz '2026-11-21 10:30:00.999999+00'", new Date("2026-11-21T10:30:00.999Z")],
  ["timestamptz '1969-12-31 23:59:59.999999+00'", new Date("1969-12-31T23:59:59.999Z")],
  ["timestamptz '2300-01-01 00:00:00.000999+00'", new Date("2300-01-01T00:00:00.000Z")],
  ["timestamptz '1600-12-31 23:59:59.999999+00'", new Date("1600-12-31T23:59:59.999Z")],
  ["timestamptz '1600-12-31 23:59:59.999+00'", new Date("1600-12-31T23:59:59.999Z")],
  ["timestamptz '0044-03-15 12:00:00+00 BC'", new Date("-000043-03-15T12:00:00.000Z")],
  ["array[1, 2]::text[]", ["1", "2"]],
  ["array['x', null]::text[]", ["x", null]],
  ["count(*) from generate_series(1, 3)", 3],
  ["sum(n)::text from generate_series(1, 3) as n", "6"],
  ["'{\"a\": 1}'::jsonb", '{"a": 1}'],
  ["null::bigint", null],
  ["'infinity'::float8", Number.POSITIVE_INFINITY],
];

describeOnEach("values", (fresh) => {
  let database: Database;
  let session: StoreSession;
  beforeAll(async () => {
    database = await open(await fresh.options());
    session = sessionOn(database);
    await untilQuick(session);
  });
  afterAll(() => database.close());

  test.each(roundTrips.map((row, i) => ({ i, row })))("value $i comes back as it went", async ({ row }) => {
    const [type, given, expected = given] = row;
    // As text, and from the second execution on as is quickest.
    for (let times = 0; times < 2; times++) {
      expect(await session.run(value(`select $1::${type}`, encodeParameter(given)))).toStrictEqual(expected);
    }
  });

  test.each(literals)("%s is read", async (expression, expected) => {
    for (let times = 0; times < 2; times++) {
      expect(await session.run(value(`select ${expression}`))).toStrictEqual(expected);
    }
  });

  test.each(["9007199254740992", "-9007199254740992", "9223372036854775807"])(
    "a count of %s is an error, and never rounded",
    async (count) => {
      for (let times = 0; times < 2; times++) {
        const error = await rejection(session.run(value("select $1::bigint", count)));
        expect(error).toMatchObject({ code: "corrupt", retryable: false });
        expect(await session.run(value("select $1::bigint::text", count))).toBe(count);
      }
    },
  );

  test("undefined goes as NULL", async () => {
    expect(await session.run(value("select $1::text", encodeParameter(undefined)))).toBeNull();
  });

  test("elements of every array type arrive", async () => {
    const sent: readonly (readonly [string, Parameter, ElementType?])[] = [
      ["bigint[]", [1, null, -Number.MAX_SAFE_INTEGER]],
      ["bigint[]", [1, null, -Number.MAX_SAFE_INTEGER, 2 ** 32, -(2 ** 32), -1, Number.MAX_SAFE_INTEGER], "int8"],
      ["boolean[]", [true, null, false]],
      ["timestamptz[]", [new Date("2026-11-21T10:30:00.123Z"), null, new Date("-000043-03-15T12:00:00.000Z")]],
      ["bytea[]", [Uint8Array.of(0, 92, 34, 255), new Uint8Array(), null], "bytea"],
      ["bytea[]", [null, null], "bytea"],
      ["json[]", ['{"a":["\\"",null]}', "null", null]],
      ["json[]", ['{"a":["\\"",null]}', "null", null], "json"],
      ["text[]", ["", "NULL", "ü 漢 🜚", "{\\", null], "text"],
    ];
    for (const [type, array, element] of sent) {
      const given = array as readonly Parameter[];
      for (const [i, each] of given.entries()) {
        const read = await session.run(value(`select ($1::${type})[${i + 1}]`, encodeParameter(array, element)));
        expect(read, `${type} ${i}`).toStrictEqual(each);
      }
      const count = value(`select cardinality($1::${type})`, encodeParameter([], element));
      expect(await session.run(count)).toBe(0);
    }
  });

  test("an array of 10,000 texts arrives whole", async () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `text ${i} with "quotes" and \\`);
    expect(await session.run(value("select $1::text[]", encodeParameter(texts)))).toStrictEqual(texts);
  });

  test("10 MB of bytes come back equal", async () => {
    const bytes = new Uint8Array(10_000_000).map((_, i) => i * 7);
    for (let times = 0; times < 2; times++) {
      const back = await session.run(value("select $1::bytea", bytes));
      expect(Buffer.compare(back as Uint8Array, bytes)).toBe(0);
    }
  });

  test("rows of all lengths come whole, however they are cut on their way", async () => {
    const text =
      "select n, convert_to(repeat('é', n), 'UTF8'), repeat('é', n) from generate_series(1, $1::integer) as n";
    for (let times = 0; times < 2; times++) {
      const rows = await session.run(sql(text, "1000"));
      expect(rows).toHaveLength(1000);
      const isWhole = (row: Row, n: number): boolean =>
        row[0] === n && Buffer.from(row[1] as Uint8Array).toString() === row[2] && row[2] === "é".repeat(n);
      expect(rows.findIndex((row, i) => !isWhole(row, i + 1))).toBe(-1);
    }
  });

  test("a value that its type cannot hold is the caller's error", async () => {
    for (const [type, text] of [
      ["bigint", "9223372036854775808"],
      ["jsonb", '"\\u0000"'],
      ["integer", "x"],
    ] as const) {
      expect(await rejection(session.run(value(`select $1::${type}`, text)))).toMatchObject({ code: "invalid_input" });
    }
  });
});

describeOnServers("values that are too large for a message", (fresh) => {
  // Nobody writes to these bytes or reads them, so they take no memory.
  const huge = value("select octet_length($1::bytea)", new Uint8Array(2 ** 30));

  test("fail their call alone: the connection goes on, and nothing of the call is written", async () => {
    const session = sessionOn(await opened({ url: await urlOf(fresh), poolMax: 1 }));
    await makeSums(session);
    const pid = await session.run(value("select pg_backend_pid()"));
    const refused = { code: "invalid_input", facts: { sqlstate: "54000" } };
    // The second time its statements are prepared.
    for (let times = 0; times < 2; times++) {
      expect(await rejection(session.run(huge))).toMatchObject(refused);
      const together = combinePlans([adding.plan([{ key: "a", amount: "1" }]), huge]);
      expect(await rejection(session.run(together))).toMatchObject(refused);
      const transaction = session.transaction(async (tx) => {
        await add(tx, "a", 1);
        return tx.run(huge);
      });
      expect(await rejection(transaction)).toMatchObject(refused);
      expect(await sums(session)).toEqual({});
    }
    expect(await session.run(value("select pg_backend_pid()"))).toBe(pid);
  });

  test("fail their call alone on a pool of the caller's too, whose client is the driver's own", async () => {
    const pool = new pg.Pool({ connectionString: await urlOf(fresh), max: 1 });
    onTestFinished(() => pool.end());
    const session = sessionOn(await opened({ pool }));
    const pid = await session.run(value("select pg_backend_pid()"));
    expect(await rejection(session.run(huge))).toMatchObject({ code: "invalid_input", facts: { sqlstate: "54000" } });
    expect(await session.run(value("select pg_backend_pid()"))).toBe(pid);
  });
});

describeOnEach("values on a session with other settings", (fresh) => {
  let inMemory: Database | null = null;
  afterAll(() => inMemory?.close());

  /** A session with one setting: from its start on a server, by SET on the one session of the embedded database. */
  const styled = async (name: string, setting: string): Promise<StoreSession> => {
    const options = await fresh.options();
    if ("url" in options) return sessionOn(await opened({ ...options, options: `-c ${name}=${setting}`, poolMax: 1 }));
    const session = sessionOn((inMemory ??= await open(options)));
    await session.run(value("reset all"));
    await session.run(value(`set ${name} = '${setting}'`));
    return session;
  };

  test.each(["UTC", "America/New_York", "Asia/Kolkata", "Europe/Amsterdam", "Pacific/Apia"])(
    "instants do not depend on the zone %s",
    async (zone) => {
      const session = await styled("timezone", zone);
      for (const text of [
        "2026-11-21T10:30:00.123Z",
        "1899-06-01T00:00:00.999Z",
        "-000043-03-15T12:00:00.000Z",
        "+012026-01-01T00:00:00.500Z",
      ]) {
        const instant = new Date(text);
        expect(await session.run(value("select $1::timestamptz", encodeParameter(instant)))).toStrictEqual(instant);
      }
    },
  );

  test("bytes do not depend on bytea_output", async () => {
    const session = await styled("bytea_output", "escape");
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => 255 - byte);
    expect(await session.run(value("select $1::bytea", bytes))).toStrictEqual(bytes);
  });

  test("another DateStyle is refused by name, for its dates are ambiguous", async () => {
    const session = await styled("datestyle", "German");
    const error = await rejection(session.run(value("select timestamptz '2026-11-21 10:30:00+00'")));
    expect(error).toMatchObject({ code: "invalid_input", facts: { field: "DateStyle" } });
    expect(await session.run(value("select 1"))).toBe(1);
  });
});
