import { expect, test } from "vitest";
import { checkAgainstModel } from "./check.ts";

test("jobs are after each step of thousands what a model of them in memory is", async () => {
  expect(await checkAgainstModel({ runs: 150, steps: 150, limitMs: 420_000 })).toBeGreaterThan(3000);
}, 600_000);
