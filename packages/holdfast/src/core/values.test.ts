import { expect, test } from "vitest";
import { encodeParameter } from "./values.ts";

test("an array in binary holds each element behind its size, and NULL for what is null or undefined", () => {
  const elements = ["é", null, new Uint8Array([7, 8]), undefined, ""];
  const head = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0, 5, 0, 0, 0, 1];
  const none = [255, 255, 255, 255];
  const bytes = [...head, 0, 0, 0, 2, 0xc3, 0xa9, ...none, 0, 0, 0, 2, 7, 8, ...none, 0, 0, 0, 0];
  expect(encodeParameter(elements, "bytea")).toEqual(Buffer.from(bytes));
});

test("an array of whole numbers holds each in eight bytes", () => {
  const head = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 5, 0, 0, 0, 1];
  const eight = [0, 0, 0, 8];
  const bytes = [...head, ...eight, 0, 0, 0, 1, 0, 0, 0, 2, ...eight, 255, 255, 255, 255, 255, 255, 255, 255];
  const rest = [255, 255, 255, 255, ...eight, 0, 31, 255, 255, 255, 255, 255, 255, ...eight, 0, 0, 0, 0, 0, 0, 0, 0];
  const given = [2 ** 32 + 2, -1, null, Number.MAX_SAFE_INTEGER, -0];
  expect(encodeParameter(given, "int8")).toEqual(Buffer.from([...bytes, ...rest]));
});

test.each([1.5, 2 ** 53, Number.NaN, "1", true])("an array of whole numbers refuses %s", (element) => {
  expect(() => encodeParameter([1, element], "int8")).toThrow(TypeError);
});

test.each([1, true, new Date(0)])("an array in binary refuses %s, which has no bytes", (element) => {
  expect(() => encodeParameter(["text", element], "json")).toThrow(TypeError);
});
