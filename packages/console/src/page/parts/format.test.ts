import { expect, test } from "vitest";
import { formatAgo, formatBytes, formatCount, formatDuration, formatRate } from "./format.ts";

test("durations have at most two units", () => {
  expect([0, 840, 1240, 12_400, 185_000, 7_800_000, 93 * 3_600_000, -1500].map(formatDuration)).toEqual([
    "0 ms",
    "840 ms",
    "1.24 s",
    "12.4 s",
    "3 m 05 s",
    "2 h 10 m",
    "3 d 21 h",
    "−1.50 s",
  ]);
});

test("times are told from now, both ways", () => {
  expect([9_600, 10_400, 5_000, 200_000].map((at) => formatAgo(at, 10_000))).toEqual([
    "now",
    "now",
    "5 s ago",
    "in 3 m",
  ]);
});

test("numbers and sizes have as many digits as a reader needs", () => {
  expect([0, 99_999, 982_310, 3_204_991, 32_049_910].map(formatCount)).toEqual([
    "0",
    "99,999",
    "982k",
    "3.20M",
    "32.0M",
  ]);
  expect([0, 512, 1434, 20 * 2 ** 20].map(formatBytes)).toEqual(["0 B", "512 B", "1.4 KB", "20 MB"]);
  expect([0, 0.25, 3.42, 120].map(formatRate)).toEqual(["0", "0.25", "3.4", "120"]);
});
