import { expect, test } from "vitest";
import { InvalidInputError } from "./errors.ts";
import { momentAfter, momentCursor, momentOf } from "./pages.ts";

test.each([
  ["0", "1970-01-01T00:00:00.000000Z"],
  ["1", "1970-01-01T00:00:00.000001Z"],
  ["-1", "1969-12-31T23:59:59.999999Z"],
  ["-62135596800000000", "0001-01-01T00:00:00.000000Z"],
  ["1790000000123456", "2026-09-21T14:13:20.123456Z"],
  // Beyond 2^53, where a number would lose the last digits.
  ["253402300799999999", "9999-12-31T23:59:59.999999Z"],
])("%s microseconds from 1970 are %s", (micros, moment) => {
  expect(momentOf(micros)).toBe(moment);
});

test.each([undefined, "", "x", "1e3", " 1", "-62135596800000001", "253402300800000000", "1234567890123456789"])(
  "%j is no moment of a cursor",
  (micros) => {
    expect(() => momentOf(micros)).toThrow(InvalidInputError);
  },
);

test("a cursor by moments is read as it was written", () => {
  const cursor = momentCursor({ micros: "-1", sequence: 7 });
  expect(momentAfter(cursor)).toEqual({ afterMoment: "1969-12-31T23:59:59.999999Z", afterSequence: 7 });
});
