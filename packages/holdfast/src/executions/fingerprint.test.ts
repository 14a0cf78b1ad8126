import { describe, expect, test } from "vitest";
import { encryptingCodec } from "../codecs/encrypting-codec.ts";
import { jsonCodec } from "../core/codec.ts";
import { fingerprintsOf } from "./fingerprint.ts";

function fingerprintOf(
  ...request: Parameters<typeof fingerprintsOf> extends [unknown, ...infer R] ? R : never
): string {
  const [only = "", ...others] = fingerprintsOf(jsonCodec, ...request);
  expect(others).toEqual([]);
  return only;
}

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
      -0,
      /a/,
      /b/,
      [undefined],
      [null],
      new Date(0),
      new Date(0).toISOString(),
      new Date(1),
      new Date(Number.NaN),
      Buffer.of(1),
      Buffer.of(1).toJSON(),
    ];
    expect(new Set(values.map((value) => fingerprintOf(definition, value))).size).toBe(values.length);
  });

  test("of an encrypting codec is keyed, and known again after the keys were rotated", () => {
    const [old, young] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const before = fingerprintsOf(encryptingCodec({ keys: { old }, current: "old" }), definition, 1);
    const after = fingerprintsOf(encryptingCodec({ keys: { old, young }, current: "young" }), definition, 1);
    expect(before).not.toContain(fingerprintOf(definition, 1));
    expect([after.length, after[1]]).toEqual([2, before[0]]);
    expect(after[0]).not.toBe(before[0]);
  });

  test("depends on the definition as it was asked for", () => {
    const none = fingerprintOf({ definitionName: null, definitionVersion: null }, 1);
    const active = fingerprintOf({ definitionName: "n", definitionVersion: "active" }, 1);
    expect(new Set([none, active, fingerprintOf(definition, 1)]).size).toBe(3);
  });
});
