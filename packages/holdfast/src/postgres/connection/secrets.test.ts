import { inspect } from "node:util";
import pg from "pg";
import { describe, expect, it } from "vitest";
import type { ConnectionOptions } from "./connection-options.ts";
import { describeConnection } from "./describe.ts";
import { resolveConnection } from "./resolve.ts";

const url = "postgres://user:s3cret@db.example:5432/app";

describe("the password", () => {
  it.each<[string, ConnectionOptions, Record<string, string>]>([
    ["an option", { host: "db", password: "s3cret" }, {}],
    ["a URL", { url }, {}],
    ["a DSN", { url: "host=db password='s3cret'" }, {}],
    ["DATABASE_URL", {}, { DATABASE_URL: url }],
    ["PGPASSWORD", {}, { PGHOST: "db", PGPASSWORD: "s3cret" }],
  ])("given by %s is kept, and never shown", (_, options, env) => {
    const settings = resolveConnection(options, env);
    expect(settings.kind === "server" && settings.password?.reveal()).toBe("s3cret");
    const shown = [JSON.stringify(settings), inspect(settings, { depth: 9, showHidden: true })];
    shown.push(describeConnection(settings), settings.kind === "server" ? String(settings.password) : "");
    for (const text of shown) expect(text).not.toContain("s3cret");
  });

  it("may be a function", () => {
    const password = (): string => "s3cret";
    const settings = resolveConnection({ host: "db", password }, {});
    expect(settings.kind === "server" && settings.password?.reveal()).toBe(password);
  });

  it("of a caller's pool is not shown either", () => {
    const settings = resolveConnection({ pool: new pg.Pool({ connectionString: url }) }, {});
    expect(inspect(settings, { depth: 9 })).not.toContain("s3cret");
    expect(JSON.stringify(settings)).not.toContain("s3cret");
  });
});

describe("a description", () => {
  it.each<[ConnectionOptions, string]>([
    [{ url }, "postgres://user@db.example:5432/app"],
    [{ url: "postgres://a%40b@[::1]:1,db:2/a%20b" }, "postgres://a%40b@[::1]:1,db:2/a%20b"],
    [{ host: "/tmp", user: "u" }, "postgres://u@%2Ftmp:5432/u"],
    [{}, "embedded .holdfast"],
    [{ memory: true }, "embedded in memory"],
    [{ pool: new pg.Pool() }, "the caller's pg pool"],
    [{ client: new pg.Client() }, "the caller's pg client"],
  ])("of %j", (options, expected) => expect(describeConnection(resolveConnection(options, {}))).toBe(expected));

  it("of a server is a URL that leads to the same place", () => {
    const first = resolveConnection({ url: "postgres://a%40b@[::1]:1,%2Ftmp:2/a%20b" }, {});
    const again = resolveConnection({ url: describeConnection(first) }, {});
    expect(describeConnection(again)).toBe(describeConnection(first));
  });
});
