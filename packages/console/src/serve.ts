import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Store, UnavailableError } from "holdfast";
import { loopbackNames } from "./access/origin.ts";
import { consoleOf } from "./console.ts";
import { checkOptions, checkWhole, type ConsoleOptions, wrong } from "./options.ts";

/** How a console is served. */
export interface ServeOptions extends ConsoleOptions {
  /** The address to listen on; 127.0.0.1 by default. Any other than loopback needs a `token` or an `authorize` hook. */
  readonly host?: string | undefined;
  /** The port to listen on; 4780 by default. 0 takes a free one. */
  readonly port?: number | undefined;
}

/** A console that listens. */
export interface ConsoleServer {
  /** Where to open it. */
  readonly url: string;
  readonly port: number;
  /** Ends all connections, and stops listening. The store stays open. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const defaultPort = 4780;

/**
 * Serves a console of a store.
 *
 * @throws InvalidInputError for wrong options, naming them, and for an address that others can reach without a `token` or an `authorize`
 * hook.
 * @throws UnavailableError if the port is taken.
 */
export async function serveConsole(store: Store, options: ServeOptions = {}): Promise<ConsoleServer> {
  const { host = "127.0.0.1", port = defaultPort, ...rest } = options;
  if (typeof host !== "string" || host === "") throw wrong("host", "must be an address, such as 127.0.0.1");
  checkWhole(port, "port", { min: 0, max: 65_535 });
  const settings = checkOptions(rest);
  const isOpen = settings.token === null && settings.authorize === null;
  if (isOpen && !isLoopback(host)) {
    throw wrong(
      "host",
      `is ${host}, which others can reach: give a token or an authorize hook, or listen on 127.0.0.1`,
    );
  }
  // Without a token, only the name in the address bar tells a page of this machine from one that was made to resolve to it.
  const hosts = isOpen ? [...loopbackNames, host.toLowerCase(), ...(settings.hosts ?? [])] : settings.hosts;
  const console = consoleOf(store, { ...settings, hosts });
  const server = createServer(console.listener);
  try {
    await listening(server, host, port);
  } catch (error) {
    await console.close();
    throw new UnavailableError(`The console cannot listen on ${host}, port ${port}: choose another.`, { cause: error });
  }
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await (closing ??= console.close().then(() => closed(server)));
  };
  const { port: taken } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${name}:${taken}${settings.basePath}/`, port: taken, close, [Symbol.asyncDispose]: close };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
