/** Writes the page for users, our own, and the figures of the README from the results that are stored: `npm run bench:page`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartOf, environmentOf, plotOf, readResults, type StoredResult } from "./report.ts";
import { isMet, type Target, targets } from "./targets.ts";
import { headlinesOf, userPageOf } from "./user-page.ts";

const root = join(import.meta.dirname, "../..");

const introduction = `# Benchmarks

See everything that was measured beside our own targets. \`npm run bench:page\` writes this page from [the
results](../../bench/results/README.md), which also have spreads, latencies, and what each operation cost in log, commits and dead rows.
[Where the time goes](where-the-time-goes.md) says what stops us where a target is not met. [How fast it is](../performance.md) is the
page for users.

## How it is measured

On one PostgreSQL with \`fsync\` and \`synchronous_commit\` on for everybody. Each round begins with the reference, a \`pgbench\` upsert of
one row of 1 KB by 32 clients. Then every contender runs once, on a new database of its own. Ratios are made within a round, and their
median is given: rates change with the machine and the hour, ratios hardly. After every measurement the database is asked whether the
work was truly done.

Peers are at their newest version that installs, set as their documentation advises for throughput. Holdfast has its defaults unless a
name says otherwise, and keeps each job with its result. The former release is an earlier commit of Holdfast, measured in the same rounds.
The client's processor time is that of the bench's process, with all its threads. More in [bench/README.md](../../bench/README.md).`;

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

/** Replaces the first table below the line that introduces the figures. */
function withHeadlines(readme: string, results: readonly StoredResult[]): string {
  const written = readme.replace(/(?<=^Beside peers, .+\n\n)(?:\|.*\n)+/m, `${headlinesOf(results)}\n`);
  if (!written.includes(headlinesOf(results))) throw new Error("README.md has no table of figures any more.");
  return written;
}

const results = readResults();
const readme = join(root, "README.md");
const pages = new Map([
  [join(root, "docs/performance.md"), userPageOf(results)],
  [join(root, "docs/internals/benchmarks.md"), pageOf(results)],
  [readme, withHeadlines(readFileSync(readme, "utf8"), results)],
]);
for (const [page, text] of pages) {
  writeFileSync(page, text);
  console.log(`Written: ${page}`);
}
