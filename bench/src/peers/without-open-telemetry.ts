import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { HoldfastModule, Release } from "./release.ts";

/** The release in this repository, installed where OpenTelemetry's API cannot be imported. */
export const withoutOpenTelemetry: Release = {
  name: "Holdfast, without OpenTelemetry's API",
  isOurs: false,
  load: async () => {
    home ??= installCopy();
    const from = (file: string): string => pathToFileURL(join(home ?? "", "dist", file)).href;
    const copy = (await import(from("index.js"))) as HoldfastModule;
    const { openTelemetry } = (await import(from("telemetry/open-telemetry.js"))) as {
      openTelemetry(this: void): unknown;
    };
    return {
      ...copy,
      openStore: async (options) => {
        const store = await copy.openStore(options);
        if (openTelemetry() !== null) throw new Error(`OpenTelemetry's API was found from ${home ?? ""}`);
        return store;
      },
    };
  },
};

let home: string | undefined;

/** Copies the built package outside of the repository, beside links to its dependencies, but not to the API. */
function installCopy(): string {
  const original = dirname(dirname(createRequire(import.meta.url).resolve("holdfast")));
  const own = createRequire(join(original, "package.json"));
  const { dependencies } = JSON.parse(readFileSync(join(original, "package.json"), "utf8")) as Manifest;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, "node_modules/holdfast");
  mkdirSync(copy, { recursive: true });
  for (const part of ["dist", "package.json"]) cpSync(join(original, part), join(copy, part), { recursive: true });
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    const installed = own.resolve.paths(name)?.map((path) => join(path, name));
    symlinkSync(installed?.find((path) => existsSync(path)) ?? missing(name), link);
  }
  return copy;
}

function missing(name: string): never {
  throw new Error(`The package ${name}, which holdfast needs, is not installed.`);
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}
