import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ClientBase, Pool } from "pg";
import type { Secret } from "../../core/settings/secret.ts";
import type { Durability, PGliteLike, SslMode, TargetSessionAttrs } from "./connection-options.ts";

/** A password, or the function that returns one for each connection. Reveal it to the driver only. */
export type Password = Secret<string | (() => string | Promise<string>)>;

/** One server of a list. */
export interface ServerHost {
  /** What to connect to: a name, an address, or the folder of a UNIX socket. */
  readonly host: string;
  readonly port: number;
  /** The name that its certificate must bear; differs from `host` if an address was given too. */
  readonly name: string;
  readonly sslMode: SslMode;
  /** For the driver: complete, without key or passphrase in it, and never shared between hosts. */
  readonly ssl: false | TlsOptions;
}

/** Settings of the pool. Times are in milliseconds, 0 = no limit. */
export interface PoolSettings {
  readonly max: number;
  readonly min: number;
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly healthCheckMs: number;
}

/** How statements travel over a connection to a server. */
export interface ProtocolSettings {
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly preparedStatements: boolean;
  /** Whether LISTEN can work; false behind a pooler in transaction mode. */
  readonly listen: boolean;
  /**
   * Whether settings may be part of the connection's start or stay on its session. If false (a pooler in transaction mode), the server
   * knows no time limit, and only the client enforces it.
   */
  readonly sessionSettings: boolean;
}

/** An embedded database; no folder = in memory. */
export interface EmbeddedSettings {
  readonly kind: "embedded";
  readonly folder: string | null;
  /** `none` in memory. */
  readonly durability: Durability | "none";
  readonly statementTimeoutMs: number;
}

/** A server that Holdfast connects to itself. */
export interface ServerSettings extends ProtocolSettings {
  readonly kind: "server";
  /** At least one, in the order to try them. */
  readonly hosts: readonly ServerHost[];
  readonly user: string;
  readonly password: Password | null;
  readonly database: string;
  /** Whether to bind SCRAM to the TLS connection when the server offers it. */
  readonly channelBinding: boolean;
  readonly targetSessionAttrs: TargetSessionAttrs;
  readonly pool: PoolSettings;
  readonly connectTimeoutMs: number;
  readonly keepAlive: boolean;
  readonly keepAliveIdleMs: number;
  readonly applicationName: string;
  readonly options: string | null;
}

/** The caller's own pool. */
export interface CallerPoolSettings extends ProtocolSettings {
  readonly kind: "pool";
  readonly pool: Pool;
}

/** The caller's own connection. */
export interface CallerClientSettings extends ProtocolSettings {
  readonly kind: "client";
  readonly client: ClientBase;
}

/** The caller's own embedded database. */
export interface CallerPGliteSettings {
  readonly kind: "pglite";
  readonly pglite: PGliteLike;
  readonly statementTimeoutMs: number;
}

/** What to connect to and how: checked, complete, and safe to print. */
export type ConnectionSettings =
  | EmbeddedSettings
  | ServerSettings
  | CallerPoolSettings
  | CallerClientSettings
  | CallerPGliteSettings;
