import pg from "pg";
import { UnavailableError } from "../core/errors.ts";
import type { ServerHost, ServerSettings } from "./connection/connection-settings.ts";
import type { Database } from "./database.ts";
import { toHoldfastError } from "./failures.ts";
import { listenOnOwnClient } from "./listen.ts";
import { connectFrom, poolDatabase, PoolExhaustedError } from "./pool.ts";
import { clientOn } from "./server-client.ts";

/** A `Database` on a server that Holdfast connects to itself, through its own pool. */
export function serverDatabase(settings: ServerSettings): Database {
  const hosts = new HostRotation(settings.hosts);
  const Client = clientOn(settings, () => hosts.current);
  const pool = new pg.Pool({
    Client,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    max: settings.pool.max,
    min: settings.pool.min,
    idleTimeoutMillis: settings.pool.idleTimeoutMs,
    maxLifetimeSeconds: settings.pool.maxLifetimeMs / 1000,
    verify: (client, done) => void verifyRole(client, settings).then(() => done(), done),
  });
  // An idle connection that breaks is replaced at its next use; without a listener Node.js would end the process.
  pool.on("error", () => undefined);
  const healthCheck = setInterval(() => void checkIdle(pool), settings.pool.healthCheckMs || 2 ** 31 - 1).unref();
  return poolDatabase(pool, {
    connectionsMax: settings.pool.max,
    isShared: true,
    preparedStatements: settings.preparedStatements,
    statementTimeoutMs: settings.statementTimeoutMs,
    idleInTransactionTimeoutMs: settings.idleInTransactionTimeoutMs,
    ...(settings.hosts.length > 1 ? { connect: (observe) => hosts.tryEach(() => connectFrom(pool, observe)) } : {}),
    listen: async (channel, handlers) =>
      settings.listen
        ? listenOnOwnClient({ connect: () => hosts.tryEach(() => new Client().connect()), channel, ...handlers })
        : null,
    close: async () => {
      clearInterval(healthCheck);
      await pool.end();
    },
  });
}

/** Which host of a list is used: the first suitable one, until it fails. */
class HostRotation {
  readonly #hosts: readonly ServerHost[];
  #at = 0;

  constructor(hosts: readonly ServerHost[]) {
    this.#hosts = hosts;
  }

  get current(): ServerHost {
    const host = this.#hosts[this.#at % this.#hosts.length];
    if (!host) throw new RangeError("A server has at least one host");
    return host;
  }

  /** Makes an attempt on each host once, from the current one on, until one succeeds. */
  async tryEach<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      const host = this.current;
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof PoolExhaustedError) throw error;
        const failure = toHoldfastError(error);
        if (tried >= this.#hosts.length || failure.code !== "unavailable") throw failure;
        // Another caller may have moved on already; then its choice is tried next.
        if (this.current === host) this.#at++;
      }
    }
  }
}

/** Checks that the server has the role that target_session_attrs asks for. */
async function verifyRole(client: pg.ClientBase, { targetSessionAttrs: wanted }: ServerSettings): Promise<void> {
  // prefer-standby accepts any server: the order of the list expresses the preference.
  if (wanted === "any" || wanted === "prefer-standby") return;
  const { rows } = await client.query<{ standby: boolean; readonly: boolean }>(
    "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as readonly",
  );
  const role = rows[0] ?? { standby: false, readonly: false };
  const fits = {
    "read-write": !role.readonly,
    "read-only": role.readonly,
    primary: !role.standby,
    standby: role.standby,
  };
  if (fits[wanted]) return;
  throw new UnavailableError(
    `The server is not ${wanted}, as target_session_attrs asks: name all hosts of the cluster.`,
    {
      retryable: true,
      facts: { field: "targetSessionAttrs", expected: wanted },
    },
  );
}

/** Finds idle connections that a firewall or a failover has silently cut, before a caller gets one. */
async function checkIdle(pool: pg.Pool): Promise<void> {
  if (pool.idleCount === 0) return;
  try {
    await pool.query("select 1");
  } catch {
    // The pool has dropped the connection, which is all that the check is for.
  }
}
