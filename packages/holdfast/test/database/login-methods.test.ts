import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, type TestContext } from "vitest";
import type { PostgresServer } from "../../../../tools/servers/postgres.ts";
import type { ConnectionOptions } from "../../src/index.ts";
import { ownServer } from "../support/own-server.ts";
import { opened, rejection, sessionOn, sql, value } from "./support.ts";

/** Which role is let in by which method; `postgres` by scram-sha-256, as everywhere. */
const access = [
  "host all of_md5 samehost md5",
  "host all of_password samehost password",
  "host all of_trust,ghost samehost trust",
  "host all of_reject samehost reject",
  "hostssl all of_cert samehost cert",
];

interface Certificates {
  readonly ca: string;
  readonly server: readonly [certificate: string, key: string];
  readonly client: readonly [certificate: string, key: string];
}

/** An authority, a certificate of the server's address, and one of the role `of_cert`. */
function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-login-"));
  const openssl = (command: string): unknown =>
    execFileSync("openssl", command.split(" "), { cwd: folder, stdio: "pipe" });
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const signed = (name: string, extension: string): readonly [string, string] => {
    const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -out ${name}.pem`;
    openssl(`${request} -subj /CN=${name} -CA ca.pem -CAkey ca.key -addext ${extension}`);
    return [read(`${name}.pem`), read(`${name}.key`)];
  };
  try {
    openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=authority",
    );
    return {
      ca: read("ca.pem"),
      server: signed("server", "subjectAltName=IP:127.0.0.1"),
      client: signed("of_cert", "basicConstraints=CA:FALSE"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function serverOfMethods(context: TestContext, { ca, server }: Certificates): Promise<PostgresServer> {
  const started = await ownServer(context, {
    major: 18,
    access,
    files: { "ca.pem": ca, "server.crt": server[0], "server.key": server[1] },
    settings: { ssl: "on", ssl_ca_file: "ca.pem" },
  });
  const admin = sessionOn(await opened({ url: started.url }));
  for (const method of ["md5", "password", "trust", "reject", "cert"]) {
    await admin.run(sql(`set password_encryption = '${method === "md5" ? "md5" : "scram-sha-256"}'`));
    await admin.run(sql(`create role of_${method} login password 'the ${method} one'`));
  }
  await admin.run(sql("create role of_scram_locked password 'locked'"));
  return started;
}

test("each method lets the right one in, and names itself to the wrong one", async (context) => {
  const certificates = makeCertificates();
  const server = await serverOfMethods(context, certificates);
  const place = { host: "127.0.0.1", port: server.port, database: "postgres" };
  const login = async (options: ConnectionOptions & object): Promise<unknown> =>
    sessionOn(await opened(options)).run(value("select current_user::text"));
  const tls = { ssl: "verify-full", sslRootCert: certificates.ca } as const;

  expect(await login({ ...place, user: "of_md5", password: "the md5 one" })).toBe("of_md5");
  expect(await login({ ...place, user: "of_password", password: "the password one" })).toBe("of_password");
  expect(await login({ ...place, user: "of_trust" })).toBe("of_trust");
  expect(await login({ ...place, user: "of_trust", password: "any" })).toBe("of_trust");
  const [sslCert, sslKey] = certificates.client;
  expect(await login({ ...place, ...tls, user: "of_cert", sslCert, sslKey })).toBe("of_cert");
  const bound = { ...tls, channelBinding: "require" } as const;
  expect(await login({ url: server.url, ...tls })).toBe("postgres");
  expect(await login({ url: server.url, ...bound })).toBe("postgres");

  const refused: readonly (readonly [ConnectionOptions & object, object])[] = [
    [
      { ...place, user: "of_md5", password: "x" },
      { field: "password", method: "md5" },
    ],
    [
      { ...place, user: "of_md5" },
      { field: "password", method: "md5" },
    ],
    [
      { ...place, user: "of_password", password: "x" },
      { field: "password", method: "password" },
    ],
    [
      { ...place, user: "of_password" },
      { field: "password", method: "password" },
    ],
    [
      { ...place, ...bound, user: "postgres", password: "x" },
      { field: "password", method: "scram-sha-256" },
    ],
    [
      { ...place, user: "of_scram_locked", password: "locked" },
      { field: "user", method: "scram-sha-256" },
    ],
    [
      { ...place, user: "ghost" },
      { field: "user", method: null },
    ],
    [
      { ...place, user: "of_reject", password: "the reject one" },
      { field: "ssl", mode: "disable" },
    ],
    [
      { ...place, ...tls, user: "of_reject", password: "the reject one" },
      { field: "user", method: null },
    ],
    [{ ...place, ...tls, user: "of_cert", password: "the cert one" }, { field: "ssl" }],
    [
      { ...place, ...tls, sslCert, sslKey, user: "ghost" },
      { field: "user", method: null },
    ],
  ];
  for (const [options, facts] of refused) {
    const error = await rejection(login(options));
    expect(error).toMatchObject({ code: "invalid_input", retryable: false, facts: { ...facts, port: server.port } });
    expect((error as Error).message).toMatch(/^127\.0\.0\.1:\d+ .*: .*\.$/);
  }
});
