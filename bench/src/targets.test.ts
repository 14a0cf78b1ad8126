import { expect, test } from "vitest";
import type { BenchResult, CaseResult, ContenderResult } from "./result.ts";
import { targets, unmeasured } from "./targets.ts";

interface Measured {
  readonly name: string;
  readonly rate: number;
  readonly clientMicros?: number;
  readonly p50?: number;
}

function contenderOf({ name, rate, clientMicros = 0, p50 = 0 }: Measured): ContenderResult {
  const spread = { median: rate, min: rate, max: rate };
  return {
    name,
    isOurs: name.startsWith("Holdfast") && !name.includes("former release"),
    perSecond: spread,
    rounds: [rate],
    toReference: spread,
    latencyMs: { p50, p99: p50 },
    cost: { walBytes: 0, transactions: 0, deadRows: 0, statements: null, clientMicros },
    grewMiB: null,
  };
}

function caseOf(name: string, contenders: readonly Measured[]): CaseResult {
  const spread = { median: 1, min: 1, max: 1 };
  return { name, referencePerSecond: spread, contenders: contenders.map(contenderOf), oursToBestOther: null };
}

function resultOf(name: string, cases: readonly CaseResult[]): BenchResult {
  return { name, measures: "", unit: "jobs", cases };
}

function figureOf(result: BenchResult, what: string): number | null | undefined {
  return targets.find((target) => target.bench === result.name && target.what === what)?.measured(result);
}

const drained: readonly Measured[] = [
  { name: "Holdfast, 24 at once", rate: 90, clientMicros: 30 },
  { name: "Holdfast, 500 at once, prefetch 2000", rate: 80, clientMicros: 5 },
  { name: "Holdfast, 500 at once, prefetch 2000, snapshot held", rate: 60, clientMicros: 7 },
  { name: "Holdfast, former release, 500 at once, prefetch 2000", rate: 70 },
  { name: "pg-boss, batches of 1000, 2 at once", rate: 30 },
  { name: "pg-boss, batches of 1000, 2 at once, snapshot held", rate: 45 },
  { name: "graphile-worker, default, 24 at once", rate: 3 },
];
const drain = resultOf("drain", [
  caseOf("20,000 jobs, pushed in bulk", drained),
  caseOf("20,000 jobs, pushed one by one", drained.slice(1)),
]);

test("a drain is compared to peers, without held snapshots and without the former release", () => {
  expect(figureOf(drain, "pushed in bulk, to the best peer")).toBe(3);
  expect(figureOf(drain, "pushed in bulk, to graphile-worker's default")).toBe(30);
});

test("a drain with a held snapshot is compared to the same settings without", () => {
  expect(figureOf(drain, "pushed in bulk, snapshot held, to the same without")).toBe(0.75);
});

test("the client's time of a drain is that of the fastest settings, of each way to push", () => {
  expect(figureOf(drain, "pushed in bulk, processor time of the client a job")).toBe(30);
  expect(figureOf(drain, "pushed one by one, processor time of the client a job")).toBe(5);
});

test("latency is compared to the quickest peer", () => {
  const latency = resultOf("latency", [
    caseOf("1 worker", [
      { name: "Holdfast", rate: 1, p50: 1 },
      { name: "Holdfast, former release", rate: 1, p50: 0.5 },
      { name: "graphile-worker", rate: 1, p50: 4 },
      { name: "pg-boss", rate: 1, p50: 2 },
    ]),
  ]);
  expect(figureOf(latency, "the middle job, to the best peer")).toBe(0.5);
});

test("limits are compared to the former release", () => {
  const limits = resultOf("limits", [
    caseOf("all of them", [
      { name: "Holdfast", rate: 26 },
      { name: "former release", rate: 20 },
      { name: "without", rate: 40 },
    ]),
  ]);
  expect(figureOf(limits, "all of them, to the former release")).toBe(1.3);
});

test("a target whose case was renamed is found to have no figure", () => {
  expect(unmeasured(drain)).toEqual([]);
  const renamed = {
    ...drain,
    cases: drain.cases.map((each) => ({ ...each, name: each.name.replace("bulk", "sets") })),
  };
  expect(unmeasured(renamed).map(({ what }) => what)).toContain("pushed in bulk, to the best peer");
});
