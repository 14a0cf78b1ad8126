import type { Database } from "../postgres/database.ts";
import { check, type Check, skipped } from "./check.ts";
import type { DescribeServerRow, ListReplicasRow } from "./statements.generated.ts";

/** The oldest server that the tests cover. */
const oldestVersion = 150_000;

/** Replication further behind than this is reported. */
const lagBytesMax = 64 * 1024 * 1024;

/** Checks of the server and its settings. */
export function checkServer(
  server: DescribeServerRow,
  replicas: readonly ListReplicasRow[],
  database: Pick<Database, "isShared" | "connectionsMax">,
): readonly Check[] {
  const isEmbedded = !database.isShared;
  return [
    checkVersion(server),
    isEmbedded ? skipped("tls", "The database is embedded, without a network.") : checkTls(server),
    isEmbedded ? skipped("role", "The database is embedded, without roles.") : checkRole(server),
    checkDurability(server, isEmbedded),
    isEmbedded
      ? skipped("connections", "The database is embedded.")
      : checkConnections(server, database.connectionsMax),
    isEmbedded ? skipped("settings", "The database is embedded, with settings of its own.") : checkSettings(server),
    isEmbedded ? skipped("replication", "The database is embedded.") : checkReplication(server, replicas),
  ];
}

function checkVersion({ version, versionNumber, isStandby, isReadOnly }: DescribeServerRow): Check {
  const finding = `The server is PostgreSQL ${version}.`;
  if (isStandby) {
    return check("server", "fail", `${finding} It is a standby, which refuses writes.`, "Connect to the primary.");
  }
  if (isReadOnly) {
    const advice = "Reset default_transaction_read_only of the role, the database or the server.";
    return check("server", "fail", `${finding} Its transactions are read-only.`, advice);
  }
  if (versionNumber >= oldestVersion) return check("server", "ok", finding);
  return check("server", "fail", finding, "Upgrade to PostgreSQL 15 or later.");
}

function checkTls({ isEncrypted, tlsVersion, isLocal }: DescribeServerRow): Check {
  if (isEncrypted === true) return check("tls", "ok", `The connection is encrypted by ${tlsVersion ?? "TLS"}.`);
  if (isLocal) return check("tls", "ok", "The connection is not encrypted, and does not leave the machine.");
  return check(
    "tls",
    "warn",
    "The connection is not encrypted: payloads cross the network in the clear.",
    "Connect with sslmode=verify-full.",
  );
}

function checkRole({ role, isSuperuser }: DescribeServerRow): Check {
  if (isSuperuser !== true) return check("role", "ok", `The role ${role} is no superuser.`);
  const advice = "Give the application a role that only reads and writes rows: docs/guides/production.md.";
  return check("role", "warn", `The role ${role} is a superuser.`, advice);
}

function checkDurability({ fsync, fullPageWrites, synchronousCommit }: DescribeServerRow, isEmbedded: boolean): Check {
  if (isEmbedded) {
    const finding = fsync === "on" ? "Commits reach the disk." : "Commits are not flushed to a disk at once.";
    return check("durability", "ok", finding);
  }
  if (fsync !== "on" || fullPageWrites !== "on") {
    const finding = `fsync is ${fsync}, and full_page_writes is ${fullPageWrites}: a crash of the machine destroys the database.`;
    return check("durability", "fail", finding, "Turn both on.");
  }
  if (synchronousCommit === "off") {
    const finding = "synchronous_commit is off: the last acknowledged writes are lost with the machine.";
    return check("durability", "warn", finding, "Turn it on, unless you accept that.");
  }
  return check("durability", "ok", "Acknowledged commits survive the machine.");
}

function checkConnections({ connections, connectionsMax }: DescribeServerRow, poolMax: number): Check {
  const finding = `${connections} of ${connectionsMax} connections are open.`;
  if (connections < connectionsMax * 0.8) return check("connections", "ok", finding);
  const advice = `Raise max_connections, or lower poolMax (${poolMax} here), or put PgBouncer before the server.`;
  return check("connections", "warn", finding, advice);
}

function checkSettings({ autovacuum, trackCounts, jit, idleTimeout, transactionAge }: DescribeServerRow): Check {
  if (autovacuum !== "on" || trackCounts !== "on") {
    const finding = `autovacuum is ${autovacuum}, and track_counts is ${trackCounts}: dead rows pile up.`;
    return check("settings", "fail", finding, "Turn both on.");
  }
  if (transactionAge > 1_000_000_000) {
    const finding = `The oldest transaction id is ${transactionAge} transactions old; at 2 billion the server stops writes.`;
    return check("settings", "fail", finding, "Run vacuum freeze, and end what keeps it from cleaning up.");
  }
  const notes = [
    ...(jit === "on" ? ["jit is on, which costs short statements tens of milliseconds"] : []),
    ...(idleTimeout === "0" ? ["idle_in_transaction_session_timeout is off"] : []),
  ];
  const finding = notes.length === 0 ? "The settings suit a store." : `Could be better: ${notes.join("; ")}.`;
  return check("settings", "ok", finding, notes.length === 0 ? null : "See docs/tuning.md.");
}

function checkReplication({ seesOthers }: DescribeServerRow, replicas: readonly ListReplicasRow[]): Check {
  if (replicas.length === 0) return check("replication", "ok", "No replica is connected.");
  const behind = replicas.filter(({ lagBytes }) => (lagBytes ?? 0) > lagBytesMax);
  if (behind.length > 0) {
    const names = behind.map(({ name, lagBytes }) => `${name} (${Math.round((lagBytes ?? 0) / 1024 / 1024)} MB)`);
    return check("replication", "warn", `Behind: ${names.join(", ")}.`, "Check the replica's disk and network.");
  }
  if (!seesOthers) {
    const finding = `${replicas.length} replicas are connected; the role may not see how far they are behind.`;
    return check("replication", "skipped", finding, "Grant pg_read_all_stats to the role to see it.");
  }
  return check(
    "replication",
    "ok",
    replicas.length === 1 ? "The replica keeps up." : `${replicas.length} replicas keep up.`,
  );
}
