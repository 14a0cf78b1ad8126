import { userInfo } from "node:os";
import type { PoolSettings, ProtocolSettings, ServerSettings } from "./connection-settings.ts";
import { readEndpoints } from "./hosts.ts";
import { invalidSetting } from "./invalid.ts";
import { checkVariables } from "./keywords.ts";
import { type Sources, findStatement, labelOf, readSetting } from "./statements.ts";
import { secureEndpoints } from "./tls.ts";

/** Reads everything about a server that Holdfast connects to itself. */
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
    // A store writes; of several hosts most are standbys, which would answer first as often as not.
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

/** Reads how statements go to a server, also one behind the caller's own pool. */
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

/** The container image's default where its variables name the server, else the operating system's user as in libpq. */
function defaultUser(sources: Sources): string {
  if (sources.container) return "postgres";
  try {
    return userInfo().username;
  } catch {
    // The process runs under a number that has no name, as in some containers.
    throw invalidSetting("user", "is not given, and the operating system knows none: give it.");
  }
}

/** Whether any field says something that only a server has, so that a server is meant without naming its host. */
export function namesServer(sources: Sources): boolean {
  const names = ["hostAddress", "port", "user", "password", "database"] as const;
  return names.some((name) => findStatement(sources, name)?.origin === "option");
}
