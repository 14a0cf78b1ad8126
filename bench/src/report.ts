import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import Chartscii from "chartscii";
import { benches } from "./benches.ts";
import type { Environment } from "./environment.ts";
import type { BenchResult, CaseResult, ContenderResult, Samples } from "./result.ts";
import type { Spread } from "./statistics.ts";

const FOLDER = join(import.meta.dirname, "../results");
const PAGE = join(FOLDER, "README.md");

/** A result, and where and with what it was measured. */
export interface StoredResult extends BenchResult {
  readonly environment: Environment;
}

/** Writes a bench's result, and the page of all results that there are; answers where the page is. */
export function writeResult(result: BenchResult, environment: Environment): string {
  mkdirSync(FOLDER, { recursive: true });
  const stored: StoredResult = { ...result, environment };
  writeFileSync(join(FOLDER, `${result.name}.json`), `${JSON.stringify(stored, null, 2)}\n`);
  writeFileSync(PAGE, pageOf(readResults()));
  return PAGE;
}

/** All results that are stored, in the order in which they are run. */
export function readResults(): readonly StoredResult[] {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(".json")) : [];
  const results = files.map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as StoredResult);
  const order = benches.map(({ name }) => name);
  return results.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

function pageOf(results: readonly StoredResult[]): string {
  const introduction = [
    "# Measured",
    "Written by `npm run bench`. Figures are medians of rounds, with the least and the greatest; ratios are made within a round. Only",
    "ratios of one run mean anything elsewhere: rates change with the machine and the hour.",
  ];
  return [...introduction.slice(0, 1), introduction.slice(1).join("\n"), ...results.map(sectionOf)].join("\n\n");
}

/** A bench as Markdown. */
export function sectionOf(result: StoredResult): string {
  const { name, measures, unit, cases, samples = [], environment } = result;
  return [
    `## ${name}`,
    measures,
    ...cases.map((each) => caseOf(each, unit)),
    ...samples.map(plotOf),
    `<details><summary>Measured with</summary>\n\n${environmentOf(environment)}\n\n</details>\n`,
  ].join("\n\n");
}

function caseOf({ name, contenders, referencePerSecond, oursToBestOther }: CaseResult, unit: string): string {
  const lead = oursToBestOther === null ? "" : ` Holdfast to the best of the others: **${times(oursToBestOther)}**.`;
  return [
    `### ${name}`,
    `The reference made ${rate(referencePerSecond)} a second.${lead}`,
    `${header(unit)}\n${contenders.map(rowOf).join("\n")}`,
    chartOf(contenders, unit),
  ].join("\n\n");
}

function header(unit: string): string {
  const columns = [
    "",
    `${unit} a second`,
    "to the reference",
    "took, p50 / p99",
    "client each",
    "statements each",
    "WAL each",
    "commits each",
    "dead rows each",
    "memory grew",
  ];
  return `| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`;
}

function rowOf({ name, isOurs, perSecond, toReference, latencyMs, cost, grewMiB }: ContenderResult): string {
  const latency = latencyMs === null ? "" : `${latencyMs.p50.toFixed(2)} / ${latencyMs.p99.toFixed(2)} ms`;
  const cells = [
    isOurs ? `**${name}**` : name,
    rate(perSecond),
    times(toReference),
    latency,
    known(cost?.clientMicros, (micros) => `${count(micros)} µs`),
    known(cost?.statements, (statements) => statements.toFixed(3)),
    cost === null ? "" : `${count(cost.walBytes)} B`,
    cost === null ? "" : cost.transactions.toFixed(3),
    cost === null ? "" : cost.deadRows.toFixed(2),
    grewMiB === null ? "" : `${count(grewMiB)} MiB`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Says a figure; nothing if it was not measured, or is absent from an older stored result. */
function known(figure: number | null | undefined, say: (figure: number) => string): string {
  return figure === null || figure === undefined ? "" : say(figure);
}

/** Rates as bars of text. */
export function chartOf(contenders: readonly ContenderResult[], unit: string): string {
  return barsOf(
    `${unit} a second`,
    contenders.map(({ name, perSecond }) => ({ label: name, value: rounded(perSecond.median) })),
  );
}

/** What was looked at again and again, as bars of text. */
export function plotOf({ what, at, values }: Samples): string {
  return barsOf(
    what,
    at.map((label, i) => ({ label, value: rounded(values[i] ?? 0) })),
  );
}

function barsOf(title: string, bars: readonly { readonly label: string; readonly value: number }[]): string {
  const chart = new Chartscii([...bars], { title, width: 60, char: "█", barSize: 1, valueLabels: true });
  const lines = stripVTControlCharacters(chart.create()).split("\n");
  return `\`\`\`text\n${lines.map((line) => line.trimEnd()).join("\n")}\n\`\`\``;
}

/** Where and with what it was measured, as a list. */
export function environmentOf(environment: Environment): string {
  const { machine, node, postgres, pgbench, packages, measuredAt, commit, reference, size } = environment;
  const pairs = (record: Readonly<Record<string, string>>): string =>
    Object.entries(record)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  return [
    `- ${measuredAt}, commit ${commit}; rounds: ${size.rounds}, with ${size.seconds} s of each contender after ${size.warmUpSeconds} s to warm up`,
    `- ${machine.cores} × ${machine.processor}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, load before ${machine.loadBefore.toFixed(2)}`,
    `- Node.js ${node}, PostgreSQL ${postgres.version} (${pairs(postgres.settings)})`,
    `- Reference: ${reference}; ${pgbench}`,
    `- ${pairs(packages)}`,
  ].join("\n");
}

function rate({ median, min, max }: Spread): string {
  return `${count(median)} (${count(min)} – ${count(max)})`;
}

function times({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} × (${min.toFixed(2)} – ${max.toFixed(2)})`;
}

function count(value: number): string {
  return rounded(value).toLocaleString("en-US");
}

/** Whole numbers, but for those so small that their fraction says something. */
function rounded(value: number): number {
  return value < 10 ? Math.round(value * 100) / 100 : Math.round(value);
}
