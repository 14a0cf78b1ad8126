import { expect, test } from "vitest";
import { IdleDelay } from "./idle-delay.ts";

test("what is due later is waited for, at most as long as a poll", () => {
  const idle = new IdleDelay(2000);
  expect([{ inMs: 0.2 }, { inMs: 30 }, { inMs: 1e9 }, null].map((next) => idle.after(next))).toEqual([
    1, 30, 2000, 2000,
  ]);
});

test("what is overdue, and so locked, is looked for less and less often, until something else comes", () => {
  const idle = new IdleDelay(60_000);
  const waits = Array.from({ length: 7 }, () => idle.after({ inMs: -5 }));
  expect(waits).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
  idle.after(null);
  expect(idle.after({ inMs: 0 })).toBe(50);
  expect(new IdleDelay(20).after({ inMs: 0 })).toBe(20);
});

test("where something was found more is looked for soon, and then less and less often", () => {
  const idle = new IdleDelay(300);
  idle.found();
  expect([null, { inMs: 30 }, null, null, null].map((next) => idle.after(next))).toEqual([50, 30, 200, 300, 300]);
  idle.found();
  expect(idle.after({ inMs: 1e9 })).toBe(50);
  const quick = new IdleDelay(300, 20);
  quick.found();
  expect([null, null].map((next) => quick.after(next))).toEqual([20, 40]);
});

test("what is overdue is looked for at once where others have just been found, and then less and less often", () => {
  const idle = new IdleDelay(60_000);
  expect([idle.after({ inMs: 0 }), idle.after({ inMs: 0 })]).toEqual([50, 100]);
  idle.found();
  expect([idle.after({ inMs: 0 }), idle.after({ inMs: 0 }), idle.after({ inMs: 0 })]).toEqual([0, 50, 100]);
});
