import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to the server that takes longer than loopback. */
export interface Network {
  /** The same database, reached that way. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Reaches a server through a proxy that holds what clients send for some milliseconds, in order. Answers are not held, so each round
 * trip takes that much longer. The proxy is in the bench's process, for all contenders alike.
 */
export async function withDelay(url: string, delayMs: number): Promise<Network> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    client.on("data", (chunk) => setTimeout(() => upstream.write(chunk), delayMs));
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.on("close", () => setTimeout(() => upstream.end(), delayMs));
    upstream.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  const delayed = new URL(url);
  delayed.hostname = "127.0.0.1";
  delayed.port = String(address.port);
  return {
    url: delayed.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
