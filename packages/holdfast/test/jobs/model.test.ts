import { expect, test } from "vitest";
import { checkAgainstModel } from "./check.ts";

test("jobs are after each step of any sequence what a model of them in memory is", async () => {
  expect(await checkAgainstModel({ runs: 40, steps: 60, limitMs: 30_000 })).toBeGreaterThan(100);
}, 300_000);
