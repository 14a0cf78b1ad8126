import { expect, test } from "vitest";
import { findJsonFault, parseJson } from "./parse-json.ts";

const VALID = ["{}", "[]", ' [1, -2.5e3, "a\\u00e9\\n", true, null] ', '{"a": {"b": [[], {}]}, "": 0}', '"x"', "0"];

test.for(VALID)("%s has no fault", (text) => {
  expect(() => parseJson(text)).not.toThrow();
  expect(findJsonFault(text)).toEqual({ at: text.length, found: null });
});

test("a text that is cut anywhere ends too early, or is whole", () => {
  for (const whole of VALID) {
    const cuts = Array.from({ length: whole.length }, (_, i) => whole.slice(0, i + 1)).filter(
      (cut) => cut.trim() !== "",
    );
    expect(cuts.map(findJsonFault)).toEqual(cuts.map(({ length }) => ({ at: length, found: null })));
  }
});

const INVALID = [
  ['{"a" 1}', 5, '"1"'],
  ["{'a': 1}", 1, `"'"`],
  ['{"a": nope}', 6, '"nope"'],
  ['{"runtime": NaN}', 12, '"NaN"'],
  ['{"a": 01}', 6, '"01"'],
  ['{"a": tru, "b": 1}', 6, '"tru"'],
  ["[1,]", 3, '"]"'],
  ['{"a": 1,}', 8, '"}"'],
  ["[1}", 2, '"}"'],
  ["{} {}", 3, '"{"'],
  ["1 2", 2, '"2"'],
  ["[1 2]", 3, '"2"'],
  ["]", 0, '"]"'],
  ["[,1]", 1, '","'],
  ['{"a": 1, 2: 3}', 9, '"2"'],
  ['["a\\x41bcd"]', 3, String.raw`"\\x"`],
  ['["a\nb"]', 3, String.raw`"\n" inside a text`],
  ["// no comments\n{}", 0, '"/"'],
] as const;

test.for(INVALID)("%s is not JSON from offset %i on, at %s", ([text, at, found]) => {
  expect(() => parseJson(text)).toThrow(/^is not JSON/);
  expect(findJsonFault(text)).toEqual({ at, found });
});

test("a fault is told by line and column", () => {
  expect(() => parseJson('{\n  "a": 1\n  "b": 2\n}')).toThrow(
    `is not JSON, for line 3, column 3 has "\\"": correct it or record it again`,
  );
  expect(() => parseJson('{\n  "a": [1,\n')).toThrow(
    "ends too early, at line 3, column 1: it was cut short, so record or copy it again",
  );
  expect(() => parseJson("hello")).toThrow(`is not JSON, for it begins with "hello": name a recording in WfFormat 1.5`);
});

test("a long text and deep brackets are looked through without a stack", () => {
  const text = `[${"[".repeat(1_000_000)}"${"x".repeat(5_000_000)}"`;
  expect(findJsonFault(text)).toEqual({ at: text.length, found: null });
});
