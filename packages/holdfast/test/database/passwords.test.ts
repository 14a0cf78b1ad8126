import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../../../../tools/servers/postgres.ts";
import { openStore } from "../../src/index.ts";
import type { ConnectionOptions } from "../../src/postgres/connection/connection-options.ts";
import { resolveConnection } from "../../src/postgres/connection/resolve.ts";
import { openDatabase } from "../../src/postgres/open-database.ts";
import { describeOnServers } from "../support/databases.ts";
import { missingPgbouncer, startPgbouncer } from "../support/pgbouncer.ts";
import { opened, rejection, sessionOn, urlOf, value } from "./support.ts";

const command = join(import.meta.dirname, "../../dist/cli/main.js");
const wrong = "not it, s3cret";

/** Where a server is, and whom it lets in. */
interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

type Environment = Readonly<Record<string, string>>;

function loginOf(url: string): Login {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

function urlFor({ host, port, user, password, database }: Login): string {
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`;
}

/** Each way to say the password, as options and environment. */
const ways: readonly (readonly [string, (login: Login) => readonly [ConnectionOptions, Environment]])[] = [
  ["a URL", (login) => [{ url: urlFor(login) }, {}]],
  ["fields", (login) => [{ ...login }, {}]],
  [
    "keywords",
    ({ host, port, user, password, database }) => [
      { url: `host=${host} port=${port} user=${user} password=${quoted(password)} dbname=${database}` },
      {},
    ],
  ],
  ["a function", ({ password, ...rest }) => [{ ...rest, password: () => password }, {}]],
  ["a function that waits", ({ password, ...rest }) => [{ ...rest, password: async () => password }, {}]],
  ["a field beside a URL", ({ password, ...rest }) => [{ url: urlFor({ ...rest, password: "other" }), password }, {}]],
  ["DATABASE_URL", (login) => [{}, { DATABASE_URL: urlFor(login) }]],
  ["PGPASSWORD", ({ password, ...rest }) => [rest, { PGPASSWORD: password }]],
  [
    "POSTGRES_PASSWORD",
    (login) => [
      {},
      {
        POSTGRES_HOST: login.host,
        POSTGRES_PORT: String(login.port),
        POSTGRES_USER: login.user,
        POSTGRES_PASSWORD: login.password,
        POSTGRES_DB: login.database,
      },
    ],
  ],
];

const poolsOwn: readonly (readonly [string, (login: Login) => ConnectionOptions])[] = [
  ["by its password", (login) => ({ pool: poolOf(login) })],
  ["by its URL", (login) => ({ pool: poolOf({ connectionString: urlFor(login) }) })],
  ["by a function", ({ password, ...rest }) => ({ pool: poolOf({ ...rest, password: () => password }) })],
  [
    "by its clients",
    ({ password, ...rest }) => {
      class Knowing extends pg.Client {
        constructor(config?: pg.ClientConfig) {
          super({ ...config, password });
        }
      }
      return { pool: poolOf({ ...rest, Client: Knowing }) };
    },
  ],
];

function poolOf(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, max: 2 });
  onTestFinished(() => pool.end());
  return pool;
}

/** Opens with the variables alone as the environment of the settings. */
async function openedWith(options: ConnectionOptions, env: Environment = {}) {
  const database = await openDatabase(resolveConnection(options, env));
  onTestFinished(() => database.close());
  return database;
}

function expectRefused(error: unknown, facts: object): void {
  expect(error).toMatchObject({ code: "invalid_input", retryable: false, facts });
  const { message } = error as Error;
  expect(message).not.toContain(wrong);
  expect(JSON.stringify((error as { readonly facts: object }).facts)).not.toContain(wrong);
}

describeOnServers("a password", (fresh) => {
  let login: Login;
  let folder: string;
  beforeAll(async () => {
    login = loginOf(await urlOf(fresh));
    folder = mkdtempSync(join(tmpdir(), "holdfast-passwords-"));
    const file = join(folder, "pgpass");
    writeFileSync(file, `*:*:*:*:${login.password.replaceAll(/[:\\]/g, String.raw`\$&`)}\n`);
    chmodSync(file, 0o600);
    // What the driver would look for by itself, and must not find.
    vi.stubEnv("PGPASSFILE", file);
    vi.stubEnv("PGPASSWORD", login.password);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  test.each(ways)("given by %s reaches the server, its listener and what cancels", async (_way, given) => {
    const [options, env] = given(login);
    const database = await openedWith(options, env);
    const session = sessionOn(database);
    expect(await session.run(value("select current_database()"))).toBe(login.database);
    const heard: unknown[] = [];
    const stop = await database.listen("passwords", { onNotification: (payload) => heard.push(payload) });
    await session.run(value("select pg_notify('passwords', 'x')"));
    await expect.poll(() => heard).toEqual(["x"]);
    await stop?.();
    const connection = await database.connect();
    const slow = rejection(connection.query({ text: "select pg_sleep(30)", values: [] }));
    // A request that comes before the statement ends nothing.
    const ending = setInterval(() => void connection.cancel(), 100);
    expect(await slow).toMatchObject({ code: "57014" });
    clearInterval(ending);
    connection.release();
  });

  test.each(ways)("given wrong by %s is refused, whatever the environment and ~/.pgpass have", async (_way, given) => {
    const [options, env] = given({ ...login, password: wrong });
    const { host, port, user } = login;
    const database = await openedWith(options, env);
    const facts = { field: "password", host, port, user, method: "scram-sha-256" };
    const error = await rejection(sessionOn(database).ping());
    expectRefused(error, facts);
    expect((error as Error).message).toBe(
      `127.0.0.1:${port} refuses user "postgres" with the password that is given (scram-sha-256): correct the user or the password.`,
    );
    expectRefused(await rejection(database.listen("passwords", { onNotification: () => undefined })), facts);
  });

  test("that is asked for and not given is missed by its name", async () => {
    const { host, port, user, database } = login;
    const error = await rejection(sessionOn(await openedWith({ host, port, user, database })).ping());
    expectRefused(error, { field: "password", host, port, user, method: "scram-sha-256" });
    expect((error as Error).message).toMatch(/asks for the password of user "postgres" \(scram-sha-256\), and none is/);
  });

  test.each([
    ["nothing", () => undefined, "undefined"],
    ["an empty text", () => "", "an empty string"],
    ["bytes", () => Buffer.from(wrong), "an object"],
  ])("function that gives %s is at fault", async (_what, password, told) => {
    const database = await openedWith({ ...login, password: password as () => string });
    const error = await rejection(sessionOn(database).ping());
    expectRefused(error, { field: "password" });
    expect((error as Error).message).toContain(`returned ${told}:`);
  });

  test("function that fails is told, with its error as the cause", async () => {
    const cause = new Error(`no token for ${wrong}`);
    const database = await openedWith({ ...login, password: () => Promise.reject(cause) });
    const error = await rejection(sessionOn(database).ping());
    expect(error).toMatchObject({ code: "unavailable", retryable: true, cause, facts: { field: "password" } });
    expect((error as Error).message).not.toContain(wrong);
  });

  test("function is asked at every connect", async () => {
    let asked = 0;
    const password = (): string => (++asked > 1 ? login.password : wrong);
    const session = sessionOn(await openedWith({ ...login, password }));
    await rejection(session.ping());
    await session.ping();
    expect(asked).toBe(2);
  });

  test("of an unknown user is no outage, nor is a database that does not exist", async () => {
    const unknown = await openedWith({ ...login, user: "nobody here" });
    expectRefused(await rejection(sessionOn(unknown).ping()), { field: "password", user: "nobody here" });
    const nowhere = await openedWith({ ...login, database: "nowhere" });
    const error = await rejection(sessionOn(nowhere).ping());
    expectRefused(error, { field: "database", database: "nowhere" });
    expect((error as Error).message).toMatch(/cannot open database "nowhere" .*: create it, or correct the name\.$/);
    const unset = await openedWith({ ...login, options: "-c no_such=1" });
    expectRefused(await rejection(sessionOn(unset).ping()), { field: "options" });
    await expect(openStore({ ...login, database: "nowhere" })).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("that the first of several hosts refuses is not tried on the next", async () => {
    const { host: first, port, ...rest } = login;
    const host = [first, first];
    const dead = await freePort();
    const after = (ports: number[], password: string): Promise<unknown> =>
      openedWith({ ...rest, host, port: ports, password }).then((database) => sessionOn(database).ping());
    await after([dead, port], login.password);
    expectRefused(await rejection(after([port, dead], wrong)), { field: "password", port });
    expectRefused(await rejection(after([dead, port], wrong)), { field: "password", port });
  });

  describe("of the caller's pool", () => {
    test.each(poolsOwn)("serves statements and the listener, given %s", async (_way, given) => {
      const database = await opened(given(login));
      await sessionOn(database).ping();
      const stop = await database.listen("passwords", { onNotification: () => undefined });
      expect(stop).not.toBeNull();
      await stop?.();
    });

    test.each(poolsOwn)("is no outage where it is wrong, given %s", async (_way, given) => {
      const database = await opened(given({ ...login, password: wrong }));
      expectRefused(await rejection(sessionOn(database).ping()), { field: "password", sqlstate: "28P01" });
    });
  });

  test("of the command is that of --database, or else of the environment", async () => {
    const migrate = async (password: string, env: Environment) => {
      const args = [command, "migrate", "--database", urlFor({ ...login, password }), "--schema", "by_command"];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
        env: { PATH: process.env["PATH"] ?? "", ...env },
      }).catch((error: unknown) => error as { readonly stdout: string; readonly stderr: string });
      return stdout + stderr;
    };
    const refused = await migrate(wrong, { PGPASSWORD: login.password });
    expect(refused).toMatch(/refuses user "postgres" with the password that is given/);
    expect(refused).not.toContain("s3cret");
    expect(await migrate(login.password, { PGPASSWORD: wrong })).toMatch(/^applied /m);
    expect(await migrate("", { PGPASSWORD: login.password })).toMatch(/^nothing to apply$/m);
  });

  test.skipIf(missingPgbouncer() !== undefined)("passes PgBouncer, and is refused by it", async () => {
    const bouncer = await startPgbouncer(await urlOf(fresh));
    onTestFinished(() => bouncer.stop());
    const through = loginOf(bouncer.url);
    const opening = (options: Partial<Login>) => openedWith({ ...through, ...options, pooler: "transaction" });
    await sessionOn(await opening({})).ping();
    const facts = { field: "password", port: through.port, method: "scram-sha-256" };
    expectRefused(await rejection(sessionOn(await opening({ password: wrong })).ping()), facts);
    const unknown = await rejection(sessionOn(await opening({ user: "nobody here" })).ping());
    expectRefused(unknown, { ...facts, user: "nobody here" });
    const nowhere = await rejection(sessionOn(await opening({ database: "nowhere" })).ping());
    expectRefused(nowhere, { field: "database", database: "nowhere" });
  });
});
