import { existsSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InvalidInputError } from "../../core/errors.ts";

/** The files that the embedded database needs beside the code of the program. */
export interface EmbeddedFiles {
  /** What the database's thread runs. */
  readonly worker: URL;
  /** PostgreSQL itself. */
  readonly wasm: URL;
}

/** This module in the package: built, or as the source that a loader such as tsx runs. */
const OWN_FILE = /\/database\/embedded\/embedded-files\.(js|ts)$/;

/**
 * Finds the files of the embedded database in this package. If this code is part of a bundle, finds them in the package `holdfast` that
 * the program can import.
 *
 * @throws InvalidInputError that says what to install or to leave out of the bundle.
 */
export function findEmbeddedFiles(field: string): EmbeddedFiles {
  // A CommonJS bundle has no import.meta.
  const own = (import.meta as Partial<ImportMeta>).url;
  const worker = workerBeside(own) ?? workerInPackages(own);
  if (worker === null) {
    throw new InvalidInputError(
      "The embedded database's files are not in the bundle: leave holdfast out of it (external), or put the packages holdfast and " +
        "@electric-sql/pglite into a folder node_modules beside it.",
      { facts: { field } },
    );
  }
  const pglite = resolveFrom(worker, "@electric-sql/pglite");
  if (pglite === null) {
    throw new InvalidInputError(
      "The embedded database needs the package @electric-sql/pglite: install it beside holdfast (npm install @electric-sql/pglite), " +
        "or name a server.",
      { facts: { field } },
    );
  }
  return { worker, wasm: new URL("./pglite.wasm", pglite) };
}

/** The worker beside this module, unless this is a bundle: a file of that name beside a bundle is the program's own. */
function workerBeside(own: string | undefined): URL | null {
  const [, extension] = OWN_FILE.exec(own ?? "") ?? [];
  if (extension === undefined) return null;
  const worker = new URL(`./worker.${extension}`, own);
  return existsSync(worker) ? worker : null;
}

/** The worker of the package `holdfast` that the bundle, the program or its folder can import. */
function workerInPackages(own: string | undefined): URL | null {
  const program = process.argv[1];
  const places = [own, program && pathToFileURL(program), pathToFileURL(join(process.cwd(), "program"))];
  for (const place of places) {
    const index = place === undefined || place === "" ? null : resolveFrom(place, "holdfast");
    if (index !== null) return new URL("./postgres/embedded/worker.js", index);
  }
  return null;
}

/** The main module of a package, as a program at `place` would import it. */
function resolveFrom(place: string | URL, name: string): URL | null {
  try {
    // webpack would replace createRequire by its plain name, and then finds only what is in the bundle.
    return pathToFileURL(Module.createRequire(place).resolve(name));
  } catch {
    return null;
  }
}
