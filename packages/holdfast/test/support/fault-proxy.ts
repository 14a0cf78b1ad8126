import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * What the network between a client and its server does: carries everything; loses what the server says and then breaks;
 * loses what the client says and then breaks; carries nothing in either direction and stays open.
 */
export type Fault = "none" | "drop replies" | "drop requests" | "black hole";

/** A TCP proxy before a server, whose faults a test chooses. */
export interface FaultProxy {
  readonly port: number;
  /** How many connections it has carried so far. */
  readonly carried: number;
  /** From now on, on every connection or on those that exist. */
  become(fault: Fault): void;
  /** Breaks one connection so, whichever gives the occasion first, and is well again. */
  breakOnce(fault: "drop replies" | "drop requests"): void;
  /** Breaks every connection as a reset does. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts a proxy to a port on loopback. */
export async function faultProxy(target: number): Promise<FaultProxy> {
  let fault: Fault = "none";
  let isOnce = false;
  let carried = 0;
  const sockets = new Set<Socket>();
  const broken = (...ends: readonly Socket[]): void => {
    for (const end of ends) end.resetAndDestroy();
    if (isOnce) fault = "none";
  };
  const server = createServer((client) => {
    carried++;
    const upstream = connect(target, "127.0.0.1");
    client.on("data", (bytes) => {
      if (fault === "drop requests") broken(client, upstream);
      else if (fault !== "black hole") upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (fault === "drop replies") broken(client);
      else if (fault !== "black hole") client.write(bytes);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    // The server's side ends in the ordinary way, so that it does what it was told before it notices. Out of a black hole
    // it hears nothing at all.
    client.on("close", () => {
      if (fault !== "black hole") upstream.end();
    });
    upstream.on("close", () => client.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    port: address.port,
    get carried() {
      return carried;
    },
    become: (next) => {
      fault = next;
      isOnce = false;
    },
    breakOnce: (next) => {
      fault = next;
      isOnce = true;
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
