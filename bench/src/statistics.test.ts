import { expect, test } from "vitest";
import { percentile, spreadOf } from "./statistics.ts";

test("the median of an even number of values lies between the two in the middle", () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
});

test("percentiles sort numbers as numbers", () => {
  expect(percentile([100, 9, 80], 50)).toBe(80);
  expect(percentile([0, 10], 99)).toBeCloseTo(9.9);
});

test("no values have no percentile", () => {
  expect(() => percentile([], 50)).toThrow("no values");
});
