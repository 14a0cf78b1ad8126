import type { Connection, Database } from "../postgres/database.ts";
import { command, sendAll } from "../postgres/execute.ts";
import { check, type Check, skipped, spell } from "./check.ts";

/** A call costs one round trip, so one this long is felt in all of them. */
const slowRoundTripMs = 20;

/** A difference above this one moves times that callers give as dates. */
const clockDifferenceMs = 1000;

/** Whether the database answers, and how fast: the quickest of five answers. */
export async function checkRoundTrip({
  location,
  ping,
}: {
  readonly location: string;
  readonly ping: () => Promise<void>;
}): Promise<Check> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    await ping();
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  const finding = `The database (${location}) answers in ${fastest.toFixed(1)} ms.`;
  if (fastest < slowRoundTripMs) return check("connection", "ok", finding);
  return check("connection", "warn", finding, "Run your processes nearer to the database: each call waits this long.");
}

/** Compares the clocks of the server and of this machine, by an answer that was asked for and received at these times. */
export function checkClock(serverAt: Date, askedAt: number, answeredAt: number): Check {
  const tolerance = (answeredAt - askedAt) / 2;
  const difference = serverAt.getTime() - (askedAt + tolerance);
  const beyond = Math.max(Math.abs(difference) - tolerance, 0);
  if (beyond < clockDifferenceMs) return check("clock", "ok", "The clocks of the server and of this machine agree.");
  const which = difference > 0 ? "ahead of" : "behind";
  return check(
    "clock",
    "warn",
    `The server's clock is ${spell(beyond)} ${which} this machine's.`,
    "Synchronize both by NTP. Leases are safe, but dates that programs pass, such as runAt, are off by this.",
  );
}

/**
 * Whether a pooler shares sessions, and the settings allow for it. A pooler gives a server session that one client has just left to the
 * next one, even to one that holds another connection.
 */
export async function checkPooler(database: Database): Promise<Check> {
  if (!database.isShared) return skipped("pooler", "The database is embedded, without a pooler.");
  if (database.connectionsMax < 2) return skipped("pooler", "The pool has one connection, by which none is seen.");
  const isPooled = await sharesSessions(database);
  const isStated = !database.preparedStatements;
  if (!isPooled) {
    const finding = isStated ? "The settings allow for a pooler; none was noticed." : "No pooler shares sessions.";
    return check("pooler", "ok", finding);
  }
  if (isStated) return check("pooler", "ok", "A pooler shares sessions, and the settings allow for it.");
  return check(
    "pooler",
    "fail",
    "A pooler in transaction mode shares sessions, and the settings do not allow for it.",
    'Say pooler: "transaction", or pgbouncer=true in the URL. Otherwise named statements and notifications get lost.',
  );
}

async function sharesSessions(database: Database): Promise<boolean> {
  const first = await database.connect();
  try {
    const second = await database.connect();
    try {
      // Within a transaction, a client of a pooler keeps the session that it got.
      await sendAll(first, [command("begin")]);
      const own = await sessionOf(first);
      await sendAll(first, [command("rollback")]);
      await sendAll(second, [command("begin")]);
      const other = await sessionOf(second);
      await sendAll(second, [command("rollback")]);
      return own === other;
    } finally {
      second.release();
    }
  } finally {
    first.release();
  }
}

async function sessionOf(connection: Connection): Promise<unknown> {
  const [answer] = await sendAll(connection, [command("select pg_catalog.pg_backend_pid()")]);
  return answer?.rows[0]?.[0];
}
