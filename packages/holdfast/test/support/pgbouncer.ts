import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serverAccount } from "../../../../tools/servers/account.ts";
import { freePort } from "../../../../tools/servers/postgres.ts";

/** Why PgBouncer cannot be used on this machine; undefined where it can. */
export function missingPgbouncer(): string | undefined {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "PgBouncer is not installed (Debian's package pgbouncer)";
  }
}

// Debian installs it where only root looks.
const program = "pgbouncer";
process.env["PATH"] = `${process.env["PATH"] ?? ""}:/usr/sbin`;

/** A PgBouncer in transaction mode before a server, with few server sessions, so that clients meet each other's. */
export interface Pgbouncer {
  /** The same database, through it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer before the server that the URL names. */
export async function startPgbouncer(
  target: string,
  {
    ignores = "",
  }: { /** Start-up parameters that it drops instead of refusing the client. */ readonly ignores?: string } = {},
): Promise<Pgbouncer> {
  const { hostname, port, pathname, username, password } = new URL(target);
  const login = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  const account = serverAccount();
  const home = join(tmpdir(), `holdfast-pgbouncer-${randomUUID()}`);
  account.makeFolder(home);
  const own = await freePort();
  const settings = `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
auth_type = scram-sha-256
auth_file = ${home}/users.txt
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
unix_socket_dir =
ignore_startup_parameters = ${ignores}
logfile = ${home}/log
`;
  writeFileSync(join(home, "users.txt"), `${quoted(login.user)} ${quoted(login.password)}\n`, { mode: 0o644 });
  writeFileSync(join(home, "pgbouncer.ini"), settings, { mode: 0o644 });
  const child = spawn(program, [join(home, "pgbouncer.ini")], { ...account.ids, cwd: "/", stdio: "ignore" });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await reachable(own);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `postgres://${username}:${password}@127.0.0.1:${own}${pathname}`, stop };
}

function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
}
