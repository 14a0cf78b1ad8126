import vm from "node:vm";
import { describe, expect, test } from "vitest";
import { copyPlain, fieldsOf } from "./fields.ts";
import { checkList, encodeItems } from "./items.ts";

interface Input {
  readonly id: string;
  readonly ttlMs?: number | undefined;
}

interface InputRecord {
  readonly id: string;
  readonly createdAt: Date;
}

const fields = fieldsOf<Input, InputRecord>({ id: true, ttlMs: true, createdAt: false });

/** Input from untyped callers. */
const given = (value: unknown): Input => value as Input;

describe("an object that a caller gives", () => {
  test("is copied when it is plain, of another realm or without a prototype too", () => {
    const plain = [{ id: "a" }, { __proto__: null, id: "a" }, vm.runInNewContext("({ id: 'a' })")];
    for (const each of plain) expect({ ...fields.read(given(each), "input") }).toEqual({ id: "a" });
  });

  test("is refused when it is anything else", () => {
    class Own {
      readonly id = "a";
    }
    const others = [
      null,
      "text",
      ["a"],
      new Map([["id", "a"]]),
      new Date(),
      new Error("id"),
      Promise.resolve({ id: "a" }),
      new Own(),
      Object.create({ id: "a" }),
      Object.create({ __proto__: null, id: "a" }),
      () => "a",
      vm.runInNewContext("[]"),
      vm.runInNewContext("new Map()"),
    ];
    for (const each of others) {
      expect(() => fields.read(given(each), "input")).toThrow(/^input must be a plain object, and is /);
    }
  });

  test("with an unknown name is refused by that name, and told the nearest known one", () => {
    expect(() => fields.read(given({ id: "a", ttl: 5 }), "input")).toThrow(
      "ttl is not known in input, which may have: id, ttlMs. Did you mean ttlMs?",
    );
    expect(() => fields.read(given({ id: "a", ttl: undefined }), "input")).toThrow(
      expect.objectContaining({ facts: { field: "ttl" } }),
    );
    expect(() => fields.readInner(given({ idd: "a" }), "rule")).toThrow(/^rule\.idd is not known in rule, /);
  });

  test("may be a record with what only records have, by names and not by what it is", () => {
    expect(fields.read(given({ id: "a", createdAt: new Date(0) }), "input").id).toBe("a");
  });

  test("with a symbol among its names is refused", () => {
    expect(() => fields.read(given({ id: "a", [Symbol("id")]: 1 }), "input")).toThrow(/^input has a symbol /);
  });

  test("has each of its fields read once, and none that it inherits", () => {
    let reads = 0;
    const changing = {
      get id(): string {
        reads += 1;
        return `a${reads}`;
      },
    };
    const copy = fields.read(changing, "input");
    expect([copy.id, copy.id, reads]).toEqual(["a1", "a1", 1]);
    const every: object = Object.prototype;
    Object.assign(every, { ttlMs: 5 });
    try {
      expect(copyPlain(given({ id: "a" }), "input").ttlMs).toBeUndefined();
      expect(fields.read(given({ id: "a" }), "input").ttlMs).toBeUndefined();
    } finally {
      Reflect.deleteProperty(every, "ttlMs");
    }
  });
});

describe("a list that a caller gives", () => {
  test("may be of a class of the caller's, whose methods are not called", () => {
    class Own extends Array<string> {
      static override get [Symbol.species](): never {
        throw new Error("species");
      }
      override map(): never {
        throw new Error("map");
      }
      override [Symbol.iterator](): never {
        throw new Error("iterator");
      }
    }
    const list = checkList(Own.of("a", "b"), "ids");
    expect(Object.getPrototypeOf(list)).toBe(Array.prototype);
    expect(list).toEqual(["a", "b"]);
  });

  test("is refused with a hole in it, by the place of the hole", () => {
    const list = ["a", "b", "c"];
    Reflect.deleteProperty(list, 1);
    expect(() => checkList(list, "ids")).toThrow("ids[1] is missing.");
    expect(() => checkList(new Set(list) as never, "ids")).toThrow("ids must be an array, and is an instance of Set.");
  });

  test("is refused by the place of an item that is wrong, or that comes twice", () => {
    const encode = (items: readonly unknown[]): unknown =>
      encodeItems(items.map(given), "inputs", (item, place) => ({ id: fields.read(item, place).id }));
    expect(() => encode([{ id: "a" }, { idd: "b" }])).toThrow(
      expect.objectContaining({ facts: { field: "inputs[1].idd" } }),
    );
    expect(() => encode([{ id: "a" }, new Map()])).toThrow(/^inputs\[1\] must be a plain object/);
    expect(() => encode([{ id: "a" }, { id: "a" }])).toThrow('inputs[1] repeats "a", which a batch may hold once.');
  });
});
