import pg from "pg";
import type { ServerHost, ServerSettings } from "./connection/connection-settings.ts";
import { Login } from "./login.ts";
import { hangUp, PipelinedClient } from "./wire/driver-internals.ts";

/** How much longer than the server's own statement timeout the client waits, for a server that does not answer at all. */
const answerGraceMs = 5000;

/** What the driver calls when a client is let in, or is not. */
type Connected = (error: Error | null, client: pg.Client) => void;

/** A class of clients that a pool can make. */
export type ClientConstructor = new () => pg.Client;

/**
 * A class of clients for the settings, which connect to the current host when they are created. They take nothing from a pool's options:
 * the pool hides the password there, so a copy has none, and the driver would look for another.
 */
export function clientOn(settings: ServerSettings, current: () => ServerHost): ClientConstructor {
  const config = clientConfig(settings);
  // Only prepared statements can take the quick path.
  return class ServerClient extends (settings.preparedStatements ? PipelinedClient : pg.Client) {
    readonly #login: Login;

    constructor() {
      const place = current();
      const { host, port, ssl } = place;
      const login = new Login(settings, place);
      super({ ...config, host, port, ssl, password: () => login.password() });
      login.watch(this);
      this.#login = login;
      // A server that shuts down right after the login ends the client before the pool listens, and Node.js would end the process.
      this.on("error", () => undefined);
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<pg.Client> | void {
      if (callback) return this.#connect(callback);
      return new Promise((resolve, reject) => {
        this.#connect((error) => (error ? reject(error) : resolve(this)));
      });
    }

    #connect(callback: Connected): void {
      super.connect((error: Error | null) => {
        // The driver leaves a connection that it gives up open, until the server closes it.
        if (error) hangUp(this);
        callback(error && this.#login.explain(error), this);
      });
    }
  };
}

function clientConfig(
  settings: ServerSettings,
): pg.ClientConfig & { readonly pipeline: boolean; readonly enableChannelBinding: boolean } {
  const { user, database, statementTimeoutMs, applicationName, options } = settings;
  return {
    user,
    database,
    application_name: applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    keepAlive: settings.keepAlive,
    keepAliveInitialDelayMillis: settings.keepAliveIdleMs,
    pipeline: true,
    enableChannelBinding: settings.channelBinding,
    // Behind a pooler the server knows no limit, and this is the only one.
    ...(statementTimeoutMs > 0
      ? { query_timeout: statementTimeoutMs + (settings.sessionSettings ? answerGraceMs : 0) }
      : {}),
    ...(settings.sessionSettings && statementTimeoutMs > 0 ? { statement_timeout: statementTimeoutMs } : {}),
    ...(settings.sessionSettings && options ? { options } : {}),
  };
}
