import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { inspect } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConnectionOptions, ServerOptions } from "./connection-options.ts";
import type { ServerHost } from "./connection-settings.ts";
import { resolveConnection } from "./resolve.ts";
import { explainTlsFailure } from "./tls-failure.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-tls-"));
const file = (name: string): string => join(folder, name);
const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });

/** Answers the SSL request as told, then every start-up with an error, which proves that the handshake came through. */
function startServer(answer: "S" | "N", key: string, cert: string): Promise<Server> {
  const reached = Buffer.from("SFATAL\0C28000\0Mreached\0\0");
  const head = Buffer.from("E0000");
  head.writeInt32BE(reached.length + 4, 1);
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write(answer);
      if (answer === "N") return;
      const secure = new TLSSocket(socket, { isServer: true, key, cert });
      secure.on("error", () => socket.destroy());
      secure.once("data", () => secure.end(Buffer.concat([head, reached])));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

let secure: Server;
let plain: Server;

beforeAll(async () => {
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ed25519",
    "-nodes",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-subj",
    "/CN=test authority",
  );
  openssl("req", "-newkey", "ed25519", "-nodes", "-keyout", "db.key", "-out", "db.csr", "-subj", "/CN=db.example");
  writeFileSync(file("names"), "subjectAltName=DNS:db.example");
  openssl(
    "x509",
    "-req",
    "-in",
    "db.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-extfile",
    "names",
    "-out",
    "db.pem",
  );
  openssl("pkey", "-in", "db.key", "-aes256", "-passout", "pass:s3cret", "-out", "locked.key");
  const [key, cert] = [readFileSync(file("db.key"), "utf8"), readFileSync(file("db.pem"), "utf8")];
  [secure, plain] = await Promise.all([startServer("S", key, cert), startServer("N", key, cert)]);
});

afterAll(() => {
  secure.close();
  plain.close();
  rmSync(folder, { recursive: true });
});

function onlyHost(options: ConnectionOptions, env: Record<string, string> = {}): ServerHost {
  const settings = resolveConnection(options, env);
  const host = settings.kind === "server" ? settings.hosts[0] : undefined;
  if (host === undefined) throw new Error("not a server");
  return host;
}

/** Connects as the settings say, and gives what went wrong, in words; "reached" = the server was reached over TLS. */
async function connect(options: ServerOptions & { name?: string }, server: Server = secure): Promise<string> {
  const { name = "db.example", ...rest } = options;
  const { port } = server.address() as AddressInfo;
  const host = onlyHost({ host: name, hostAddress: "127.0.0.1", port, ...rest });
  const client = new pg.Client({ host: host.host, port: host.port, ssl: host.ssl, user: "u", password: "p" });
  client.on("error", () => {});
  const error: unknown = await client.connect().then(
    () => null,
    (caught: unknown) => caught,
  );
  return explainTlsFailure(error, host)?.message ?? (error instanceof Error ? error.message : "no error");
}

describe("ssl modes, in a real handshake", () => {
  const sslRootCert = file("ca.pem");

  it("verify-full accepts the right name under the right authority", async () => {
    expect(await connect({ ssl: "verify-full", sslRootCert })).toBe("reached");
    expect(await connect({ ssl: true, sslRootCert: readFileSync(file("ca.pem"), "utf8") })).toBe("reached");
    expect(await connect({ ssl: "verify-full", sslRootCert, sslCert: file("db.pem"), sslKey: file("db.key") })).toBe(
      "reached",
    );
  });

  it("verify-full refuses another name, and an address", async () => {
    const other = await connect({ name: "other.example", ssl: "verify-full", sslRootCert });
    expect(other).toMatch(/^The TLS certificate of other.example:\d+ bears another name .* connect by a name in it/);
    expect(await connect({ name: "127.0.0.1", ssl: "verify-full", sslRootCert })).toMatch(/bears another name/);
  });

  it("verify-ca accepts another name under the right authority only", async () => {
    expect(await connect({ name: "other.example", ssl: "verify-ca", sslRootCert })).toBe("reached");
    expect(await connect({ name: "127.0.0.1", ssl: "verify-ca", sslRootCert })).toBe("reached");
    expect(await connect({ ssl: "verify-ca" })).toMatch(
      /authority that is not trusted .* give that authority's certificate/,
    );
  });

  it("require accepts anyone, but with a root certificate it is verify-ca", async () => {
    expect(await connect({ name: "other.example", ssl: "require" })).toBe("reached");
    expect(await connect({ name: "other.example", ssl: "require", sslRootCert })).toBe("reached");
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-keyout",
      "x.key",
      "-out",
      "x.pem",
      "-subj",
      "/CN=another authority",
    );
    expect(await connect({ ssl: "require", sslRootCert: file("x.pem") })).toMatch(/authority that is not trusted/);
  });

  it("say what to choose when the server has no TLS", async () => {
    expect(await connect({ ssl: "require" }, plain)).toMatch(
      /does not offer TLS, which ssl mode require needs: turn ssl on there, or choose disable/,
    );
  });
});

