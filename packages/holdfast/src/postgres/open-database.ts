import pg from "pg";
import type { CallerPoolSettings, ConnectionSettings } from "./connection/connection-settings.ts";
import type { Database } from "./database.ts";
import { openEmbedded, wrapPGlite } from "./embedded/embedded.ts";
import { listenOnOwnClient } from "./listen.ts";
import { poolDatabase } from "./pool.ts";
import { serverDatabase } from "./server.ts";
import { clientDatabase, embeddedDatabase } from "./single-session.ts";

/**
 * Opens the database of the settings. No connection to a server is made yet.
 *
 * @throws InvalidInputError, SchemaError or UnavailableError for an embedded folder that cannot be opened.
 */
export async function openDatabase(settings: ConnectionSettings): Promise<Database> {
  switch (settings.kind) {
    case "embedded": {
      const durability = settings.durability === "full" ? "full" : "relaxed";
      return embeddedDatabase(
        await openEmbedded({ folder: settings.folder, durability }),
        settings.statementTimeoutMs,
        { isRestartable: settings.folder !== null },
      );
    }
    case "server":
      return serverDatabase(settings);
    case "pool":
      return callerPoolDatabase(settings);
    case "client":
      return clientDatabase(settings);
    case "pglite":
      await settings.pglite.waitReady;
      // A caller's PGlite cannot be restarted, so its statements have no time limit.
      return embeddedDatabase(wrapPGlite(settings.pglite), 0, { hasUpkeep: false });
  }
}

/** A caller's pool, which is never ended here; for listening, one more connection is made with its settings. */
function callerPoolDatabase(settings: CallerPoolSettings): Database {
  const { pool, listen, preparedStatements, idleInTransactionTimeoutMs } = settings;
  return poolDatabase(pool, {
    connectionsMax: pool.options.max,
    isShared: true,
    preparedStatements,
    // A caller's object keeps its own limits.
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs,
    isCallers: true,
    listen: async (channel, handlers) => {
      if (!listen) return null;
      const connect = async (): Promise<pg.Client> => {
        const client = clientOf(pool);
        client.on("error", () => undefined);
        await client.connect();
        return client;
      };
      return listenOnOwnClient({ connect, channel, ...handlers });
    },
    close: async () => undefined,
  });
}

/** A client as the pool would create it, of the same class, which may know more than the options, such as the password's source. */
function clientOf(pool: pg.Pool): pg.Client {
  const client: unknown = Reflect.construct(pool.options.Client ?? pg.Client, [pool.options]);
  return client instanceof pg.Client ? client : new pg.Client(pool.options);
}
