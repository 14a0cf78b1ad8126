import { lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest socket path that every system takes, in bytes: 104 with the closing NUL on macOS, 108 on Linux. */
const SOCKET_PATH_BYTES_MAX = 103;

/** The errors of listening in a folder whose file system has no sockets, as on some network and desktop mounts. */
const NO_SOCKETS_HERE: ReadonlySet<string | undefined> = new Set([
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
  "EINVAL",
  "ENOSYS",
]);

/** A listening socket that everybody who sees the folder can find there by its name. */
export interface Door {
  /** Stops listening and removes the name. */
  close(): Promise<void>;
}

/** Listens in the folder. If it cannot hold a socket, listens elsewhere, with a note in the folder that says where. */
export async function openDoor(folder: string, name: string): Promise<Door> {
  const path = join(folder, name);
  if (process.platform === "win32") return openElsewhere(`\\\\.\\pipe\\${name}`, path);
  const way = shortWay(folder, name);
  try {
    const server = await listen(way.address);
    return { close: () => shut(server, path) };
  } catch (error) {
    if (error instanceof Error && "code" in error && NO_SOCKETS_HERE.has(String(error.code))) {
      return await openElsewhere(join(shortTemporaryFolder(), name), path);
    }
    throw error;
  } finally {
    // A listening socket is found by its own name; the link to it is no longer needed.
    way.remove();
  }
}

/** Whether a living process listens behind the name. Only a refusal or absence means no; any doubt means yes. */
export async function isAnswered(folder: string, name: string): Promise<boolean> {
  const path = join(folder, name);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (found.isFile()) {
    const address = readNote(path);
    return address !== null && isAnsweredAt(address);
  }
  const way = shortWay(folder, name);
  try {
    return await isAnsweredAt(way.address);
  } finally {
    way.remove();
  }
}

/** Reads a note; null if its writer has removed it since it was found. */
function readNote(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function openElsewhere(address: string, note: string): Promise<Door> {
  const server = await listen(address);
  // Renamed into place, so that nobody reads half an address.
  writeFileSync(`${note}.new`, address);
  renameSync(`${note}.new`, note);
  return { close: () => shut(server, note) };
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((caller) => caller.destroy());
    server.once("error", reject);
    // The lock alone is no reason to keep the process alive.
    server.listen(address, () => resolve(server.unref()));
  });
}

async function shut(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function isAnsweredAt(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const caller = connect(address);
    caller.once("connect", () => {
      caller.destroy();
      resolve(true);
    });
    caller.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

/** An address for the socket. A path that is too long for the system is reached through a short-lived link. */
function shortWay(folder: string, name: string): { readonly address: string; remove(): void } {
  const direct = join(folder, name);
  if (Buffer.byteLength(direct) <= SOCKET_PATH_BYTES_MAX) return { address: direct, remove: () => {} };
  const place = mkdtempSync(join(shortTemporaryFolder(), "hf-"));
  symlinkSync(folder, join(place, "d"));
  return { address: join(place, "d", name), remove: () => rmSync(place, { recursive: true, force: true }) };
}

function shortTemporaryFolder(): string {
  const own = tmpdir();
  return Buffer.byteLength(own) <= 40 ? own : "/tmp";
}
