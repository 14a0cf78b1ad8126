import { expect, test } from "vitest";
import { compareLines, foldLines } from "./diff-lines.ts";
import { tokensOf } from "./json-lines.ts";

test("the pieces of a line are its whole text, each by what it is", () => {
  const line = '    "a\\"b": [-1.5e3, "x: 1", true, null],';
  const tokens = tokensOf(line);
  expect(tokens.map(({ text }) => text).join("")).toBe(line);
  expect(tokens.filter(({ kind }) => kind !== "mark")).toEqual([
    { kind: "key", text: '"a\\"b"' },
    { kind: "number", text: "-1.5e3" },
    { kind: "string", text: '"x: 1"' },
    { kind: "word", text: "true" },
    { kind: "word", text: "null" },
  ]);
});

test("text that is no JSON stays as it is", () => {
  for (const line of ["<script>alert(1)</script>", '"cut off at the previ', "日本 ☃", ""]) {
    expect(
      tokensOf(line)
        .map(({ text }) => text)
        .join(""),
    ).toBe(line);
  }
});

test("a comparison numbers the lines of both texts", () => {
  expect(compareLines("a\nb\nc\n", "a\nx\nc\n")).toEqual([
    { kind: "same", text: "a", before: 1, after: 1 },
    { kind: "removed", text: "b", before: 2, after: null },
    { kind: "added", text: "x", before: null, after: 2 },
    { kind: "same", text: "c", before: 3, after: 3 },
  ]);
});

test("long equal stretches are folded until they are opened", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`);
  const compared = compareLines(lines.join("\n"), lines.with(20, "changed").join("\n"));
  const folded = foldLines(compared, new Set());
  expect(folded.filter(({ kind }) => kind === "fold")).toEqual([
    { kind: "fold", from: 0, count: 17 },
    { kind: "fold", from: 22, count: 16 },
  ]);
  expect(folded).toHaveLength(2 + 3 + 2 + 3);
  expect(foldLines(compared, new Set([0, 22]))).toEqual(compared);
});

test("texts without a common line count as replaced, in bounded time", () => {
  const text = (prefix: string): string => Array.from({ length: 20_000 }, (_, i) => `${prefix}${i}`).join("\n");
  const compared = compareLines(text("a"), text("b"));
  expect(compared).toHaveLength(40_000);
  expect(compared[0]?.kind).toBe("removed");
});
