import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Case, Contender, Size, Trial } from "./bench.ts";
import { callersName, type Load } from "./load.ts";

/** The cases of an engine's bench: 1 and 16 callers beside the server, and with a millisecond of network between. */
export function casesByNetwork(size: Size, contendersOf: (load: Load) => readonly Contender[]): readonly Case[] {
  return [0, 1].flatMap((delayMs) =>
    [1, 16].map((callers) => ({
      name: delayMs === 0 ? callersName(callers) : `${callersName(callers)}, ${delayMs} ms of network`,
      contenders: contendersOf({ callers, size }).map((each) => overNetwork(each, delayMs)),
    })),
  );
}

/** The same contender, whose round trips to the server take `delayMs` longer. Its checks are not delayed. */
function overNetwork(contender: Contender, delayMs: number): Contender {
  if (delayMs === 0) return contender;
  return {
    ...contender,
    open: async (place) => {
      const network = await withDelay(place.url, delayMs);
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

/** A way to the server that takes longer than loopback. */
interface Network {
  /** The same database, reached that way. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Reaches a server through a proxy that holds what clients send for some milliseconds, in order. Answers are not held, so each round
 * trip takes that much longer. The proxy is in the bench's process, for all contenders alike.
 */
async function withDelay(url: string, delayMs: number): Promise<Network> {
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
