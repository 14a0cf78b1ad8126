import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mustMarkColumns } from "../../../../tools/sql/emit.ts";
import { generate, staleFiles } from "../../../../tools/sql/generate.ts";
import { readMigrations } from "../../../../tools/sql/migration-files.ts";
import { parseStatement } from "../../../../tools/sql/parse.ts";
import { openScratch, type Scratch } from "../../../../tools/sql/scratch.ts";

describe("a statement file", () => {
  const parse = (body: string, header = "-- :many") =>
    parseStatement("things/list_things.sql", `-- What it does.\n${header}\n${body}`);

  test("is named for its function, documented, and headed", () => {
    expect(parse("select 1 as one;\n", "-- :maybe unprepared scan: a handful of rows")).toMatchObject({
      folder: "things",
      functionName: "listThings",
      documentation: ["What it does."],
      cardinality: "maybe",
      prepared: false,
      scan: "a handful of rows",
      text: "select 1 as one",
      parameters: [],
    });
    expect(parse("select 1 as one")).toMatchObject({ prepared: true, scan: null });
  });

  test.each([
    ["no header", "-- What it does.\nselect 1"],
    ["no documentation", "-- :many\nselect 1"],
    ["an unknown header", "-- What it does.\n-- :some\nselect 1"],
    ["code above the header", "-- What it does.\nselect 1\n-- :many\nselect 2"],
  ])("with %s is refused by its name", (_, source) => {
    expect(() => parseStatement("things/x.sql", source)).toThrow(/^things\/x\.sql: starts with comment lines/);
  });

  test("numbers its parameters in order of appearance, one number a name", () => {
    expect(parse("select :b::text, :a?, :b, :longName_2")).toMatchObject({
      text: "select $1::text, $2, $1, $3",
      parameters: [
        { name: "b", nullable: false },
        { name: "a", nullable: true },
        { name: "longName_2", nullable: false },
      ],
    });
  });

  test.each([
    "'a :colon'",
    "'it''s :quoted'",
    '"column :name"',
    "$$ body :of $$",
    "$tag$ :body $$ $tag$",
    "now()::text",
    "x[1:2]",
  ])("leaves %s as it is", (text) => {
    expect(parse(`select ${text}, :real`)).toMatchObject({
      text: `select ${text}, $1`,
      parameters: [{ name: "real", nullable: false }],
    });
  });

  test("drops its comments, wherever they stand", () => {
    const parsed = parse("-- :first\nselect 1, -- not :this\n  /* nor :that */ :real");
    expect(parsed).toMatchObject({ text: "select 1, \n   $1", parameters: [{ name: "real" }] });
  });

  test("of two statements is refused, but a semicolon in a text is none", () => {
    expect(() => parse("select 1; select 2")).toThrow("more than one statement");
    expect(parse("select 'a;b'").text).toBe("select 'a;b'");
  });

  test.each([
    "select * from t",
    "select t.* from t",
    "select distinct * from t",
    "select a, * from t",
    "insert into t values (1) returning *",
  ])("names its columns: %s", (text) => expect(() => parse(text)).toThrow("never selects *"));

  test("hides how long its arrays are from the planner, unless it is planned at each call", () => {
    const text = "select id from unnest(:ids::text[], :names::text[]) as given(id, name)";
    expect(() => parse(text)).toThrow("unnest((select :ids::text[]))");
    expect(parse(text, "-- :many unprepared").prepared).toBe(false);
    expect(parse(text.replace(":ids::text[]", "(select :ids::text[])")).prepared).toBe(true);
  });

  test.each(["select count(*) from t", "select a * b from t", "select '*' from t"])("may say %s", (text) => {
    expect(parse(text).text).toBe(text);
  });
});

