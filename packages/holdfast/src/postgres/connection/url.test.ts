import { describe, expect, it } from "vitest";
import { parseParameters } from "./parameters.ts";

const read = (url: string): Record<string, string> => Object.fromEntries(parseParameters(url, "url").values);

describe("a PostgreSQL URL", () => {
  it.each<[string, Record<string, string>]>([
    ["postgres://", {}],
    ["postgresql:///app", { dbname: "app" }],
    ["postgres://db", { host: "db" }],
    ["POSTGRES://db/", { host: "db" }],
    ["postgres://u@db:6432/app", { user: "u", host: "db", port: "6432", dbname: "app" }],
    ["postgres://u:p@db/app", { user: "u", password: "p", host: "db", dbname: "app" }],
    ["postgres://u:p%40%2F%3A%20%3F@db/a%20b", { user: "u", password: "p@/: ?", host: "db", dbname: "a b" }],
    ["postgres://u:a:b#c+d@db/app", { user: "u", password: "a:b#c+d", host: "db", dbname: "app" }],
    ["postgres://%F0%9F%90%98:x@db", { user: "🐘", password: "x", host: "db" }],
    ["postgres://[::1]:5433,[2001:db8::1]/app", { host: "::1,2001:db8::1", port: "5433,", dbname: "app" }],
    ["postgres://a:1,b,c:3/app", { host: "a,b,c", port: "1,,3", dbname: "app" }],
    ["postgres://%2Fvar%2Frun:5433/app", { host: "/var/run", port: "5433", dbname: "app" }],
    ["postgres://u@localhost/app?host=/cloudsql/x", { user: "u", host: "/cloudsql/x", dbname: "app" }],
    ["postgres://:5433/app", { port: "5433", dbname: "app" }],
    ["postgres://db?sslmode=require&options=-c%20a%3Db", { host: "db", sslmode: "require", options: "-c a=b" }],
    ["postgres://db/app?", { host: "db", dbname: "app" }],
  ])("%s", (url, expected) => expect(read(url)).toEqual(expected));

  it.each<[string, RegExp]>([
    ["mysql://db/app", /^url is no PostgreSQL address/],
    ["app", /^url is no PostgreSQL address/],
    ["postgres://db:x/app", /^url has a host that cannot be read/],
    ["postgres://a,,b/app", /^url has a host that cannot be read/],
    ["postgres://::1/app", /^url has a host that cannot be read/],
    ["postgres://[]/app", /^url has a host that cannot be read/],
    ["postgres://db/%zz", /^url has a wrong percent-encoding in its database/],
    ["postgres://db/%00", /^url has a wrong percent-encoding in its database/],
    ["postgres://db?sslmode", /^url has a parameter without a value/],
    ["postgres://db?sslmode=require&sslmode=disable", /^url has a parameter twice/],
    ["postgres://db?sslmod=require", /^sslmod in url is not a known parameter.*Did you mean sslmode\?$/],
    ["postgres://db?connection_limit=5", /Did you mean pool_max\?$/],
    ["postgres://db?zzzzzz=5", /^zzzzzz in url is not a known parameter: leave it out\.$/],
    ["postgres://db?service=x", /^service in url is not supported: leave it out, and give host/],
    ["postgres://db?passfile=x", /^passfile in url is not supported/],
    ["postgres://db?schema=x", /give the schema as an option of the store/],
    ["postgres://db?client_encoding=latin1", /^client_encoding in url has a value that is not supported/],
    ["postgres://db?sslnegotiation=direct", /^sslnegotiation in url has a value/],
  ])("%s is refused", (url, message) => expect(() => read(url)).toThrow(message));

  it("accepts parameters of libpq's that change nothing", () => {
    expect(() =>
      read("postgres://db?client_encoding=UTF8&gssencmode=prefer&uselibpqcompat=true&replication=false"),
    ).not.toThrow();
  });

  it.each([
    "postgres://user:s3cr@t@db/app",
    "postgres://user:s3cr/t@db/app",
    "postgres://user:s3cr?t=1@db/app",
    "postgres://user:s3cr%t@db/app",
    "postgres://user:s3cr",
    "postgres://user:s3cr:x,y",
    "postgres://db/app?password=x&s3cr=t",
    "postgres://db/app?s3cr%20t=1",
    "postgress://user:s3cr@db",
  ])("shows nothing of the password in %s", (url) => {
    expect(() => read(url)).toThrow(/^(?!.*s3cr)/s);
  });
});