describe("the ssl mode", () => {
  const ca = file("ca.pem");

  it.each<[ConnectionOptions, Record<string, string>, string]>([
    [{ host: "localhost" }, {}, "disable"],
    [{ host: "127.0.0.53" }, {}, "disable"],
    [{ host: "::1" }, {}, "disable"],
    [{ host: "/tmp" }, {}, "disable"],
    [{ host: "/tmp", ssl: "verify-full" }, {}, "disable"],
    [{ host: "db" }, {}, "verify-full"],
    [{ host: "127.0.0.1.example" }, {}, "verify-full"],
    [{ host: "localhost", hostAddress: "10.0.0.1" }, {}, "verify-full"],
    [{ host: "localhost", sslRootCert: "system" }, {}, "verify-full"],
    [{ host: "localhost", sslRootCert: ca }, {}, "verify-full"],
    [{ host: "db", ssl: false }, {}, "disable"],
    [{ host: "db", ssl: "require" }, {}, "require"],
    [{ host: "db", ssl: "require", sslRootCert: ca }, {}, "verify-ca"],
    [{ host: "db" }, { PGSSLMODE: "require" }, "require"],
    [{ url: "postgres://db?sslmode=verify-ca" }, { PGSSLMODE: "disable" }, "verify-ca"],
    [{ url: "postgres://db?ssl=true" }, {}, "require"],
    [{ url: "postgres://db?sslmode=require&channel_binding=require" }, {}, "verify-full"],
  ])("of %j with %j is %s", (options, env, mode) => {
    const host = onlyHost(options, env);
    expect(host.sslMode).toBe(mode);
    expect(host.ssl === false).toBe(mode === "disable");
  });

  it("is decided host by host", () => {
    const settings = resolveConnection({ host: ["localhost", "db"] }, {});
    expect(settings.kind === "server" && settings.hosts.map(({ sslMode }) => sslMode)).toEqual([
      "disable",
      "verify-full",
    ]);
  });

  it.each<[object, Record<string, string>, RegExp]>([
    [{ ssl: "prefer" }, {}, /^ssl is prefer, which falls back to plain text in silence: choose verify-full/],
    [{}, { PGSSLMODE: "allow" }, /^PGSSLMODE is allow/],
    [{ ssl: "no-verify" }, {}, /^ssl is no-verify, which libpq calls require/],
    [{ ssl: "verifyfull" }, {}, /^ssl is not a known value: .* Did you mean verify-full\?$/],
    [{ ssl: { rejectUnauthorized: false } }, {}, /^ssl is an object: give one of disable/],
    [{ ssl: "require", sslRootCert: "system" }, {}, /^ssl is too weak for sslRootCert = system.*choose verify-full/],
    [{ ssl: false, channelBinding: "require" }, {}, /^channelBinding is require, which needs TLS/],
    [{ sslCert: "x" }, {}, /^sslCert needs sslKey beside it/],
    [{}, { PGSSLKEY: "x" }, /^PGSSLKEY needs sslCert beside it/],
    [{ sslRootCert: "/does/not/exist" }, {}, /^sslRootCert names a file that cannot be read \(ENOENT\)/],
    [{}, { PGSSLROOTCERT: import.meta.filename }, /^PGSSLROOTCERT holds no certificate|^PGSSLROOTCERT cannot be used/],
  ])("%j with %j is refused", (options, env, message) => {
    expect(() => resolveConnection({ host: "db", ...options }, env)).toThrow(message);
  });

  it("opens an encrypted key, and shows neither key nor passphrase", () => {
    const certificate = { host: "db", sslCert: file("db.pem"), sslKey: file("locked.key") };
    const settings = resolveConnection({ ...certificate, sslPassword: "s3cret" }, {});
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toMatch(/s3cret|PRIVATE/);
    expect(() => resolveConnection({ ...certificate, sslPassword: "wrong" }, {})).toThrow(
      /^sslCert and sslKey cannot be used/,
    );
  });
});
