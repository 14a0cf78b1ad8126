import { describe, expect, it } from "vitest";
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

describe("precedence", () => {
  const env = {
    DATABASE_URL: "postgres://url-user@url-host/url-db?application_name=url",
    PGUSER: "env",
    PGPASSWORD: "env",
    PGAPPNAME: "env",
    PGCONNECT_TIMEOUT: "7",
  };

  it("is option, URL, environment, default", () => {
    const settings = server({ database: "option" }, env);
    expect(settings).toMatchObject({
      database: "option",
      user: "url-user",
      applicationName: "url",
      connectTimeoutMs: 7000,
      keepAlive: true,
    });
    expect(settings.password?.reveal()).toBe("env");
  });

  it("lets POSTGRES_* count only where they name the server", () => {
    const postgres = { POSTGRES_PASSWORD: "x", POSTGRES_PORT: "1", POSTGRES_HOST: "h" };
    expect(server({ host: "db" }, postgres).password).toBeNull();
    expect(server({}, { ...postgres, PGHOST: "db" }).password).toBeNull();
    expect(server({}, postgres).password?.reveal()).toBe("x");
  });

  it("lets PGPORT serve a URL without port, as libpq does", () => {
    expect(server({ url: "postgres://db" }, { PGPORT: "6" }).hosts[0]?.port).toBe(6);
  });

  it("takes the fallback application name last", () => {
    const url = "postgres://db?fallback_application_name=fallback";
    expect(server({ url }).applicationName).toBe("fallback");
    expect(server({ url }, { PGAPPNAME: "env" }).applicationName).toBe("env");
    expect(server({ url: "postgres://db" }).applicationName).toBe("holdfast");
  });
});

