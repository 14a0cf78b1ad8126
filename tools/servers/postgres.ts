import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { installPostgres, type PostgresInstallation, type PostgresMajor, superuserPassword } from "./installation.ts";

export { POSTGRES_MAJORS, PostgresMissingError, type PostgresMajor } from "./installation.ts";

const START_TIMEOUT_MS = 30_000;
const PORT_ATTEMPTS = 5;
const LOG_BYTES_MAX = 2 ** 28;

/** What a throw-away server may be told. */
export interface PostgresOptions {
  readonly major: PostgresMajor;
  /** Server settings, as in postgresql.conf. `fsync` stays on unless it is turned off here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf, which come before those that ask everybody for a password by scram-sha-256. */
  readonly access?: readonly string[];
  /** Files to put into the data folder, such as a certificate and its key; only the server may read them. */
  readonly files?: Readonly<Record<string, string>>;
  /** The data folder of another server that is halted, to begin with a copy of it. */
  readonly copyOf?: string;
  /** A free port is found when none is given. */
  readonly port?: number;
}

/** A running server of the caller's own: one superuser `postgres` with a password, data in a temp folder. */
export interface PostgresServer {
  readonly major: PostgresMajor;
  /** The database `postgres`, as its superuser, with the password. */
  readonly url: string;
  readonly port: number;
  /** The postmaster's process id; it changes on `restart`. */
  readonly pid: number;
  readonly dataFolder: string;
  /** The server's log so far. */
  log(): string;
  /** Ends the server at once as `kill -9` would; the data stays for `restart`. */
  kill(): Promise<void>;
  /** Shuts down; the data stays for `restart`. */
  halt(): Promise<void>;
  /** Starts again on the same data and port, after `halt` or `kill`, or stopping first (a fast shutdown). */
  restart(): Promise<void>;
  /** Shuts down and removes the data. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Runs the server as a child that waits for the end of its own standard input. The pipe closes however the parent dies,
 * kill -9 included, so no server outlives the tests that started it; then the data is removed too.
 */
const WATCHDOG = `
home=$1; shift
exec 3<&0
"$@" -D "$home/data" </dev/null >>"$home/log" 2>&1 3<&- &
server=$!
( cat <&3; : >"$home/abandoned"; kill -QUIT $server ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher 2>/dev/null
if [ -e "$home/abandoned" ]; then rm -rf "$home"; fi
exit $status
`;

/** Starts a throw-away server; it accepts connections when the promise resolves (about 0.2 s after the first time). */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const installation = await installPostgres(options.major);
  for (let attempt = 1; ; attempt += 1) {
    const server = new ThrowAwayServer(installation, options, options.port ?? (await freePort()));
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Between finding a free port and using it, another process may have taken it.
      if (options.port !== undefined || attempt === PORT_ATTEMPTS || !server.portWasTaken) throw error;
    }
  }
}

class ThrowAwayServer implements PostgresServer {
  readonly major: PostgresMajor;
  readonly port: number;
  readonly url: string;
  readonly dataFolder: string;
  readonly #installation: PostgresInstallation;
  readonly #home: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #files: Readonly<Record<string, string>>;
  readonly #copyOf: string | undefined;
  #child: ChildProcess | undefined;
  #pid = 0;
  #log = "";

  constructor(installation: PostgresInstallation, options: PostgresOptions, port: number) {
    this.#installation = installation;
    this.#home = join(tmpdir(), `holdfast-server-${options.major}-${randomUUID()}`);
    this.#settings = options.settings ?? {};
    this.#files = { ...options.files, "pg_hba.conf": accessRules(options.access ?? []) };
    this.#copyOf = options.copyOf;
    this.major = options.major;
    this.port = port;
    this.url = `postgres://postgres:${encodeURIComponent(superuserPassword)}@127.0.0.1:${port}/postgres`;
    this.dataFolder = join(this.#home, "data");
  }

  get pid(): number {
    return this.#pid;
  }

  get portWasTaken(): boolean {
    return this.log().includes("could not bind");
  }

  log(): string {
    const file = join(this.#home, "log");
    // What hostile tests make a server say for minutes is more than a string holds, and than anybody reads.
    if (existsSync(file) && statSync(file).size < LOG_BYTES_MAX) this.#log = readFileSync(file, "utf8");
    return this.#log;
  }

  async start(): Promise<void> {
    const { account, template, postgres } = this.#installation;
    if (!existsSync(this.#home)) {
      account.makeFolder(this.#home);
      await promisify(execFile)("cp", ["-a", "--reflink=auto", this.#copyOf ?? template, this.dataFolder], account.ids);
      for (const [name, text] of Object.entries(this.#files)) account.writeFile(join(this.dataFolder, name), text);
    }
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      shared_buffers: "64MB",
      max_connections: "200",
      port: String(this.port),
      ...this.#settings,
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const args = ["-c", WATCHDOG, "sh", this.#home, postgres, ...flags];
    // Detached, so that an interrupt from the terminal reaches the parent only, and the pipe does the rest.
    const predecessor = postmasterLines(this.dataFolder)[0];
    this.#pid = 0;
    const child = spawn("/bin/sh", args, {
      ...account.ids,
      cwd: "/",
      detached: true,
      env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", TZ: "UTC" },
      stdio: ["pipe", "ignore", "ignore"],
    });
    // The watchdog must not keep the parent alive: a script that forgets stop() still ends, and the server with it.
    child.unref();
    this.#child = child;
    await this.#ready(child, predecessor);
  }

  async #ready(child: ChildProcess, predecessor: string | undefined): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`PostgreSQL ${this.major} did not start:\n${this.log().slice(-2000)}`);
      }
      const lines = postmasterLines(this.dataFolder);
      // Line 8 is the postmaster's status; the file of a killed predecessor names another process.
      if (lines[7]?.trim() === "ready" && lines[0] !== predecessor) {
        this.#pid = Number(lines[0]);
        return;
      }
      await sleep(5);
    }
    throw new Error(`PostgreSQL ${this.major} was not ready after ${START_TIMEOUT_MS} ms:\n${this.log().slice(-2000)}`);
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async halt(): Promise<void> {
    await this.#end("SIGINT");
  }

  async restart(): Promise<void> {
    await this.#end("SIGINT");
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      try {
        await this.start();
        return;
      } catch (error) {
        // After kill, the backends hold the old shared memory until they notice; PostgreSQL refuses to start beside them.
        const busy = /pre-existing shared memory block|could not bind/.test(this.log().slice(-2000));
        if (!busy || Date.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }

  async stop(): Promise<void> {
    await this.#end("SIGINT");
    this.log();
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.ref();
    if (this.#pid === 0) child.stdin?.end();
    else process.kill(this.#pid, signal);
    await ended;
  }
}

/** The access rules; the first line that fits counts. */
function accessRules(first: readonly string[]): string {
  const others = ["all", "replication"].map((database) => `host ${database} all samehost scram-sha-256`);
  return `${[...first, ...others, "local all all scram-sha-256"].join("\n")}\n`;
}

function postmasterLines(dataFolder: string): readonly string[] {
  try {
    return readFileSync(join(dataFolder, "postmaster.pid"), "utf8").split("\n");
  } catch (error) {
    // A server that starts removes the file of a killed predecessor at any moment.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A TCP port on loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port is free");
  return address.port;
}
