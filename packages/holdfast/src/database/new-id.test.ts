import { afterEach, expect, test, vi } from "vitest";
import { newId } from "./new-id.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("ids are UUIDs of version 7, each greater than those before", () => {
  // More than there are random digits for at once, and than the part of the count that is written anew for each.
  const ids = Array.from({ length: 40_000 }, () => newId());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.toSorted()).toStrictEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test("ids are greater than those before also when the clock stands still or goes back", () => {
  const now = Date.now() + 1000;
  const clock = vi.spyOn(Date, "now").mockReturnValue(now);
  const ids = Array.from({ length: 40_000 }, (_, i) => {
    if (i === 20_000) clock.mockReturnValue(now - 500);
    return newId();
  });
  expect(ids.toSorted()).toStrictEqual(ids);
  expect(ids.every((id) => Number.parseInt(id.replace("-", "").slice(0, 12), 16) === now)).toBe(true);
});
