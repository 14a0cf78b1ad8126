import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../core/errors.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { ServerSettings } from "./connection-settings.ts";
import { resolveConnection } from "./resolve.ts";

type Env = Record<string, string>;

function server(options: ConnectionOptions, env: Env = {}): ServerSettings {
  const settings = resolveConnection(options, env);
  if (settings.kind !== "server") throw new Error("not a server");
  return settings;
}

const opening =
  (options: unknown, env: Env = {}) =>
  (): unknown =>
    resolveConnection(options as ConnectionOptions, env);

describe("the place", () => {
  it.each<[ConnectionOptions, Env, object]>([
    [{}, {}, { kind: "embedded", folder: ".holdfast", durability: "full" }],
    [{}, { PGUSER: "u", PGPASSWORD: "p", POSTGRES_PASSWORD: "p" }, { kind: "embedded", folder: ".holdfast" }],
    [{}, { DATABASE_URL: "" }, { kind: "embedded", folder: ".holdfast" }],
    [{}, { HOLDFAST_DATA: "/data", PGHOST: "db" }, { kind: "embedded", folder: "/data" }],
    [{}, { HOLDFAST_DATA: "/data", HOLDFAST_DURABILITY: "relaxed" }, { folder: "/data", durability: "relaxed" }],
    [{ poolMax: 7 }, {}, { kind: "embedded", folder: ".holdfast" }],
    [{ durability: "relaxed" }, {}, { kind: "embedded", durability: "relaxed" }],
    [{ durability: "relaxed" }, { DATABASE_URL: "postgres://db" }, { kind: "server" }],
    [{ folder: "x", durability: "relaxed" }, { DATABASE_URL: "postgres://db" }, { folder: "x", durability: "relaxed" }],
    [{ memory: true }, { DATABASE_URL: "postgres://db" }, { kind: "embedded", folder: null, durability: "none" }],
    [{ user: "u" }, { HOLDFAST_DATA: "/data" }, { kind: "server", user: "u" }],
  ])("%j with %j", (options, env, expected) => expect(resolveConnection(options, env)).toMatchObject(expected));

  it.each<[Env, string, string, string]>([
    [{ DATABASE_URL: "postgres://a@b/c", PGHOST: "x", PGDATABASE: "y", POSTGRES_HOST: "z" }, "b", "a", "c"],
    [{ PGHOST: "x", PGUSER: "u", POSTGRES_DB: "z" }, "x", "u", "u"],
    [{ PGDATABASE: "d", PGUSER: "u" }, "localhost", "u", "d"],
    [{ POSTGRES_HOST: "h", POSTGRES_USER: "u", POSTGRES_DB: "d" }, "h", "u", "d"],
    [{ POSTGRES_HOST: "h", PGUSER: "u" }, "h", "u", "u"],
    [{ POSTGRES_DB: "d" }, "localhost", "postgres", "d"],
  ])("from the environment: %j", (env, host, user, database) => {
    const settings = server({}, env);
    expect([settings.hosts[0]?.host, settings.user, settings.database]).toEqual([host, user, database]);
  });

  it("is the caller's own, told apart by shape", () => {
    const pool = new pg.Pool();
    const client = new pg.Client();
    const pglite: PGlite = Object.create(PGlite.prototype, { waitReady: { value: Promise.resolve() } });
    expect(resolveConnection({ pool }, {})).toMatchObject({
      kind: "pool",
      pool,
      listen: true,
      preparedStatements: true,
    });
    const pooled = resolveConnection({ pool, pooler: "transaction", statementTimeoutMs: 5 }, {});
    expect(pooled).toMatchObject({ listen: false, preparedStatements: false, statementTimeoutMs: 5 });
    expect(resolveConnection({ client }, {})).toMatchObject({ kind: "client", client });
    expect(resolveConnection({ pglite }, {})).toMatchObject({ kind: "pglite", pglite });
    expect(opening({ pool: client })).toThrow("pool is another object: give a Pool of pg.");
    expect(opening({ client: pool })).toThrow("client is another object: give a Client of pg.");
    expect(opening({ pglite: pool })).toThrow("pglite is another object: give a PGlite.");
    expect(opening({ pool: "x" })).toThrow("pool is a string: give a Pool of pg.");
  });

  it.each<[unknown, RegExp]>([
    [{ url: "postgres://db", folder: "x" }, /^folder and url both say where the database is: give one of them\.$/],
    [{ url: "postgres://db", host: "x" }, /^url and host both say/],
    [{ memory: true, folder: "x" }, /^folder and memory both say/],
    [{ url: undefined }, /^url is undefined: give it a value, or leave it out\.$/],
    [{ url: "" }, /^url is empty/],
    [{ url: 5 }, /^url is a number: give a string/],
    [{ folder: "" }, /^folder is empty/],
    [{ folder: "a\0b" }, /^folder holds a NUL/],
    [{ memory: false }, /^memory is not true/],
    [{ folder: "x", poolMax: 5 }, /^poolMax does not go with folder: leave one of them out\.$/],
    [{ url: "postgres://db", durability: "full" }, /^durability does not go with url/],
    [{ memory: true, durability: "full" }, /^durability does not go with memory/],
    [
      { folder: "x", durability: "ful" },
      /^durability is not a known value: give one of full, relaxed\. Did you mean full\?$/,
    ],
    [{ foldr: "x" }, /^foldr is not a known option: leave it out\. Did you mean folder\?$/],
    [{ connectionString: "x" }, /Did you mean url\?$/],
    [{ sslmode: "x" }, /Did you mean ssl\?$/],
    [{ dbname: "x" }, /Did you mean database\?$/],
    ["postgres://db", /^The connection options are a string: give an object/],
    [null, /^The connection options are null/],
  ])("%j is refused", (options, message) => expect(opening(options)).toThrow(message));

  it("is refused by an error that names the field", () => {
    expect(opening({ foldr: "x" })).toThrow(InvalidInputError);
    expect(opening({ foldr: "x" })).toThrow(expect.objectContaining({ facts: { field: "foldr" }, retryable: false }));
  });

  it("is refused when the environment names two", () => {
    expect(opening({}, { DATABASE_URL: "postgres://db", HOLDFAST_DATA: "x" })).toThrow(
      /^DATABASE_URL and HOLDFAST_DATA both say/,
    );
    expect(opening({}, { PGSERVICE: "x" })).toThrow(/^PGSERVICE is not supported/);
    expect(opening({}, { DATABASE_URL: "mysql://u:s3cr@db" })).toThrow(/^DATABASE_URL is no PostgreSQL address/);
  });
});
