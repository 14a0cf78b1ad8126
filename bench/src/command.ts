import { parseArgs } from "node:util";
import type { Size } from "./bench.ts";
import { benches } from "./benches.ts";
import { describeEnvironment } from "./environment.ts";
import { sectionOf, writeResult } from "./report.ts";
import type { AnyBench } from "./run.ts";
import { runBench } from "./runner.ts";
import { BenchServer } from "./server.ts";
import { type Target, unmeasured } from "./targets.ts";

/** Short enough for all benches in a quarter of an hour; for figures to be told, name a bench and give it longer. */
const full: Size = {
  name: "full",
  rounds: 3,
  areRoundsNamed: false,
  seconds: 0.5,
  warmUpSeconds: 0.2,
  jobs: 20_000,
  jobsOfLong: 200_000,
  endedJobs: 500_000,
  readyJobs: 100_000,
  tasks: 100_000,
  rows: 1_000_000,
  grownRows: 10_000_000,
  minutes: 30,
  blobMiB: 1024,
};
const quick: Size = {
  name: "quick",
  rounds: 1,
  areRoundsNamed: false,
  seconds: 0.2,
  warmUpSeconds: 0.05,
  jobs: 500,
  jobsOfLong: 1000,
  endedJobs: 5000,
  readyJobs: 1000,
  tasks: 2000,
  rows: 2000,
  grownRows: 20_000,
  minutes: 0.05,
  blobMiB: 16,
};

/** Runs the benches that the arguments name, and answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      rows: { type: "string" },
      minutes: { type: "string" },
      mib: { type: "string" },
    },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    console.error(`There is no bench ${unknown}: there are ${benches.map(({ name }) => name).join(", ")}.`);
    return 1;
  }
  const base = values.quick ? quick : full;
  const size: Size = {
    ...base,
    rounds: toNumber(values.rounds, base.rounds),
    areRoundsNamed: values.rounds !== undefined,
    seconds: toNumber(values.seconds, base.seconds),
    rows: toNumber(values.rows, base.rows),
    grownRows: toNumber(values.rows, base.grownRows),
    minutes: toNumber(values.minutes, base.minutes),
    blobMiB: toNumber(values.mib, base.blobMiB),
  };
  await runAll(positionals, size);
  return 0;
}

async function runAll(names: readonly string[], size: Size): Promise<void> {
  const log = (line: string): void => console.error(line);
  const chosen = benches.filter((each) => isChosen(each, names, size));
  for (const bench of chosen) if ("prepare" in bench) await bench.prepare?.(log);
  const server = await BenchServer.start();
  try {
    const environment = await describeEnvironment(server, size);
    const lost: Target[] = [];
    for (const bench of chosen) {
      const missing = "missing" in bench ? bench.missing?.() : undefined;
      if (missing !== undefined) {
        console.error(`${bench.name} is left out: ${missing}.`);
        continue;
      }
      const result = await runBench(bench, { server, size, log });
      console.log(sectionOf({ ...result, environment }));
      lost.push(...unmeasured(result));
      // What a quick run measures says nothing, so it never replaces what is stored.
      if (size.name === "full") console.error(`Written: ${writeResult(result, environment)}`);
    }
    if (lost.length > 0) {
      throw new Error(`No figure was found for ${lost.map(({ bench, what }) => `${bench}: ${what}`).join("; ")}.`);
    }
  } finally {
    await server.stop();
  }
}

function isChosen({ name, isLong }: AnyBench, names: readonly string[], size: Size): boolean {
  return names.length === 0 ? isLong === undefined || size.name === "quick" : names.includes(name);
}

function toNumber(given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (!(value > 0)) throw new RangeError(`The options take numbers above 0, not ${given}.`);
  return value;
}
