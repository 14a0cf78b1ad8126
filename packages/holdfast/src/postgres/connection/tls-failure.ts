import { InvalidInputError, UnavailableError } from "../../core/errors.ts";
import { isTlsMissing, isTlsUnanswered } from "../wire/driver-internals.ts";
import type { ServerHost } from "./connection-settings.ts";
import { describeHost } from "./describe.ts";

const howToChoose = "as ssl in the options, sslmode in the URL, or PGSSLMODE";

/** The meaning of failed certificates, by the code of OpenSSL and Node.js, and what to do. */
const certificateFaults: readonly (readonly [RegExp, string, string])[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    "bears another name",
    "connect by a name in it, or choose verify-ca to accept any name that the authority vouches for",
  ],
  [/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/, "is out of its time", "renew it on the server, and check both clocks"],
  [/^CERT_REVOKED$/, "is revoked", "renew it on the server"],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|INVALID_\w+|\w+_CERT_\w+)$/,
    "comes from an authority that is not trusted",
    "give that authority's certificate as sslRootCert (PGSSLROOTCERT), or choose require, without channelBinding, to trust any",
  ],
];

/**
 * Turns a connect error caused by TLS into one that says what to choose; null if TLS is not the cause. Settings that cannot work are an
 * InvalidInputError. Another failed handshake is an UnavailableError, worth a retry if it merely broke off.
 */
export function explainTlsFailure(error: unknown, host: ServerHost): InvalidInputError | UnavailableError | null {
  if (!(error instanceof Error)) return null;
  const where = describeHost(host);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const facts = { field: "ssl", host: host.name, port: host.port, mode: host.sslMode };
  const refuse = (message: string): InvalidInputError => new InvalidInputError(message, { facts, cause: error });
  if (host.sslMode === "disable") {
    if (!isPlainTextRefused(error.message)) return null;
    const refused = `${where} refuses unencrypted connections of this user to this database`;
    return refuse(`${refused}: choose an ssl mode, best verify-full, ${howToChoose}.`);
  }
  if (isTlsMissing(error)) {
    const remedy = `turn ssl on there, or choose disable ${howToChoose} if the network between is safe`;
    return refuse(`${where} does not offer TLS, which ssl mode ${host.sslMode} needs: ${remedy}.`);
  }
  if (/valid client certificate/i.test(error.message)) {
    return refuse(`${where} asks for a client certificate: give sslCert and sslKey.`);
  }
  const fault = certificateFaults.find(([codes]) => codes.test(code));
  if (fault !== undefined) {
    return refuse(
      `The TLS certificate of ${where} ${fault[1]} (${code}, ssl mode ${host.sslMode}): ${fault[2]}, ${howToChoose}.`,
    );
  }
  if (!isHandshakeBroken(code, error.message) && !isTlsUnanswered(error)) return null;
  const message = `The TLS handshake with ${where} failed (${code || "no code"}): see the server's log for the reason.`;
  return new UnavailableError(message, { facts, cause: error, retryable: !code.startsWith("ERR_") });
}

/** PostgreSQL's own words since 8.4 and since 15, and those of hosted services. */
function isPlainTextRefused(message: string): boolean {
  return /no encryption|SSL off|SSL (connection is )?required|connection is insecure/i.test(message);
}

function isHandshakeBroken(code: string, message: string): boolean {
  return /^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) || /secure TLS connection/i.test(message);
}
