import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UnavailableError } from "../../core/errors.ts";
import { type Door, isAnswered, openDoor } from "./lock-door.ts";

const SOCKET_NAME = /^holdfast-(\d+)-[0-9a-f]{8}\.sock$/;
const NOTE_IN_MAKING = /^holdfast-.*\.sock\.new$/;

/** Names the socket of the process that holds the folder, so that a candidate can tell a holder from another candidate. */
const HOLDER_FILE = "holdfast.holder";

/** How often two processes that came at the same moment step back and retry before both are refused. */
const ATTEMPTS_MAX = 20;

/** The right of this process to open a folder alone. */
export interface FolderLock {
  release(): Promise<void>;
}

/** Whether a file in a data folder belongs to the lock, not to the database. */
export function isLockFile(name: string): boolean {
  return name === HOLDER_FILE || SOCKET_NAME.test(name) || NOTE_IN_MAKING.test(name);
}

/**
 * Takes the folder's lock, or throws an UnavailableError that names the process that holds it.
 *
 * The lock is a listening UNIX socket inside the folder. The kernel closes it with its process, however that ends. It also answers for
 * the process while it lives, even when its event loop is blocked. So no lock is left behind and none is lost. Being inside the folder,
 * it is the same for everyone, whatever path or mount leads there.
 *
 * Two takers never both win, because each first listens under its own name and only then looks for others: the later one sees the
 * earlier. Names are never reused, so removing a dead process's socket removes nobody else's.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  for (let attempt = 1; ; attempt += 1) {
    const name = `holdfast-${process.pid}-${randomBytes(4).toString("hex")}.sock`;
    const door = await openDoor(folder, name);
    const other = await livingOther(folder, name);
    // The name is gone if someone looked between bind and listen, when a socket looks dead: then nobody saw us.
    if (other === null && existsSync(join(folder, name))) return held(folder, name, door);
    await door.close();
    if (other !== null && (isHolder(folder, other) || attempt === ATTEMPTS_MAX)) throw inUse(folder, other);
    await pause(5 + Math.random() * 50);
  }
}

function held(folder: string, name: string, door: Door): FolderLock {
  const holderFile = join(folder, HOLDER_FILE);
  writeFileSync(holderFile, name);
  return {
    release: async () => {
      rmSync(holderFile, { force: true });
      await door.close();
    },
  };
}

/** The socket of another living process (or of this one: a folder is opened once), after removing dead ones. */
async function livingOther(folder: string, own: string): Promise<string | null> {
  for (const name of readdirSync(folder)) {
    if (name === own || !SOCKET_NAME.test(name)) continue;
    if (await isAnswered(folder, name)) return name;
    rmSync(join(folder, name), { force: true });
  }
  return null;
}

function isHolder(folder: string, name: string): boolean {
  try {
    return readFileSync(join(folder, HOLDER_FILE), "utf8") === name;
  } catch {
    return false;
  }
}

function inUse(folder: string, socket: string): UnavailableError {
  const pid = Number(SOCKET_NAME.exec(socket)?.[1]);
  const whose = pid === process.pid ? `this process (PID ${pid})` : `process PID ${pid}`;
  return new UnavailableError(
    `The folder ${folder} is in use by ${whose}; close that one, or use a server for several processes.`,
    { facts: { folder, pid } },
  );
}
