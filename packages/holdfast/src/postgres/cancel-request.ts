import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { cancelKeyOf } from "./wire/driver-internals.ts";

/** How long the request may take; after it the caller gives the session up anyway. */
const requestMs = 1000;

const cancelCode = 80_877_102;

/**
 * Asks the server to stop what a client's session is running, by the protocol's own request on a separate connection. It is sent in plain
 * text, as by most drivers: it holds only the session's number and key. Resolves when the server has taken it, or when it cannot be sent,
 * without saying which.
 */
export async function requestCancel(client: pg.ClientBase): Promise<void> {
  const { host, port } = client as { host?: unknown; port?: unknown };
  const key = cancelKeyOf(client);
  if (typeof host !== "string" || key === undefined) return;
  const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${String(port)}`) : connect(Number(port), host);
  const request = Buffer.alloc(16);
  for (const [i, word] of [16, cancelCode, ...key].entries()) {
    request.writeInt32BE(Math.trunc(word), i * 4);
  }
  try {
    // The server answers nothing, and closes the connection once it has sent the signal.
    const taken = once(socket.end(request).resume(), "close");
    await Promise.race([taken, sleep(requestMs, undefined, { ref: false })]);
  } catch {
    // It cannot be reached: then neither can the session.
  } finally {
    socket.destroy();
  }
}
