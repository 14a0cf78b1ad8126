import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cephConfiguration, cephPrograms, cephScript } from "./ceph.ts";
import { freePort } from "./postgres.ts";

const START_TIMEOUT_MS = 60_000;

/** A running S3 server of the caller's own, with one account and no buckets; what it keeps is in memory. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Ends the part that speaks S3, at once, as `kill -9` would. */
  kill(): void;
  /** Ends all of it and removes its files. May be called twice. */
  stop(): Promise<void>;
}

// Debian installs some of the programs where only root looks.
const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C.UTF-8", TZ: "UTC" };

/** Why an S3 server cannot be started on this machine; undefined where it can. */
export function missingS3(): string | undefined {
  try {
    execFileSync("which", cephPrograms, { env, stdio: "ignore" });
    return undefined;
  } catch {
    return "radosgw is not installed (Debian's packages radosgw, ceph-mon, ceph-osd, ceph-common)";
  }
}

/**
 * Starts a throw-away S3 server: Ceph's, of one node, on loopback, in about four seconds. It dies with its parent, however that
 * dies, for its shell waits for the end of its standard input.
 */
export async function startS3(): Promise<S3Server> {
  const home = join(tmpdir(), `holdfast-s3-${randomUUID()}`);
  for (const folder of ["", "mon", "osd", "rgw", "run", "log"]) mkdirSync(join(home, folder), { mode: 0o700 });
  const keys = { accessKeyId: randomBytes(8).toString("hex"), secretAccessKey: randomBytes(16).toString("hex") };
  const port = await freePort();
  const monitorPorts = [await freePort(), await freePort()] as const;
  writeFileSync(join(home, "ceph.conf"), cephConfiguration({ home, port, monitorPorts }));
  // Detached, so that it is the leader of a process group that can be ended as one.
  const child = spawn("bash", ["-c", cephScript, "bash", home, monitorPorts.join(" "), ...Object.values(keys)], {
    cwd: "/",
    detached: true,
    env,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.ref();
      child.stdin?.end();
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await ready(child, home);
  } catch (error) {
    await stop();
    throw error;
  }
  const kill = (): void => {
    process.kill(Number(readFileSync(join(home, "radosgw.pid"), "utf8")), "SIGKILL");
  };
  return { endpoint: `http://127.0.0.1:${port}`, ...keys, kill, stop };
}

async function ready(child: ChildProcess, home: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!existsSync(join(home, "ready"))) {
    const log = join(home, "log/start");
    if (existsSync(join(home, "failed")) || child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`The S3 server did not start:\n${existsSync(log) ? readFileSync(log, "utf8").slice(-2000) : ""}`);
    }
    await sleep(50);
  }
}
