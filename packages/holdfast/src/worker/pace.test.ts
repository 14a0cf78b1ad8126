import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** A number of handlers end. */
function end(pace: Pace, count: number): void {
  for (let i = 0; i < count; i++) pace.count();
}

test("as many are claimed ahead as have ended in the last moment, within bounds", () => {
  const pace = new Pace();
  expect(pace.ahead(10, 1000)).toBe(10);
  end(pace, 30);
  expect(pace.ahead(10, 1020)).toBe(30);
  end(pace, 3000);
  expect(pace.ahead(10, 1060)).toBe(1000);
  expect(pace.ahead(5000, 1070)).toBe(5000);
});

test("what ended long ago, or all at once, says nothing of the pace", () => {
  const pace = new Pace();
  pace.ahead(10, 1000);
  end(pace, 400);
  expect(pace.ahead(10, 2000)).toBe(10);
  end(pace, 12);
  expect(pace.ahead(10, 2001)).toBe(12);
});
