import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest socket path that every system takes, in bytes: 104 with the closing NUL on macOS, 108 on Linux. */
const SOCKET_PATH_BYTES_MAX = 103;

/** The address under which a socket in a folder can be reached. */
export interface Door {
  readonly address: string;
  remove(): void;
}

/** An address for a socket in the folder. A path that is too long for the system is reached through a short-lived link. */
export function doorTo(folder: string, name: string): Door {
  const direct = join(folder, name);
  if (Buffer.byteLength(direct) <= SOCKET_PATH_BYTES_MAX) return { address: direct, remove: () => {} };
  const place = mkdtempSync(join(shortTemporaryFolder(), "hf-"));
  const link = join(place, randomBytes(2).toString("hex"));
  symlinkSync(folder, link);
  return { address: join(link, name), remove: () => rmSync(place, { recursive: true, force: true }) };
}

/** Whether a living process listens on the socket. Only a refusal or its absence says no; every doubt says yes. */
export async function isAnswered(folder: string, name: string): Promise<boolean> {
  const door = doorTo(folder, name);
  try {
    return await new Promise((resolve) => {
      const caller = connect(door.address);
      caller.once("connect", () => {
        caller.destroy();
        resolve(true);
      });
      caller.once("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
      });
    });
  } finally {
    door.remove();
  }
}

function shortTemporaryFolder(): string {
  const own = tmpdir();
  return own.length <= 40 ? own : "/tmp";
}
