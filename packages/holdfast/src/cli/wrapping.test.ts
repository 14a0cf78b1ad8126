import { expect, test } from "vitest";
import { wrapParts, wrapWords } from "./wrapping.ts";

test("lines break between words, and a word that is too long stays whole", () => {
  expect(wrapWords("one two three", 8)).toEqual(["one two", "three"]);
  expect(wrapWords("one extraordinarily two", 8)).toEqual(["one", "extraordinarily", "two"]);
  expect(wrapWords("one two three", Number.POSITIVE_INFINITY)).toEqual(["one two three"]);
});

test("paint takes no room", () => {
  expect(wrapParts(["\u001b[31mred\u001b[39m", "blue"], 10, " · ")).toEqual(["\u001b[31mred\u001b[39m · blue"]);
});
