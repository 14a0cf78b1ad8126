import { describe, expect, it } from "vitest";
import { parseParameters } from "./parameters.ts";

const read = (dsn: string): Record<string, string> => Object.fromEntries(parseParameters(dsn, "url").values);

describe("a keyword DSN", () => {
  it.each<[string, Record<string, string>]>([
    ["host=db user=u", { host: "db", user: "u" }],
    ["  host = db\n\tuser=u  ", { host: "db", user: "u" }],
    ["password='a b' user=u", { password: "a b", user: "u" }],
    [String.raw`password='it\'s \\ fine'`, { password: String.raw`it's \ fine` }],
    [String.raw`password=a\ b\\c\'d user=u`, { password: String.raw`a b\c'd`, user: "u" }],
    ["password=''", { password: "" }],
    ["password=a=b", { password: "a=b" }],
    ["password=a'b", { password: "a'b" }],
    ["host=a,b port=1,2", { host: "a,b", port: "1,2" }],
    ["host=/tmp dbname='my db'", { host: "/tmp", dbname: "my db" }],
    ["options='-c statement_timeout=5s'", { options: "-c statement_timeout=5s" }],
  ])("%s", (dsn, expected) => expect(read(dsn)).toEqual(expected));

  it.each<[string, RegExp]>([
    ["host=db user", /^url cannot be read at keyword 2: write keyword=value/],
    ["host='db", /^url cannot be read at keyword 1/],
    ["host='a'b", /^url cannot be read at keyword 1/],
    ["password= user='u'", /^url has no value for keyword 1: write '' for an empty one/],
    ["host=a host=b", /^url repeats at keyword 2/],
    ["host=a usr=b", /^usr in url is not a known parameter: leave it out. Did you mean user\?$/],
    ["database=a", /Did you mean dbname\?$/],
    ["service=a", /^service in url is not supported/],
  ])("%s is refused", (dsn, message) => expect(() => read(dsn)).toThrow(message));

  it.each([
    "password=a s3cr host=b",
    "password=a s3cr=x",
    "host=b password='s3cr",
    "password=x s3cr=y host=b",
    "user= password=s3cr",
  ])("shows nothing of the password in %s", (dsn) => {
    expect(() => read(dsn)).toThrow(/^(?!.*s3cr)/s);
  });
});
