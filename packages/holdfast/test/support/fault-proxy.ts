import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/**
 * The state of the network between a client and its server. It carries everything; loses the server's messages and then breaks; loses the
 * client's messages and then breaks; or carries nothing and stays open.
 */
export type Fault = "none" | "drop replies" | "drop requests" | "black hole";

/** A TCP proxy before a server, whose faults a test chooses. */
export interface FaultProxy {
  readonly port: number;
  /** How many connections it has carried so far. */
  readonly carried: number;
  /** How many round trips it has carried: how often a client spoke first, or again after its server. */
  readonly roundTrips: number;
  /** From now on, on every connection or on those that exist. */
  become(fault: Fault): void;
  /** Breaks one connection so, whichever gives the occasion first, and is well again. */
  breakOnce(fault: "drop replies" | "drop requests"): void;
  /** Breaks every connection as a reset does. */
  reset(): void;
  close(): Promise<void>;
}

/** Returns when connections that were reset have noticed it: their events come before the turn ends, however late the timer was. */
export async function noticed(): Promise<void> {
  await sleep(20);
  await nextTurn();
}

/** Starts a proxy to a port on loopback. */
export async function faultProxy(target: number): Promise<FaultProxy> {
  let fault: Fault = "none";
  let isOnce = false;
  let carried = 0;
  let roundTrips = 0;
  const sockets = new Set<Socket>();
  const broken = (...ends: readonly Socket[]): void => {
    for (const end of ends) end.resetAndDestroy();
    if (isOnce) fault = "none";
  };
  const server = createServer((client) => {
    carried++;
    const upstream = connect(target, "127.0.0.1");
    let isAnswered = true;
    client.on("data", (bytes) => {
      if (isAnswered) roundTrips++;
      isAnswered = false;
      if (fault === "drop requests") broken(client, upstream);
      else if (fault !== "black hole") upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      isAnswered = true;
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
    get roundTrips() {
      return roundTrips;
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
