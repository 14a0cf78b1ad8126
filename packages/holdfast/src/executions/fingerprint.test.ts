import { describe, expect, test } from "vitest";
import { fingerprintOf } from "./fingerprint.ts";

const definition = { definitionName: "n", definitionVersion: "1" };

describe("a fingerprint", () => {
  test("does not depend on the order of properties, but on that of elements", () => {
    const one = fingerprintOf(definition, { a: 1, b: { c: [1, 2], d: 3 } });
    expect(fingerprintOf(definition, { b: { d: 3, c: [1, 2] }, a: 1 })).toBe(one);
    expect(fingerprintOf(definition, { a: 1, b: { c: [2, 1], d: 3 } })).not.toBe(one);
  });

  test("tells absence, null and the values of all types apart", () => {
    const values = [
      undefined,
      null,
      "",
      0,
      "0",
      false,
      [],
      {},
      [[]],
      1n,
      "1",
      new Uint8Array([1]),
      new Map([[1, 2]]),
      new Set([1]),
      "\ud800",
      "\ud801",
    ];
    expect(new Set(values.map((value) => fingerprintOf(definition, value))).size).toBe(values.length);
  });

  test("depends on the definition as it was asked for", () => {
    const none = fingerprintOf({ definitionName: null, definitionVersion: null }, 1);
    const active = fingerprintOf({ definitionName: "n", definitionVersion: "active" }, 1);
    expect(new Set([none, active, fingerprintOf(definition, 1)]).size).toBe(3);
  });
});
