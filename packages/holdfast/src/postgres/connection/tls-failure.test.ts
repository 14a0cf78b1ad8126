import { describe, expect, it } from "vitest";
import { InvalidInputError, UnavailableError } from "../../core/errors.ts";
import type { SslMode } from "./connection-options.ts";
import type { ServerHost } from "./connection-settings.ts";
import { explainTlsFailure } from "./tls-failure.ts";

const host = (sslMode: SslMode): ServerHost => ({ host: "db", name: "db", port: 5432, sslMode, ssl: false });
const failure = (message: string, code?: string): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe("a connect error", () => {
  it.each<[SslMode, string, string | undefined, RegExp]>([
    [
      "verify-full",
      "x",
      "SELF_SIGNED_CERT_IN_CHAIN",
      /certificate of db:5432 comes from an authority that is not trusted/,
    ],
    ["verify-full", "x", "DEPTH_ZERO_SELF_SIGNED_CERT", /not trusted/],
    ["verify-full", "x", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", /not trusted/],
    ["verify-full", "x", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", /not trusted.*sslRootCert/],
    ["verify-full", "x", "ERR_TLS_CERT_ALTNAME_INVALID", /bears another name/],
    ["verify-full", "x", "CERT_HAS_EXPIRED", /out of its time/],
    ["require", "The server does not support SSL connections", undefined, /does not offer TLS/],
    [
      "require",
      "connection requires a valid client certificate",
      "28000",
      /asks for a client certificate: give sslCert and sslKey/,
    ],
    [
      "disable",
      'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption',
      "28000",
      /refuses unencrypted connections/,
    ],
    [
      "disable",
      'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", SSL off',
      "28000",
      /refuses unencrypted/,
    ],
    ["disable", "connection is insecure (try using `sslmode=require`)", "28000", /refuses unencrypted connections/],
  ])("under %s: %s %s says what to choose", (mode, message, code, expected) => {
    const error = failure(message, code);
    const explained = explainTlsFailure(error, host(mode));
    expect(explained).toBeInstanceOf(InvalidInputError);
    expect(explained?.message).toMatch(expected);
    expect(explained?.cause).toBe(error);
    expect(explained?.facts).toMatchObject({ field: "ssl", host: "db", port: 5432, mode });
  });

  it.each<[string, string | undefined]>([
    ["Client network socket disconnected before secure TLS connection was established", "ECONNRESET"],
    ["There was an error establishing an SSL connection", undefined],
  ])("%s %s is worth another try", (message, code) => {
    const explained = explainTlsFailure(failure(message, code), host("require"));
    expect(explained).toBeInstanceOf(UnavailableError);
    expect(explained?.retryable).toBe(true);
  });

  it("that the two sides' TLS cannot settle is not worth another try", () => {
    const explained = explainTlsFailure(failure("x", "ERR_SSL_UNSUPPORTED_PROTOCOL"), host("require"));
    expect(explained).toBeInstanceOf(UnavailableError);
    expect(explained?.retryable).toBe(false);
  });

  it.each<[SslMode, string, string | undefined]>([
    ["verify-full", "connect ECONNREFUSED", "ECONNREFUSED"],
    ["verify-full", "password authentication failed", "28P01"],
    ["disable", "password authentication failed", "28P01"],
    ["require", "read ECONNRESET", "ECONNRESET"],
  ])("under %s: %s %s is not TLS's", (mode, message, code) => {
    expect(explainTlsFailure(failure(message, code), host(mode))).toBeNull();
  });
});
