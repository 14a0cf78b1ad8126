import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The files of the page. */
export interface PageFiles {
  /** The page itself, for a console at this path; null if it was not built. */
  indexFor(basePath: string): string | null;
  /** The file of a path below the console; null if the page has none. */
  file(path: string): PageFile | null;
}

/** One file of the page. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Whether its name changes with its contents, so that it can be stored for ever. */
  readonly isImmutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
};

const builtFolder = fileURLToPath(new URL("page/", import.meta.url));

/**
 * The files that are in the page's folder now. Nothing else is ever read, whatever a request asks for: a path only picks from this list.
 */
export function pageFiles(folder: string = builtFolder): PageFiles {
  const names = listed(folder);
  const read = new Map<string, PageFile>();
  return {
    indexFor: (basePath) => {
      if (!names.has("index.html")) return null;
      // Checked to hold only letters, digits, ".", "_", "~", "-" and "/".
      return readFileSync(join(folder, "index.html"), "utf8").replace('<base href="/"', `<base href="${basePath}/"`);
    },
    file: (path) => {
      const name = path.slice(1);
      const type = types[name.split(".").at(-1) ?? ""];
      if (!names.has(name) || name === "index.html" || type === undefined) return null;
      const known = read.get(name);
      if (known !== undefined) return known;
      const bytes = new Uint8Array(readFileSync(join(folder, name)));
      const file = { bytes, type, isImmutable: name.startsWith("assets/") };
      read.set(name, file);
      return file;
    },
  };
}

/** The names of the page's files, relative to their folder. Links and hidden files are left out. */
function listed(folder: string): ReadonlySet<string> {
  if (!existsSync(folder)) return new Set();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return new Set(names.filter((name) => !/(^|\/)\./.test(name)));
}