describe("values", () => {
  it("have these defaults", () => {
    expect(server({ host: "localhost", user: "u" })).toEqual({
      kind: "server",
      hosts: [{ host: "localhost", name: "localhost", port: 5432, sslMode: "disable", ssl: false }],
      user: "u",
      password: null,
      database: "u",
      channelBinding: false,
      targetSessionAttrs: "any",
      pool: { max: 20, min: 2, idleTimeoutMs: 600_000, maxLifetimeMs: 1_800_000, healthCheckMs: 30_000 },
      connectTimeoutMs: 5000,
      keepAlive: true,
      keepAliveIdleMs: 0,
      applicationName: "holdfast",
      statementTimeoutMs: 30_000,
      idleInTransactionTimeoutMs: 30_000,
      preparedStatements: true,
      listen: true,
      sessionSettings: true,
      options: null,
    });
  });

  it("come from the URL in libpq's units and in milliseconds where the name says so", () => {
    const url =
      "postgres://db?connect_timeout=3&idle_timeout_ms=4&keepalives=0&keepalives_idle=9&pool_max=5&pool_min=1&target_session_attrs=primary&options=-c%20x%3Dy";
    expect(server({ url })).toMatchObject({
      connectTimeoutMs: 3000,
      keepAlive: false,
      keepAliveIdleMs: 9000,
      pool: { max: 5, min: 1, idleTimeoutMs: 4 },
      targetSessionAttrs: "primary",
      options: "-c x=y",
    });
  });

  it("come from the environment", () => {
    const env = {
      DATABASE_URL: "postgres://db",
      DATABASE_MAX_CONNECTIONS: "9",
      DATABASE_MIN_CONNECTIONS: "0",
      DATABASE_CONNECT_TIMEOUT: "2",
      DATABASE_STATEMENT_TIMEOUT_MS: "250",
      DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: "0",
      DATABASE_PREPARED_STATEMENTS: "off",
      PGOPTIONS: "-c a=b",
      PGTARGETSESSIONATTRS: "standby",
    };
    expect(server({}, env)).toMatchObject({
      pool: { max: 9, min: 0 },
      connectTimeoutMs: 2000,
      statementTimeoutMs: 250,
      idleInTransactionTimeoutMs: 0,
      preparedStatements: false,
      options: "-c a=b",
      targetSessionAttrs: "standby",
    });
  });

  it("want the primary of several hosts", () => {
    expect(server({ host: ["a", "b"] }).targetSessionAttrs).toBe("read-write");
    expect(server({ host: ["a", "b"], targetSessionAttrs: "any" }).targetSessionAttrs).toBe("any");
  });

  it("give up named statements, LISTEN and start-up options behind a transaction pooler", () => {
    const pooled = { preparedStatements: false, listen: false, sessionSettings: false };
    expect(server({ url: "postgres://db?pgbouncer=true" })).toMatchObject(pooled);
    expect(server({ url: "postgres://db?pgbouncer=false" })).toMatchObject({ listen: true });
    expect(server({}, { PGHOST: "db", DATABASE_POOLER: "transaction" })).toMatchObject(pooled);
    expect(server({ host: "db", pooler: "transaction", preparedStatements: true })).toMatchObject({
      preparedStatements: true,
    });
    expect(opening({ url: "postgres://db?pgbouncer=true" }, { PGOPTIONS: "-c a=b" })).toThrow(
      /^PGOPTIONS does not pass a pooler/,
    );
  });

  it("keep a small pool's minimum below its maximum", () => {
    expect(server({ host: "db", poolMax: 1 }).pool.min).toBe(1);
    expect(opening({ host: "db", poolMax: 1, poolMin: 2 })).toThrow(/^poolMin is 2, above poolMax, which is 1/);
  });

  it.each<[unknown, Env, RegExp]>([
    [{ host: "a", poolMax: 0 }, {}, /^poolMax is 0: give a whole number from 1 to 10000\.$/],
    [{ host: "a", poolMax: 1.5 }, {}, /^poolMax is 1.5/],
    [{ host: "a", poolMax: Number.NaN }, {}, /^poolMax is NaN/],
    [{ host: "a", poolMax: "5" }, {}, /^poolMax is a string/],
    [{ host: "a", poolMax: null }, {}, /^poolMax is null/],
    [{ host: "a", connectTimeoutMs: -1 }, {}, /^connectTimeoutMs is -1: give a whole number from 0 to 2147483647\.$/],
    [{ host: "a", statementTimeoutMs: 2 ** 31 }, {}, /^statementTimeoutMs is 2147483648/],
    [{ folder: "a", statementTimeoutMs: -1 }, {}, /^statementTimeoutMs is -1/],
    [{ host: "a", idleInTransactionTimeoutMs: 0.5 }, {}, /^idleInTransactionTimeoutMs is 0.5/],
    [{ folder: "a", idleInTransactionTimeoutMs: 5 }, {}, /^idleInTransactionTimeoutMs does not go with folder/],
    [
      { url: "postgres://a?idle_in_transaction_timeout_ms=x" },
      {},
      /^idle_in_transaction_timeout_ms in url is not a whole number/,
    ],
    [{ host: "a", keepAlive: 1 }, {}, /^keepAlive is a number: give true or false/],
    [{ host: "a", user: "" }, {}, /^user is empty/],
    [{ host: "a", password: 5 }, {}, /^password is a number/],
    [{ host: "a", pooler: "session" }, {}, /^pooler is not a known value: give one of none, transaction\.$/],
    [{ host: "a", targetSessionAttrs: "read-writ" }, {}, /Did you mean read-write\?$/],
    [
      {},
      { DATABASE_URL: "postgres://a", DATABASE_MAX_CONNECTIONS: "x" },
      /^DATABASE_MAX_CONNECTIONS is not a whole number: give one from 1/,
    ],
    [{}, { DATABASE_URL: "postgres://a", DATABASE_MAX_CONNECTIONS: "0" }, /^DATABASE_MAX_CONNECTIONS is 0/],
    [
      {},
      { DATABASE_URL: "postgres://a?connect_timeout=9999999" },
      /^connect_timeout in DATABASE_URL is 9999999: .* 0 to 2147483\.$/,
    ],
    [{}, { PGHOST: "a", PGPORT: "0" }, /^PGPORT is 0/],
    [{}, { PGHOST: "a", PGREQUIREAUTH: "scram-sha-256" }, /^PGREQUIREAUTH is not supported/],
  ])("%j with %j is refused", (options, env, message) => expect(opening(options, env)).toThrow(message));
});
