import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  checkServerIdentity,
  type ConnectionOptions as TlsOptions,
  createSecureContext,
  type SecureContext,
} from "node:tls";
import { invalidSetting } from "../../core/settings/invalid.ts";
import type { SslMode } from "./connection-options.ts";
import type { ServerHost } from "./connection-settings.ts";
import { type Endpoint, isLoopback, isSocket } from "./hosts.ts";
import { labelOf, readSetting, type Sources } from "./statements.ts";

/** The word, which is libpq's, for the authorities that Node trusts by itself, NODE_EXTRA_CA_CERTS included. */
const systemRoots = "system";

/** Gives every endpoint its ssl mode and the driver's `ssl`. Files are read only when some endpoint uses TLS. */
export function secureEndpoints(sources: Sources, endpoints: readonly Endpoint[]): readonly ServerHost[] {
  const moded = endpoints.map((endpoint) => ({ ...endpoint, sslMode: modeFor(sources, endpoint.host) }));
  if (moded.every(({ sslMode }) => sslMode === "disable")) return moded.map((host) => ({ ...host, ssl: false }));
  const context = readContext(sources);
  return moded.map((host) => ({
    ...host,
    ssl: host.sslMode === "disable" ? false : tlsOptions(host.sslMode, host.name, context),
  }));
}

/**
 * The mode for one host. As in libpq, sockets never use TLS, and `require` with a root certificate is verify-ca. The system's roots also
 * vouch for strangers, so they require verify-full.
 */
function modeFor(sources: Sources, host: string): SslMode {
  if (isSocket(host)) return "disable";
  const stated = readSetting(sources, "ssl");
  const rootCert = readSetting(sources, "sslRootCert");
  if (readSetting(sources, "channelBinding") === "require") {
    // The driver binds only if the server offers it, so a man in the middle could withhold the offer. Verifying the server by its
    // certificate excludes him too.
    if (stated !== "disable") return "verify-full";
    throw invalidSetting(
      labelOf(sources, "channelBinding"),
      "is require, which needs TLS: do not disable ssl with it.",
    );
  }
  if (stated === null) {
    const unprotected = isLoopback(host) && rootCert === null && readSetting(sources, "sslCert") === null;
    return unprotected ? "disable" : "verify-full";
  }
  if (rootCert === systemRoots && (stated === "require" || stated === "verify-ca")) {
    const reason = `is too weak for ${labelOf(sources, "sslRootCert")} = system, where anyone may have a certificate`;
    throw invalidSetting(labelOf(sources, "ssl"), `${reason}: choose verify-full.`);
  }
  return stated === "require" && rootCert !== null ? "verify-ca" : stated;
}

function tlsOptions(mode: SslMode, name: string, secureContext: SecureContext): TlsOptions {
  const named = isIP(name) === 0 ? { secureContext, servername: name } : { secureContext };
  if (mode === "require") return { ...named, rejectUnauthorized: false };
  return {
    ...named,
    rejectUnauthorized: true,
    // Explicit, because the name that the driver passes differs with its version and between names and addresses.
    checkServerIdentity: (_connected, certificate) =>
      mode === "verify-full" ? checkServerIdentity(name, certificate) : undefined,
  };
}

/** Certificates and key in one opaque object: created once, checked now, and unlike the texts safe to print. */
function readContext(sources: Sources): SecureContext {
  const rootCert = readSetting(sources, "sslRootCert");
  const certificate = readSetting(sources, "sslCert");
  const key = readSetting(sources, "sslKey");
  const passphrase = readSetting(sources, "sslPassword")?.reveal();
  if ((certificate === null) !== (key === null)) {
    const [given, missing] = certificate === null ? (["sslKey", "sslCert"] as const) : (["sslCert", "sslKey"] as const);
    throw invalidSetting(labelOf(sources, given), `needs ${missing} beside it: give both, or neither.`);
  }
  const ca =
    rootCert === null || rootCert === systemRoots ? {} : { ca: readPem(rootCert, labelOf(sources, "sslRootCert")) };
  checkPem(ca, sources);
  if (certificate === null || key === null) return createSecureContext(ca);
  const pair = {
    cert: readPem(certificate, labelOf(sources, "sslCert")),
    key: readPem(key, labelOf(sources, "sslKey")),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  try {
    return createSecureContext({ ...ca, ...pair });
  } catch (cause) {
    const remedy = "check that both are PEM, belong together, and that sslPassword opens the key";
    throw invalidSetting(
      labelOf(sources, "sslCert"),
      `and ${labelOf(sources, "sslKey")} cannot be used: ${remedy}.`,
      cause,
    );
  }
}

function checkPem(ca: { ca?: string }, sources: Sources): void {
  if (ca.ca !== undefined && !ca.ca.includes("-----BEGIN ")) {
    throw invalidSetting(labelOf(sources, "sslRootCert"), "holds no certificate: give one or more in PEM form.");
  }
  try {
    createSecureContext(ca);
  } catch (cause) {
    throw invalidSetting(labelOf(sources, "sslRootCert"), "cannot be used: give certificates in PEM form.", cause);
  }
}

function readPem(fileOrText: string, label: string): string {
  if (fileOrText.includes("-----BEGIN ")) return fileOrText;
  try {
    return readFileSync(fileOrText, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw invalidSetting(label, `names a file that cannot be read (${code}): check its path and rights.`, cause);
  }
}
