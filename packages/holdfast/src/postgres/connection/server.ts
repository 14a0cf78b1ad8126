import { userInfo } from "node:os";
import { invalidSetting } from "../../core/settings/invalid.ts";
import type { PoolSettings, ProtocolSettings, ServerSettings } from "./connection-settings.ts";
import { readEndpoints } from "./hosts.ts";
import { checkVariables } from "./keywords.ts";
import { findStatement, labelOf, readSetting, type Sources } from "./statements.ts";
import { secureEndpoints } from "./tls.ts";

/** Reads all settings of a server that Holdfast connects to itself. */
export function resolveServer(sources: Sources): ServerSettings {
  checkVariables(sources.env);
  const hosts = secureEndpoints(sources, readEndpoints(sources));
  const user = readSetting(sources, "user") ?? defaultUser(sources);
  return {
    kind: "server",
    hosts,
    user,
    password: readSetting(sources, "password"),
    database: readSetting(sources, "database") ?? user,
    channelBinding: readSetting(sources, "channelBinding") !== "disable",
    // A store writes; of several hosts most are standbys, and one of those would often answer first.
    targetSessionAttrs: readSetting(sources, "targetSessionAttrs") ?? (hosts.length > 1 ? "read-write" : "any"),
    pool: resolvePool(sources),
    connectTimeoutMs: readSetting(sources, "connectTimeoutMs"),
    keepAlive: readSetting(sources, "keepAlive"),
    keepAliveIdleMs: readSetting(sources, "keepAliveIdleMs"),
    applicationName: readSetting(sources, "applicationName") ?? readSetting(sources, "fallbackApplicationName"),
    ...resolveProtocol(sources),
    options: resolveOptions(sources),
  };
}

/** Reads how statements travel to a server, also behind a caller's pool. */
export function resolveProtocol(sources: Sources): ProtocolSettings {
  const direct = readSetting(sources, "pooler") === "none";
  return {
    statementTimeoutMs: readSetting(sources, "statementTimeoutMs"),
    idleInTransactionTimeoutMs: readSetting(sources, "idleInTransactionTimeoutMs"),
    preparedStatements: readSetting(sources, "preparedStatements") ?? direct,
    listen: direct,
    sessionSettings: direct,
  };
}

function resolvePool(sources: Sources): PoolSettings {
  const max = readSetting(sources, "poolMax");
  const min = readSetting(sources, "poolMin") ?? Math.min(2, max);
  if (min > max) {
    throw invalidSetting(
      labelOf(sources, "poolMin"),
      `is ${min}, above ${labelOf(sources, "poolMax")}, which is ${max}: lower the first or raise the second.`,
    );
  }
  return {
    max,
    min,
    idleTimeoutMs: readSetting(sources, "idleTimeoutMs"),
    maxLifetimeMs: readSetting(sources, "maxLifetimeMs"),
    healthCheckMs: readSetting(sources, "healthCheckMs"),
  };
}

function resolveOptions(sources: Sources): string | null {
  const options = readSetting(sources, "options");
  if (options !== null && readSetting(sources, "pooler") === "transaction") {
    const remedy = "leave it out, and set it for the role or the database";
    throw invalidSetting(labelOf(sources, "options"), `does not pass a pooler in transaction mode: ${remedy}.`);
  }
  return options;
}

/** The container image's default if its variables name the server; otherwise the operating system's user, as in libpq. */
function defaultUser(sources: Sources): string {
  if (sources.container) return "postgres";
  try {
    return userInfo().username;
  } catch {
    // The process runs under a number that has no name, as in some containers.
    throw invalidSetting("user", "is not given, and the operating system knows none: give it.");
  }
}

/** Whether a field is specific to servers, so that a server is meant without a host. */
export function namesServer(sources: Sources): boolean {
  const names = ["hostAddress", "port", "user", "password", "database"] as const;
  return names.some((name) => findStatement(sources, name)?.origin === "option");
}
