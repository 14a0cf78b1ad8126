import { flag, oneOf, type Reader, secret, text, timeMs, whole } from "../../core/settings/readers.ts";
import type { TargetSessionAttrs } from "./connection-options.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { addresses, hosts, password, pooler, ports, sslMode } from "./server-readers.ts";
import type { SettingName, SettingValues } from "./setting-values.ts";

type Kind = ConnectionSettings["kind"];

/** One row of the table of settings. */
export interface Setting<T> {
  readonly reader: Reader<T>;
  readonly initial: T;
  /** Its URL parameters and DSN keywords, libpq's first. */
  readonly keywords: readonly string[];
  /** Its environment variables, the first that is set wins. */
  readonly variables: readonly string[];
  /** Its variable of the PostgreSQL container image, which counts only where these variables name the server. */
  readonly container: string | null;
  readonly kinds: readonly Kind[];
}

const wire: readonly Kind[] = ["server", "pool", "client"];
const every: readonly Kind[] = ["embedded", "server", "pool", "client", "pglite"];

/** A row by its names: lower-case ones are parameters, `POSTGRES_…` is the container image's, and the rest are variables. */
function row<T>(reader: Reader<T>, initial: T, names: string, kinds: readonly Kind[] = ["server"]): Setting<T> {
  const words = names.split(" ");
  return {
    reader,
    initial,
    keywords: words.filter((word) => /^[a-z]/.test(word)),
    variables: words.filter((word) => /^(?!POSTGRES_)[A-Z]/.test(word)),
    container: words.find((word) => word.startsWith("POSTGRES_")) ?? null,
    kinds,
  };
}

const bindings = oneOf<SettingValues["channelBinding"]>(["disable", "prefer", "require"]);
const sessions = oneOf<TargetSessionAttrs>(["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]);
const durabilities = oneOf<SettingValues["durability"]>(["full", "relaxed"]);

/**
 * Every setting besides the place: how it is checked, its default, and its names in URLs and in the environment. Times are
 * in seconds there, unless the name ends in `_ms`.
 */
export const settingTable: { readonly [Name in SettingName]: Setting<SettingValues[Name]> } = {
  host: row(hosts, null, "host PGHOST POSTGRES_HOST"),
  hostAddress: row(addresses, null, "hostaddr PGHOSTADDR"),
  port: row(ports, null, "port PGPORT POSTGRES_PORT"),
  user: row(text, null, "user PGUSER POSTGRES_USER"),
  password: row(password, null, "password PGPASSWORD POSTGRES_PASSWORD"),
  database: row(text, null, "dbname PGDATABASE POSTGRES_DB"),
  ssl: row(sslMode, null, "sslmode ssl PGSSLMODE"),
  sslRootCert: row(text, null, "sslrootcert PGSSLROOTCERT"),
  sslCert: row(text, null, "sslcert PGSSLCERT"),
  sslKey: row(text, null, "sslkey PGSSLKEY"),
  sslPassword: row(secret, null, "sslpassword"),
  channelBinding: row(bindings, "disable", "channel_binding PGCHANNELBINDING"),
  targetSessionAttrs: row(sessions, null, "target_session_attrs PGTARGETSESSIONATTRS"),
  poolMax: row(whole(1, 10_000), 20, "pool_max DATABASE_MAX_CONNECTIONS"),
  poolMin: row(whole(0, 10_000), null, "pool_min DATABASE_MIN_CONNECTIONS"),
  connectTimeoutMs: row(
    timeMs,
    5_000,
    "connect_timeout DATABASE_CONNECT_TIMEOUT_MS DATABASE_CONNECT_TIMEOUT PGCONNECT_TIMEOUT",
  ),
  idleTimeoutMs: row(timeMs, 600_000, "idle_timeout_ms DATABASE_IDLE_TIMEOUT_MS DATABASE_IDLE_TIMEOUT"),
  maxLifetimeMs: row(timeMs, 1_800_000, "max_lifetime_ms DATABASE_MAX_LIFETIME_MS DATABASE_MAX_LIFETIME"),
  healthCheckMs: row(timeMs, 30_000, "health_check_ms DATABASE_HEALTH_CHECK_MS"),
  keepAlive: row(flag, true, "keepalives"),
  keepAliveIdleMs: row(timeMs, 0, "keepalives_idle"),
  applicationName: row(text, null, "application_name PGAPPNAME"),
  fallbackApplicationName: row(text, "holdfast", "fallback_application_name"),
  options: row(text, null, "options PGOPTIONS"),
  statementTimeoutMs: row(timeMs, 30_000, "statement_timeout_ms DATABASE_STATEMENT_TIMEOUT_MS", every),
  idleInTransactionTimeoutMs: row(
    timeMs,
    30_000,
    "idle_in_transaction_timeout_ms DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS",
    wire,
  ),
  preparedStatements: row(flag, null, "prepared_statements DATABASE_PREPARED_STATEMENTS", wire),
  pooler: row(pooler, "none", "pooler pgbouncer DATABASE_POOLER", wire),
  durability: row(durabilities, "full", "HOLDFAST_DURABILITY", ["embedded"]),
};

/** The names of all settings, in the table's order. */
export const settingNames: readonly SettingName[] = Object.keys(settingTable) as SettingName[];

/** The setting that a URL parameter or DSN keyword is for. */
export const settingByKeyword: ReadonlyMap<string, SettingName> = new Map(
  settingNames.flatMap((name) => settingTable[name].keywords.map((keyword) => [keyword, name] as const)),
);
