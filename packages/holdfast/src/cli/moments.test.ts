import { expect, test } from "vitest";
import { formatAge, formatBytes, formatDuration, formatMoment } from "./moments.ts";

test.for([
  [0, "0ms"],
  [999, "999ms"],
  [1250, "1.2s"],
  [59_000, "59s"],
  [61_000, "1m 1s"],
  [3_600_000, "1h"],
  [90_000_000, "1d 1h"],
  [-5, "0ms"],
] as const)("%d ms is %s", ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text);
});

test("a time is absolute and relative, and past or future", () => {
  const at = new Date("2026-01-31T12:00:00.500Z");
  expect(formatMoment(at, at.getTime() + 61_000)).toBe("1m 1s ago, 2026-01-31 12:00:00Z");
  expect(formatAge(at, at.getTime() - 30_000)).toBe("in 30s");
  expect(formatMoment(null)).toBe("");
});

test.for([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 kB"],
  [50 * 1024 * 1024, "50 MB"],
  [2 ** 50, "1024 TB"],
] as const)("%d bytes are %s", ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text);
});
