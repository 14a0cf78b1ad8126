import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BenchResult, ContenderResult } from "./result.ts";
import { headlinesOf, userPageOf } from "./user-page.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "bench/results");
const stored = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as BenchResult);

function contenderOf(name: string, rate: number): ContenderResult {
  const spread = { median: rate, min: rate, max: rate };
  const nothing = { latencyMs: null, cost: null, grewMiB: null };
  return { name, isOurs: false, perSecond: spread, rounds: [rate], toReference: spread, ...nothing };
}

/** Text as it was before the formatter aligned its tables. */
function unaligned(text: string): string {
  return text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
}

test("the page for users and the README show the stored results", () => {
  const written = (path: string): string => unaligned(readFileSync(join(root, path), "utf8"));
  expect(written("docs/performance.md")).toBe(unaligned(userPageOf(stored)));
  expect(written("README.md")).toContain(unaligned(headlinesOf(stored)));
});

test("every cell of a queue has a figure, so that no case was renamed", () => {
  const rows = userPageOf(stored).match(/^\| (?:\*\*Holdfast\*\*|graphile-worker|pg-boss).*$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter((row) => row.includes("–"))).toEqual([]);
});

test("a row shows the best of its contenders, without the former release and without a held snapshot", () => {
  const contenders = [
    contenderOf("Holdfast, 24 at once", 1000),
    contenderOf("Holdfast, 500 at once", 2000),
    contenderOf("Holdfast, 500 at once, snapshot held", 3000),
    contenderOf("Holdfast, former release", 4000),
  ];
  const spread = { median: 1, min: 1, max: 1 };
  const cases = [{ name: "jobs, pushed in bulk", referencePerSecond: spread, contenders, oursToBestOther: null }];
  const page = userPageOf([{ name: "drain-long", measures: "", unit: "jobs", cases }]);
  expect(page).toContain("| **Holdfast** | 2,000 | – |");
  expect(page).toContain("| **Holdfast**, beside an old snapshot | 3,000 | – |");
});
