/** Writes docs/performance.md from the results that are stored: `npm run bench:page`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartOf, environmentOf, plotOf, readResults, type StoredResult } from "./report.ts";
import { isMet, type Target, targets } from "./targets.ts";

const page = join(import.meta.dirname, "../../docs/performance.md");

const introduction = `# How fast it is

Written by \`npm run bench:page\` from [the results](../bench/results/README.md) that \`npm run bench\` stores, with everything that
was measured: spreads, latencies, and what each operation cost in log, commits and dead rows. What stops it where a target is not met
is in [where the time goes](where-the-time-goes.md), and how to make it faster where you are in [tuning](tuning.md).

## How it is measured

On one PostgreSQL with \`fsync\` and \`synchronous_commit\` on for everybody. In rounds: in each the reference, a \`pgbench\` upsert of
one row of 1 KB by 32 clients, and then every contender once, on a new database of its own. Ratios are made within a round, and their
median is given, for rates change with the machine and the hour, and ratios hardly. After every measurement the database is asked
whether the work was truly done. Peers are at their newest version that installs, set as their documentation advises for throughput;
Holdfast has its defaults unless a name says otherwise, and keeps each job with its result. The former release is an earlier
commit of Holdfast, measured in the same rounds. The client's processor time is that of the bench's process, with all its threads. More in
[bench/README.md](../bench/README.md).`;

function pageOf(results: readonly StoredResult[]): string {
  const sections = results.map(sectionOf);
  const [first] = results;
  const measured = first === undefined ? [] : [`## Measured with\n\n${environmentOf(first.environment)}`];
  return `${[introduction, "## Targets", tableOf(results), ...sections, ...measured].join("\n\n")}\n`;
}

function tableOf(results: readonly StoredResult[]): string {
  const rows = targets.flatMap((target) => {
    const result = results.find(({ name }) => name === target.bench);
    const figure = result === undefined ? null : target.measured(result);
    return figure === null ? [] : [rowOf(target, figure)];
  });
  return ["|  | figure | target | measured |  |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

function rowOf(target: Target, figure: number): string {
  const { bench, what, bound, value, unit } = target;
  const cells = [
    `[${bench}](#${bench})`,
    what,
    `${bound} ${value.toLocaleString("en-US")} ${unit}`,
    `${rounded(figure)} ${unit}`,
    isMet(target, figure) ? "met" : "not met",
  ];
  return `| ${cells.join(" | ")} |`;
}

function rounded(figure: number): string {
  return figure.toLocaleString("en-US", figure < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
}

function sectionOf({ name, measures, unit, cases, samples = [] }: StoredResult): string {
  const charts = cases.map((each) => `${each.name}:\n\n${chartOf(each.contenders, unit)}`);
  return [`## ${name}`, measures, ...charts, ...samples.map(plotOf)].join("\n\n");
}

writeFileSync(page, pageOf(readResults()));
console.log(`Written: ${page}`);
