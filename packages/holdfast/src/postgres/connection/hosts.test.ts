import { describe, expect, it } from "vitest";
import type { ConnectionOptions } from "./connection-options.ts";
import { resolveConnection } from "./resolve.ts";

function list(options: ConnectionOptions, env: Record<string, string> = {}): string[] {
  const settings = resolveConnection(options, env);
  if (settings.kind !== "server") throw new Error("not a server");
  return settings.hosts.map(({ host, name, port }) =>
    host === name ? `${host} ${port}` : `${host} (${name}) ${port}`,
  );
}

describe("hosts and ports", () => {
  it.each<[ConnectionOptions, string[]]>([
    [{ host: "db" }, ["db 5432"]],
    [{ host: "db", port: 6432 }, ["db 6432"]],
    [{ host: ["a", "b"], port: 6432 }, ["a 6432", "b 6432"]],
    [{ host: "a, b", port: [1, 2] }, ["a 1", "b 2"]],
    [{ host: "::1" }, ["::1 5432"]],
    [{ host: "/var/run/postgresql", port: 5433 }, ["/var/run/postgresql 5433"]],
    [{ host: "db", hostAddress: "10.0.0.1" }, ["10.0.0.1 (db) 5432"]],
    [{ url: "postgres://a:1,b,c:3/x" }, ["a 1", "b 5432", "c 3"]],
    [{ url: "postgres://a,b:2/x" }, ["a 5432", "b 2"]],
    [{ url: "host=a,b port=7" }, ["a 7", "b 7"]],
    [{ url: "host=a,b port=7," }, ["a 7", "b 5432"]],
    [{ url: "host=a,b hostaddr=10.0.0.1,10.0.0.2" }, ["10.0.0.1 (a) 5432", "10.0.0.2 (b) 5432"]],
    [{ url: "postgres:///x" }, ["localhost 5432"]],
    [{ url: "postgres://a/x", port: 9 }, ["a 9"]],
    [{ database: "x" }, ["localhost 5432"]],
  ])("%j", (options, expected) => expect(list(options)).toEqual(expected));

  it.each<[object, RegExp]>([
    [{ host: ["a", "b", "c"], port: [1, 2] }, /^port has 2 ports for 3 hosts: give one for all, or one for each\.$/],
    [{ host: "a", port: [1, 2] }, /^port has 2 ports for 1 host:/],
    [{ url: "host=a,b,c port=1,2" }, /^port in url has 2 ports for 3 hosts/],
    [{ host: ["a", "b"], hostAddress: "10.0.0.1" }, /^hostAddress has 1 for 2 hosts/],
    [{ host: "db:5432" }, /^host is not a host/],
    [{ host: "[::1]" }, /^host is not a host/],
    [{ host: "a,,b" }, /^host is empty/],
    [{ host: [] }, /^host is an empty array/],
    [{ host: 7 }, /^host is a number: give a string/],
    [{ host: "a", hostAddress: "b" }, /^hostAddress is not an IP address/],
    [{ host: "a", port: 0 }, /^port is 0: give a whole number from 1 to 65535\.$/],
    [{ host: "a", port: 65_536 }, /^port is 65536/],
    [{ host: "a", port: "5432" }, /^port is a string/],
    [{ url: "postgres://a:70000/x" }, /^port in url is 70000/],
    [{ url: "host=a port=x" }, /^port in url is not a whole number/],
  ])("%j is refused", (options, message) => {
    expect(() => resolveConnection(options as ConnectionOptions, {})).toThrow(message);
  });

  it("does not take the environment's address for a host that is stated", () => {
    expect(list({ host: "db" }, { PGHOSTADDR: "10.0.0.1" })).toEqual(["db 5432"]);
    expect(list({}, { PGHOST: "db", PGHOSTADDR: "10.0.0.1" })).toEqual(["10.0.0.1 (db) 5432"]);
    expect(list({ hostAddress: "10.0.0.1" }, { PGHOST: "db" })).toEqual(["10.0.0.1 5432"]);
  });
});
