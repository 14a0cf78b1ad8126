import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { jsonCodec } from "../core/codec.ts";
import { richCodec } from "./rich-codec.ts";

const roundTrip = (value: unknown): unknown => richCodec.decode(richCodec.encode(value, "state"));

// Numbers, strings, dates, bytes and patterns, at their limits.
const scalars: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -0,
  1.5,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.NaN,
  Infinity,
  -Infinity,
  0n,
  -(2n ** 200n),
  "",
  "\0\ud800\udfff\u2028~",
  "__proto__",
  new Date(0),
  new Date(-8.64e15),
  new Uint8Array(),
  Uint8Array.of(0, 255),
  Buffer.from("text"),
  /a\/b\n/gimsuy,
];

/** A repeatable series of numbers from 0 to below 1. */
function series(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
}

function randomValue(random: () => number, depth: number): unknown {
  const pick = (count: number): number => Math.floor(random() * count);
  const members = (): unknown[] => Array.from({ length: pick(4) }, () => randomValue(random, depth - 1));
  const keys = ["a", "~map", "~", "~~date", "__proto__", "toString", "", "1", "constructor", "length"];
  const entries = (): [string, unknown][] => members().map((member) => [keys[pick(keys.length)] ?? "", member]);
  switch (depth === 0 ? 0 : pick(7)) {
    case 1:
      return members();
    case 2:
      return Object.fromEntries(entries());
    case 3:
      return new Map(members().map((member) => [randomValue(random, depth - 1), member]));
    case 4:
      return new Set(members());
    case 5:
      return Object.assign(Object.create(null) as object, { x: members() });
    default:
      return scalars[pick(scalars.length)];
  }
}

describe("the rich codec", () => {
  test.each(scalars.map((value) => [value]))("gives %o back", (value) => {
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  });

  test("gives thousands of nested values back, and writes JSON", () => {
    const random = series(7);
    for (let i = 0; i < 5000; i++) {
      const value = randomValue(random, 4);
      const text = richCodec.encode(value, "state");
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      expect(isDeepStrictEqual(richCodec.decode(text), value), text).toBe(true);
    }
  });

  test("tells objects that look like its own marks from values", () => {
    for (const value of [{ "~date": 0 }, { "~~date": 0 }, { "~": 1 }, { "~map": [], b: 1 }, { "~unknown": 1 }]) {
      expect(roundTrip(value)).toStrictEqual(value);
    }
    const own = JSON.parse('{"__proto__": {"a": 1}}') as object;
    expect(Object.keys(roundTrip(own) as object)).toEqual(["__proto__"]);
    expect(roundTrip({ a: undefined })).toStrictEqual({ a: undefined });
  });

  test("keeps a date that is none", () => {
    expect(String(roundTrip(new Date(Number.NaN)))).toBe("Invalid Date");
  });

  test("keeps where a sticky expression is, and bytes without what surrounds them", () => {
    const expression = /a/g;
    expression.test("aaa");
    expect((roundTrip(expression) as RegExp).lastIndex).toBe(1);
    expect(roundTrip(new Uint8Array(Buffer.from("whole").buffer, 0, 2))).toHaveLength(2);
  });

  test("reads what the plain codec wrote", () => {
    const value = { a: [1, null, "x", { b: {} }], "~": 1 };
    expect(richCodec.decode(jsonCodec.encode(value, "state"))).toStrictEqual(value);
  });

  class Own {
    readonly a = 1;
  }
  const cycle: unknown[] = [];
  cycle.push(new Map([["self", cycle]]));
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
  const refused: readonly (readonly [string, unknown])[] = [
    ["state", () => 1],
    ["state.a[1]", { a: [1, Symbol("s")] }],
    ["state", new Own()],
    ["state", new (class extends Map {})()],
    ["state", new Error("e")],
    ["state", Promise.resolve()],
    ["state", new Float64Array(1)],
    ["state", new ArrayBuffer(1)],
    ["state", new Number(1)],
    ["state.a", { a: { [Symbol("s")]: 1 } }],
    ["state", Array.from({ length: 2 }).fill(1, 1).concat(Array(1))],
    ["state", Object.assign([1], { extra: 1 })],
    ["state", Object.assign(new Date(), { extra: 1 })],
    ["state", Object.assign(new Map(), { extra: 1 })],
    ["state[0][0][1]", cycle],
  ];
  test.each(refused)("refuses at %s what it cannot keep", (field, value) => {
    expect(() => richCodec.encode(value, "state")).toThrow(
      expect.objectContaining({ code: "invalid_input", facts: { field } }),
    );
  });

  test("keeps values as deep as the plain codec does, and refuses deeper ones", () => {
    expect(() => roundTrip(deep(1000))).not.toThrow();
    expect(() => richCodec.encode(deep(1001), "state")).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });

  test("refuses kinds that it does not know", () => {
    expect(() => richCodec.decode('{"~later": 1}')).toThrow(
      expect.objectContaining({ code: "corrupt", facts: { kind: "later" } }),
    );
    expect(() => richCodec.decode('{"~bytes": 1}')).toThrow(TypeError);
  });
});
