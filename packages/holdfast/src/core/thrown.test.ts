import { expect, test } from "vitest";
import { describeError } from "./thrown.ts";

test("an error keeps its name, message and stack", () => {
  const error = new RangeError("too far");
  expect(describeError(error)).toEqual({ name: "RangeError", message: "too far", stack: error.stack });
});

test("an error keeps its code, where that is text", () => {
  const codes = ["timed_out", 7].map((code) => describeError(Object.assign(new Error("x"), { code })).code);
  expect(codes).toEqual(["timed_out", undefined]);
});

test("anything else that is thrown is written as text", () => {
  expect(["text", 7n, null, undefined, Symbol("s")].map((thrown) => describeError(thrown).message)).toEqual([
    "text",
    "7",
    "null",
    "undefined",
    "Symbol(s)",
  ]);
});

test("what has no text is described all the same", () => {
  const hostile = {
    toString(): string {
      throw new Error("no");
    },
  };
  const error = Object.assign(new Error("x"), { message: hostile });
  for (const thrown of [Object.create(null), hostile, error, Proxy.revocable({}, {}).proxy]) {
    expect(describeError(thrown).message).toMatch(/./);
  }
  expect(describeError(Object.assign(new Error("x"), { message: 10n })).message).toBe("10");
});
