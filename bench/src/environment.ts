import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import type { Size } from "./bench.ts";
import { pgbenchProgram, referenceName } from "./reference.ts";
import type { BenchServer } from "./server.ts";

/** Where and with what a result was measured. */
export interface Environment {
  readonly measuredAt: string;
  readonly commit: string;
  readonly size: Size;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly kernel: string;
    /** Of the minute before: above 0 at the start, the machine had other things to do. */
    readonly loadBefore: number;
  };
  readonly node: string;
  readonly postgres: { readonly version: string; readonly settings: Readonly<Record<string, string>> };
  readonly reference: string;
  readonly pgbench: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** Finds out what there is. */
export async function describeEnvironment(server: BenchServer, size: Size): Promise<Environment> {
  const processors = cpus();
  return {
    measuredAt: new Date().toISOString(),
    size,
    commit: execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    }).trim(),
    machine: {
      processor: processors[0]?.model ?? "unknown",
      cores: processors.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      loadBefore: loadavg()[0] ?? Number.NaN,
    },
    node: process.version,
    postgres: await server.describe(),
    reference: referenceName,
    pgbench: execFileSync(pgbenchProgram(), ["--version"], { encoding: "utf8" }).trim(),
    packages: packageVersions(),
  };
}

function packageVersions(): Readonly<Record<string, string>> {
  const { dependencies } = manifest("../package.json");
  const peers = Object.keys(dependencies ?? {}).map((name) => [name, `../node_modules/${name}/package.json`] as const);
  const all = [["holdfast", "../../packages/holdfast/package.json"] as const, ...peers];
  return Object.fromEntries(all.map(([name, file]) => [name, manifest(file).version ?? "unknown"]));
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifest(file: string): Manifest {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as Manifest;
}
