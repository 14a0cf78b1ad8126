import { expect, test } from "vitest";
import { encodeParameter } from "./values.ts";

test("an array in binary holds each element behind its size, and NULL for what is null or undefined", () => {
  const elements = ["é", null, new Uint8Array([7, 8]), undefined, ""];
  const head = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0, 5, 0, 0, 0, 1];
  const none = [255, 255, 255, 255];
  const bytes = [...head, 0, 0, 0, 2, 0xc3, 0xa9, ...none, 0, 0, 0, 2, 7, 8, ...none, 0, 0, 0, 0];
  expect(encodeParameter(elements, "bytea")).toEqual(Buffer.from(bytes));
});

test.each([1, true, new Date(0)])("an array in binary refuses %s, which has no bytes", (element) => {
  expect(() => encodeParameter(["text", element], "json")).toThrow(TypeError);
});
