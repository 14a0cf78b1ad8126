import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HoldfastError, openStore, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";

/** No run of them may be told: 300 characters of a field's name are, at most. */
const long = "x".repeat(1_000_000);
const tooMuch = "x".repeat(350);

type Call = (...given: readonly unknown[]) => unknown;

/** Every method of the store and of its nouns, but those that end it, wait, or read streams. */
function methodsOf(store: Store): readonly (readonly [string, Call])[] {
  const methods: (readonly [string, Call])[] = [];
  const add = (owner: object, path: string): void => {
    for (const [name, member] of Object.entries(owner)) {
      if (typeof member === "function") methods.push([`${path}${name}`, (member as Call).bind(owner)]);
      else if (path === "" && typeof member === "object" && member !== null) add(member as object, `${name}.`);
    }
  };
  add(store, "");
  return methods.filter(([name]) => !/^(close|export|import|transaction)$|subscribe|result/.test(name));
}

/** What the call rejects with, or undefined. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

function expectShort(error: unknown, label: string): void {
  if (error === undefined) return;
  const { message } = error as Error;
  expect(message.length, label).toBeLessThan(2001);
  expect(message.includes(tooMuch), `${label}: ${message.slice(0, 500)}`).toBe(false);
  const facts = error instanceof HoldfastError ? Object.values(error.facts) : [];
  const long = facts.filter((fact) => typeof fact === "string" && fact.includes(tooMuch));
  expect(long.length, `${label}: facts`).toBe(0);
}

describeOnEach("no error holds a whole value", (fresh) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore({ ...(await fresh.prepared()), coalesce: false });
  });
  afterAll(() => store.close());

  test("of what any method is given, at any place and under any name", async () => {
    let refusals = 0;
    const shapes = (value: unknown): readonly (readonly unknown[])[] => [
      [value],
      ["a", value],
      ["a", "b", value],
      ["a", 1, value],
      [[value]],
      ["a", [value]],
    ];
    for (const [name, method] of methodsOf(store)) {
      const attempt = async (given: readonly unknown[], label: string): Promise<unknown> => {
        const error = await failureOf(() => method(...given));
        if (error !== undefined) refusals++;
        expectShort(error, `${name} ${label}`);
        return error;
      };
      for (const given of shapes(long)) await attempt(given, "of a long text");
      for (const given of shapes({ [long]: 1 })) await attempt(given, "of a long name");
      // What an object may have is in the message that refuses another name.
      for (const [place, given] of shapes({ zz: 1 }).entries()) {
        const refusal = await attempt(given, "of an unknown name");
        const message = refusal instanceof Error ? refusal.message : "";
        const known = /which may have: ([^.]*)/.exec(message)?.[1]?.split(", ") ?? [];
        for (const field of known) {
          for (const value of [long, [long], { [long]: long }, { a: { [long]: Number.NaN } }]) {
            await attempt(shapes({ [field]: value })[place] ?? [], `with a long ${field}`);
          }
        }
      }
    }
    expect(refusals).toBeGreaterThan(500);
  }, 300_000);

  test("of what a payload has deep inside", async () => {
    const input = { [long]: { b: Number.NaN } };
    const error = await failureOf(() =>
      store.executions.create({ id: "e", definition: { name: "d" }, input } as never),
    );
    expect(error).toMatchObject({ code: "invalid_input" });
    expectShort(error, "a payload");
  });
});

describe("no error of opening a store holds a whole value", () => {
  test.each<[string, object]>([
    ["an unknown option", { [long]: 1 }],
    ["a schema", { memory: true, schema: long }],
    ["a URL", { url: long }],
    ["a URL's parameter", { url: `postgres://localhost/a?${long}=1` }],
    ["a URL's value", { url: `postgres://localhost/a?sslmode=${long}` }],
    ["keywords", { url: `host=localhost ${long}=1` }],
    ["a host", { host: `${long}/` }],
    ["an ssl mode", { host: "localhost", ssl: long }],
    ["durability", { folder: "x", durability: long }],
    ["a backend of blobs", { memory: true, blobs: { [long]: 1 } }],
    ["retention", { memory: true, retention: { [long]: 1 } }],
  ])("%s", async (label, options) => {
    const error = await failureOf(() => openStore(options));
    expect(error).toBeDefined();
    expectShort(error, label);
  });
});
