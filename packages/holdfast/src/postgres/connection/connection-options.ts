import type { ClientBase, Pool } from "pg";

/** Whether a write is on disk before it is acknowledged. */
export type Durability = "full" | "relaxed";

/** libpq's sslmode, without `allow` and `prefer`, which fall back to plain text silently. */
export type SslMode = "disable" | "require" | "verify-ca" | "verify-full";

/** The required role of the server; matters with several hosts. */
export type TargetSessionAttrs = "any" | "read-write" | "read-only" | "primary" | "standby" | "prefer-standby";

/** The parts of an embedded PostgreSQL of the caller's (a PGlite) that Holdfast needs. */
export interface PGliteLike {
  readonly waitReady: Promise<void>;
  execProtocolRaw(message: Uint8Array, options?: { syncToFs?: boolean }): Promise<Uint8Array>;
  runExclusive<T>(fn: () => Promise<T>): Promise<T>;
}

/** Options of every database. */
export interface StatementOptions {
  /**
   * How long one statement may run; 0 = no limit. Default 30,000. A pool, client or PGlite of the caller's keeps its own limit instead,
   * and a database in memory has none.
   */
  readonly statementTimeoutMs?: number;
}

/** Options of every server, also behind a caller's pool. */
export interface ProtocolOptions extends StatementOptions {
  /**
   * How long a transaction of the store may make no call. Then the server rolls it back and closes its connection, so that a stopped
   * process holds no locks; 0 = never. Default 30,000. Never applied to your own transactions.
   */
  readonly idleInTransactionTimeoutMs?: number;
  /** `transaction` = a pooler such as PgBouncer is in between, so there is no LISTEN and no start-up `options`. Default `none`. */
  readonly pooler?: "none" | "transaction";
  /** Named prepared statements. Default true, false behind a pooler; true there needs PgBouncer 1.21 or later. */
  readonly preparedStatements?: boolean;
}

/** Applies to servers that Holdfast connects to itself. Each overrides the URL, which overrides the environment. */
export interface ServerOptions extends ProtocolOptions {
  /** Addresses to connect to without resolving the hosts' names; certificates must still bear the names. */
  readonly hostAddress?: string | readonly string[];
  /** One port for all hosts, or one for each. Default 5432. */
  readonly port?: number | readonly number[];
  /** Default: the operating system's user. */
  readonly user?: string;
  /** Or a function that returns it for each connection, for passwords that expire. */
  readonly password?: string | (() => string | Promise<string>);
  /** Default: the user's name. */
  readonly database?: string;
  /** `true` = verify-full, `false` = disable. Default: disable on loopback and sockets, verify-full elsewhere. */
  readonly ssl?: SslMode | boolean;
  /** The trusted authorities, as a file or PEM text, or `system` for Node's own. Default `system`. */
  readonly sslRootCert?: string;
  /** The file of the client's certificate, or its PEM text. */
  readonly sslCert?: string;
  /** The file of the client's private key, or its PEM text. */
  readonly sslKey?: string;
  /** The passphrase of the client's private key. */
  readonly sslPassword?: string;
  /** Binds the password's proof to the TLS connection; `require` raises the ssl mode to verify-full. Default `disable`. */
  readonly channelBinding?: "disable" | "prefer" | "require";
  /** Default `any` with one host, `read-write` with several. */
  readonly targetSessionAttrs?: TargetSessionAttrs;
  /** Default 20. */
  readonly poolMax?: number;
  /** Connections that are kept open when idle. Default 2, or `poolMax` when that is less. */
  readonly poolMin?: number;
  /** Default 5,000; 0 = no limit. */
  readonly connectTimeoutMs?: number;
  /** When an idle connection above `poolMin` is closed. Default 10 minutes; 0 = never. */
  readonly idleTimeoutMs?: number;
  /** The age at which an idle connection is closed. Default 30 minutes; 0 = never. */
  readonly maxLifetimeMs?: number;
  /** How often idle connections are tested. Default 30,000; 0 = never. */
  readonly healthCheckMs?: number;
  /** TCP keep-alive. Default true. */
  readonly keepAlive?: boolean;
  /** Silence before the first keep-alive probe; 0 = the operating system's. Default 0. */
  readonly keepAliveIdleMs?: number;
  /** Default `holdfast`. */
  readonly applicationName?: string;
  /** The name if nothing else, `PGAPPNAME` included, gives one. */
  readonly fallbackApplicationName?: string;
  /** Start-up options as `-c name=value`. */
  readonly options?: string;
}

/** Applies to an embedded database in a folder. */
export interface FolderOptions extends StatementOptions {
  /** `full` (default) flushes every commit to disk. `relaxed` does so once a second, and may lose the last commits if the machine fails. */
  readonly durability?: Durability;
}

/** The ways to state where the database is. */
export interface Places {
  /** A folder that holds an embedded database. */
  readonly folder: string;
  /** An embedded database that is gone when it is closed. */
  readonly memory: true;
  /** `postgres://user:password@host:port/database?sslmode=…`, several hosts allowed, or libpq's `host=… user=…`. */
  readonly url: string;
  /** A name, an address, or the folder of a UNIX socket; several are tried in order. */
  readonly host: string | readonly string[];
  /** The caller's own pool, which Holdfast never ends. */
  readonly pool: Pool;
  /** The caller's own connection, perhaps inside a transaction. */
  readonly client: ClientBase;
  /** The caller's own embedded database. */
  readonly pglite: PGliteLike;
}

type At<Place extends keyof Places> = Pick<Places, Place> & {
  readonly [Other in Exclude<keyof Places, Place>]?: never;
};

/**
 * Where the database is, in exactly one way, and how to use it. If omitted, the environment decides, in this order: `DATABASE_URL`,
 * `HOLDFAST_DATA` (a folder), `PG*`, `POSTGRES_*`. With none of these it is the folder `.holdfast`.
 */
export type ConnectionOptions =
  | (At<"folder"> & FolderOptions)
  | (At<"memory"> & StatementOptions)
  | (At<"url"> & ServerOptions)
  | (At<"host"> & ServerOptions)
  | (At<"pool"> & ProtocolOptions)
  | (At<"client"> & ProtocolOptions)
  | (At<"pglite"> & StatementOptions)
  | (At<never> & ServerOptions & FolderOptions);
