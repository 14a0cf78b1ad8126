import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Contender, Trial } from "./bench.ts";

/** The same contender with a network between it and the server, whose answers arrive `delayMs` later. */
export function overNetwork(contender: Contender, delayMs: number): Contender {
  return {
    ...contender,
    open: async (place) => {
      const network = await openNetwork(new URL(place.url), delayMs);
      const trial = await contender.open({ ...place, url: network.url });
      return {
        ...trial,
        close: async () => {
          await trial.close();
          await network.close();
        },
      } satisfies Trial;
    },
  };
}

interface Network {
  readonly url: string;
  close(): Promise<void>;
}

async function openNetwork(target: URL, delayMs: number): Promise<Network> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    client.setNoDelay(true);
    client.on("data", (bytes) => upstream.write(bytes));
    upstream.on("data", (bytes) => setTimeout(() => client.write(bytes), delayMs));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