test.each([
  ["select a from t", false],
  ["select t.a from t join u on true", false],
  ["select a from t where exists (select from u left_side)", false],
  ["select 'left join' from t", false],
  ["select a from t left join u on true", true],
  ["select a from t right outer join u on true", true],
  ["select a from t full join u on true", true],
  ["with x as (select 1) select a from x", true],
  ["select a from t union all select a from u", true],
  ["select a from t except select a from u", true],
  ["select a from (select a from t) as s", true],
  ["select a from t, (values (1)) as v", true],
  ["select a from t cross join lateral (select 1) as l", true],
  ["select a from t group by rollup (a)", true],
])("%s: must every column say whether it may be null? %s", (text, expected) => {
  expect(mustMarkColumns(text)).toBe(expected);
});

describe("the generator", () => {
  let scratch: Scratch;
  let source: string;
  beforeAll(async () => {
    scratch = await openScratch();
  });
  afterAll(() => scratch.close());
  beforeEach(async () => {
    source = mkdtempSync(join(tmpdir(), "holdfast-sql-"));
    await migrate("");
    write(
      "things/get_thing.sql",
      "-- A thing.\n-- :maybe\nselect id, mood, size, born_at from holdfast.things where id = :id",
    );
    write(
      "things/add_things.sql",
      "-- Adds things.\n-- :exec\ninsert into holdfast.things (id, mood) select unnest((select :ids::text[])), unnest((select :moods?::holdfast.mood[]))",
    );
    for (const [path, text] of await generate(scratch.client, source)) write(path, text);
    return () => rmSync(source, { recursive: true });
  });

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  };

  /** The schema of these tests, changed by one more migration. */
  const migrate = async (change: string): Promise<void> => {
    await scratch.run(`drop schema if exists holdfast cascade; create schema holdfast;
      create type holdfast.mood as enum ('fine', 'sad');
      create table holdfast.things (id text primary key, mood holdfast.mood not null, size bigint, born_at timestamptz not null default now());
      ${change}`);
  };

  /** What \`npm run sql -- --check\` says: the stale files, or the error. */
  const check = async (): Promise<readonly string[] | string> => {
    try {
      return staleFiles(source, await generate(scratch.client, source));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  const generated = async (): Promise<string> =>
    (await generate(scratch.client, source)).get("things/statements.generated.ts") ?? "";

  test("finds nothing stale after a run", async () => {
    expect(await check()).toEqual([]);
  });

  test("types parameters and columns from the catalog", async () => {
    const text = await generated();
    for (const line of [
      "readonly ids: readonly string[];",
      "readonly moods: readonly (Mood | null)[];",
      "readonly mood: Mood;",
      "readonly size: number | null;",
      "readonly bornAt: Date;",
      "StatementFunction<GetThingParameters, GetThingRow | null> = maybe(",
      "StatementFunction<AddThingsParameters, void> = exec(",
    ]) {
      expect(text).toContain(line);
    }
  });

  test("writes a list of both orders as two statements", async () => {
    write(
      "things/list_things.sql",
      "-- Things.\n-- :many both-orders\nselect id from holdfast.things where id > :after order by id",
    );
    const text = await generated();
    for (const line of [
      "export const listThings: InBothOrders<ListThingsParameters, readonly ListThingsRow[]> = {",
      "text: `select id from holdfast.things where id > $1 order by id`",
      "text: `select id from holdfast.things where id < $1 order by id desc`",
    ]) {
      expect(text).toContain(line);
    }
  });

  test.each([
    ["a select reads", "select id from holdfast.things", true],
    ["a word in a text is no keyword", "select id from holdfast.things where id <> 'update'", true],
    ["a stable function reads", "select holdfast.moments() as moment", true],
    ["a volatile function may write", "select holdfast.touches() as moment", false],
    ["so may a volatile one of PostgreSQL's", "select set_config('a.b', 'c', true) as set", false],
    ["a size only reads", "select pg_table_size('holdfast.things') as size", true],
    ["a row that is locked is written", "select id from holdfast.things for update", false],
    [
      "a part that changes rows writes",
      'with gone as (delete from holdfast.things returning id) select id as "id!" from gone',
      false,
    ],
  ])("knows what writes: %s", async (_, text, reads) => {
    await migrate(`
      create function holdfast.moments() returns timestamptz stable language sql return now();
      create function holdfast.touches() returns timestamptz volatile language sql return now()`);
    write("things/get_thing.sql", `-- A thing.\n-- :many\n${text}`);
    expect(await generated()).toContain(`name: "things/getThing",\n  prepared: true,\n  readsOnly: ${reads},`);
  });

  test("names the file of a statement whose column was renamed", async () => {
    await migrate("alter table holdfast.things rename column size to extent");
    expect(await check()).toMatch(/^things\/get_thing\.sql: column "size" does not exist$/);
  });

  test("lists every statement that the schema refuses", async () => {
    await migrate("alter table holdfast.things rename to objects");
    expect(await check()).toBe(
      'things/add_things.sql: relation "holdfast.things" does not exist\nthings/get_thing.sql: relation "holdfast.things" does not exist',
    );
  });

  test.each([
    ["a column changed its type", "alter table holdfast.things alter size type text"],
    ["a column may no longer be null", "alter table holdfast.things alter size set not null"],
  ])("finds the file stale when %s", async (_, change) => {
    await migrate(change);
    expect(await check()).toEqual(["things/statements.generated.ts"]);
  });

  test("finds the enums stale when one has a new label", async () => {
    await migrate("alter type holdfast.mood add value 'wild'");
    expect(await check()).toEqual(["core/enums.generated.ts"]);
  });

  test("finds a generated file that has no statements any more", async () => {
    write("gone/statements.generated.ts", "");
    expect(await check()).toEqual(["gone/statements.generated.ts"]);
  });

  test("finds an edited file", async () => {
    write("things/statements.generated.ts", `${await generated()}\n`);
    expect(await check()).toEqual(["things/statements.generated.ts"]);
  });

  test("wants a mark on every column that an outer join may make null, and takes it at its word", async () => {
    const join = (column: string): void =>
      write(
        "things/list_things.sql",
        `-- Things.\n-- :many\nselect ${column} from holdfast.things as thing left join holdfast.things as other on other.size = thing.size`,
      );
    join("other.id");
    expect(await check()).toMatch(/^things\/list_things\.sql: column "id" says neither "id!" .* nor "id\?"/);
    join('other.id as "id?"');
    expect(await generated()).toContain("interface ListThingsRow {\n  readonly id: string | null;");
    join('thing.id as "id!"');
    expect(await generated()).toContain("interface ListThingsRow {\n  readonly id: string;");
  });

  test("takes expressions for nullable unless they are marked", async () => {
    write(
      "things/count_things.sql",
      '-- How many.\n-- :one\nselect count(id) as total, count(size) as "sized!" from holdfast.things',
    );
    expect(await generated()).toContain("readonly total: number | null;\n  readonly sized: number;");
  });

  test("refuses types that the kernel does not read", async () => {
    write("things/sizes.sql", "-- Sizes.\n-- :one\nselect array_agg(size) as sizes from holdfast.things");
    expect(await check()).toMatch(
      /^things\/sizes\.sql: a column is an array of PostgreSQL's type int8: cast it to text\[\]/,
    );
    write("things/sizes.sql", "-- Sizes.\n-- :one\nselect '1 day'::interval as age");
    expect(await check()).toMatch(/^things\/sizes\.sql: PostgreSQL's type interval has no TypeScript type here/);
  });

  test("keeps backslashes, backticks and dollars of a statement", async () => {
    write("things/odd.sql", "-- Odd.\n-- :one\nselect '\\`${x}' as odd");
    const text = await generated();
    expect(text).toContain("text: `select '\\\\\\`\\${x}' as odd`");
  });

  test("reads migrations in order, and refuses a gap", () => {
    write("migrations/0001_one.sql", "-- oldest-client: 0\nselect 1");
    write("migrations/0002_two.sql", "select 2");
    expect(readMigrations(join(source, "migrations"))).toMatchObject([
      { number: 1, name: "0001_one", oldestClient: 0 },
      { number: 2, name: "0002_two", oldestClient: 2 },
    ]);
    write("migrations/0004_four.sql", "select 4");
    expect(() => readMigrations(join(source, "migrations"))).toThrow("0004_four.sql: migrations are named");
  });
});
