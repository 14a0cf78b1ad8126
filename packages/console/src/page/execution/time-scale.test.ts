import { expect, test } from "vitest";
import { marksOf, placeIn, shift, zoom } from "./time-scale.ts";

const bounds = { from: 1000, to: 2000 };

test("a span is placed in percent of the window, and cut at its ends", () => {
  expect(placeIn(bounds, 1250, 1500)).toEqual({ left: 25, width: 25 });
  expect(placeIn(bounds, 500, 1500)).toEqual({ left: 0, width: 50 });
  expect(placeIn(bounds, 100, 900)).toBeNull();
});

test("marks are round distances from the origin, and no more than fit", () => {
  expect(marksOf({ from: 0, to: 60_000 }, 0, 6)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  expect(marksOf({ from: 1300, to: 1700 }, 1000, 4)).toEqual([300, 400, 500, 600, 700]);
  expect(marksOf({ from: 0, to: 40 * 86_400_000 }, 0, 4)).toHaveLength(5);
});

test("zooming and shifting stay within the bounds", () => {
  expect(zoom(bounds, 0.5, bounds)).toEqual({ from: 1250, to: 1750 });
  expect(zoom({ from: 1250, to: 1750 }, 4, bounds)).toEqual(bounds);
  expect(shift({ from: 1000, to: 1500 }, -0.5, bounds)).toEqual({ from: 1000, to: 1500 });
  expect(shift({ from: 1000, to: 1500, origin: 1000 }, 0.5, bounds)).toEqual({ from: 1250, to: 1750, origin: 1000 });
});
