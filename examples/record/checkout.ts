import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCRATCH } from "./steps.ts";

/** The project as it was committed, in an empty folder, where nothing is built yet. */
export interface Checkout {
  readonly folder: string;
  /** Paths of the committed files. */
  readonly files: readonly string[];
}

/** Makes the empty folder that the first step fills, with the packages that are installed in the project. */
export function prepareCheckout(project: string, commit: string): Checkout {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-record-"));
  mkdirSync(join(folder, SCRATCH));
  linkPackages(join(project, "node_modules"), join(folder, "node_modules"));
  return { folder, files: git(project, ["ls-tree", "-r", "--name-only", commit]).split("\n") };
}

function linkPackages(installed: string, linked: string): void {
  mkdirSync(linked);
  for (const name of readdirSync(installed)) {
    const path = join(installed, name);
    // The workspace's own packages are links already, and mean those of the copy there. Caches are not packages.
    const target = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : path;
    if (name.startsWith("@")) linkPackages(path, join(linked, name));
    else if (name === ".bin" || !name.startsWith(".")) symlinkSync(target, join(linked, name));
  }
}

/** The full name of a commit. */
export function resolveCommit(project: string, commit: string): string {
  return git(project, ["rev-parse", "--verify", `${commit}^{commit}`]);
}

function git(project: string, words: readonly string[]): string {
  return execFileSync("git", [...words], { cwd: project, encoding: "utf8" }).trim();
}
