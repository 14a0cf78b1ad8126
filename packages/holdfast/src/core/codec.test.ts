import { expect, test } from "vitest";
import { jsonCodec } from "./codec.ts";

test.each<[path: string, value: unknown]>([
  ["state", "ab".match(/a/)],
  ["state.a[0]", { a: [Object.assign([1], { extra: 1 })] }],
  ["state", Object.assign([1], { toJSON: () => 2 })],
  ["state[1]", [1, undefined]],
  ["state", Object.assign({ a: 1 }, { toJSON: () => 2 })],
])("plain JSON refuses at %s what it would change", (field, value) => {
  const refused = expect.objectContaining({ code: "invalid_input", facts: { field } });
  expect(() => jsonCodec.encode(value, "state")).toThrow(refused);
});

test("plain JSON keeps arrays of elements alone, and what is in a value more than once but not in itself", () => {
  const twice = [null];
  const value = [[], [1, "x", twice], { a: [], twice }];
  expect(jsonCodec.decode(jsonCodec.encode(value, "state"))).toStrictEqual(value);
});
