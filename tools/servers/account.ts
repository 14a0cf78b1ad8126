import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

/** The operating system's account that a test server runs as. */
export interface ServerAccount {
  readonly name: string;
  /** What to give `spawn`: empty when the server runs as the caller. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** Makes a folder that only this account can read, as PostgreSQL demands of its data. */
  makeFolder(path: string): void;
  /** Writes a file that only this account can read. */
  writeFile(path: string, text: string): void;
}

/** PostgreSQL refuses to run as root, so root starts it as `postgres` or, without that account, as `nobody`. */
export function serverAccount(): ServerAccount {
  if (process.getuid?.() !== 0) {
    return {
      name: "self",
      ids: {},
      makeFolder: (path) => mkdirSync(path, { mode: 0o700 }),
      writeFile: (path, text) => writeFileSync(path, text, { mode: 0o600 }),
    };
  }
  const found = accountNamed("postgres") ?? accountNamed("nobody");
  if (found === undefined) throw new Error("there is neither an account postgres nor nobody to run PostgreSQL as");
  const makeFolder = (path: string): void => {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, found.uid, found.gid);
  };
  const writeFile = (path: string, text: string): void => {
    writeFileSync(path, text, { mode: 0o600 });
    chownSync(path, found.uid, found.gid);
  };
  return { name: found.name, ids: { uid: found.uid, gid: found.gid }, makeFolder, writeFile };
}

function accountNamed(name: string): { name: string; uid: number; gid: number } | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}
