import { afterAll, describe, expect, test } from "vitest";
import { compressingCodec, encryptingCodec } from "../../src/codecs/index.ts";
import {
  InvalidInputError,
  openStore,
  startScheduler,
  startTimerPump,
  startWorker,
  type Store,
} from "../../src/index.ts";
import { testStore } from "../../src/testing/index.ts";
import { apart, calls, type Given } from "./calls.ts";

type Path = readonly (string | number)[];

/** What a caller's own names are in, and what is written as it is. */
const ownNames = new Set(["labels", "usage", "queues", "executions", "keys"]);

/** References to blobs are told from other values by their names. */
const isReference = (value: object): boolean => "$blob" in value;

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The places of all objects and lists in a call's arguments. */
function places(value: unknown, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, i) => places(item, [...path, i]))];
  if (!isPlain(value) || isReference(value)) return [];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]))];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, name) => Reflect.get(inner as object, name), value);
}

/** A copy in which something else stands at a place. */
function changed(value: unknown, [name, ...rest]: Path, other: unknown): unknown {
  if (name === undefined) return other;
  const inner = changed(at(value, [name]), rest, other);
  if (Array.isArray(value)) return value.map((item: unknown, i) => (i === name ? inner : item));
  return { ...(value as object), [name]: inner };
}

/** Whose places are tried: methods, and functions beside them. */
interface Position {
  readonly name: string;
  readonly path: Path;
  readonly given: unknown;
  readonly call: (other: unknown) => Promise<unknown>;
}

function positionsOf(name: string, given: Given, call: (...values: Given) => unknown): readonly Position[] {
  return places(given)
    .filter((path) => path.length > 0)
    .map((path) => ({
      name: `${name} ${path.join(".")}`,
      path,
      given: at(given, path),
      call: async (other) => begun(call(...(changed(given, path, other) as Given))),
    }));
}

/** What a call gives; of an iterable, its first item. */
async function begun(result: unknown): Promise<unknown> {
  if (typeof result !== "object" || result === null || !(Symbol.asyncIterator in result)) return result;
  return (result as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
}

/** Every method of a store, by its path. */
function methodsOf(value: object, prefix = ""): readonly (readonly [string, (...values: Given) => unknown])[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (typeof inner === "function") return [[`${prefix}${name}`, inner as (...values: Given) => unknown] as const];
    return isPlain(inner) && prefix === "" ? methodsOf(inner, `${name}.`) : [];
  });
}

const handler = async (): Promise<void> => undefined;
const retention = calls["retain"]?.[0];
const key = new Uint8Array(32);

/** The functions that are exported, where they take objects. */
function functionsOf(store: Store): readonly Position[] {
  const of = (name: string, given: Given, call: (...values: never[]) => unknown): readonly Position[] =>
    positionsOf(name, given, call as (...values: Given) => unknown);
  const worker = {
    queues: { a: { handler, timeoutMs: 1, batchSize: 1, batchWaitMs: 0 } },
    executions: { a: { handler, timeoutMs: 1 } },
    concurrency: 1,
    prefetch: 0,
    capabilities: ["a"],
    leaseMs: 1000,
    pollMs: 10,
    onCompleted: handler,
    onFailed: handler,
    onDead: handler,
    onError: handler,
  };
  const pump = { handler, timeoutMs: 1, limit: 1, leaseMs: 1000, pollMs: 10, onError: handler };
  const stopped = async (running: Promise<{ stop(): Promise<void> }>): Promise<void> => (await running).stop();
  return [
    ...of("startWorker", [worker], (options) => stopped(startWorker(store, options))),
    ...of("startTimerPump", [pump], (options) => stopped(startTimerPump(store, options))),
    ...of("startScheduler", [{ limit: 1, pollMs: 10, onError: handler }], (options) =>
      stopped(startScheduler(store, options)),
    ),
    ...of("stop", [{ graceMs: 0 }], async (options) => {
      const running = await startWorker(store, worker);
      try {
        await running.stop(options);
      } finally {
        // Files share a process: a worker whose stop was refused would poll on beside the next one.
        await running.stop();
      }
    }),
    ...of("compressingCodec", [{ algorithm: "gzip", fromBytes: 1, inner: undefined }], compressingCodec),
    ...of(
      "encryptingCodec",
      [{ keys: { a: key }, current: "a", inner: undefined, acceptPlain: true }],
      encryptingCodec,
    ),
    ...of("testStore", [{ codec: undefined, coalesce: true, retention }], async (options) =>
      (await testStore(options)).close(),
    ),
    // Ends with `memory`, so that none is opened.
    ...of("openStore", [{ memory: false, retention, blobs: { backend: { folder: "a", s3: undefined } } }], openStore),
  ];
}

const store = await testStore();
afterAll(() => store.close());
const tried = methodsOf(store.store);
const positions = [
  ...tried.flatMap(([name, method]) => positionsOf(name, calls[name] ?? [], method)),
  ...functionsOf(store.store),
];
const objects = positions.filter(({ given }) => isPlain(given));
const lists = positions.filter(({ given }) => Array.isArray(given));
const named = objects.filter(({ name, path }) => !name.includes("addUsage") && !ownNames.has(String(path.at(-1))));

async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

/** What is not refused by InvalidInputError, at the places where it should be. */
async function notRefused(
  where: readonly Position[],
  other: (given: object) => unknown,
  field?: string,
): Promise<readonly string[]> {
  const accepted: string[] = [];
  for (const { name, given, call } of where) {
    const error = await outcomeOf(call(other(given as object)));
    const isRefused =
      error instanceof InvalidInputError && ![undefined, "memory"].includes(error.facts["field"] as string);
    if (!isRefused || (field !== undefined && !String(error.facts["field"]).endsWith(field))) {
      accepted.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return accepted;
}

class Own {
  readonly own = true;
}

describe(`what callers give, at ${objects.length} places of objects and ${lists.length} of lists`, () => {
  test("is tried for every method of a store", () => {
    const missing = tried.map(([name]) => name).filter((name) => calls[name] === undefined && !apart.has(name));
    expect(missing).toEqual([]);
    expect(objects.length).toBeGreaterThan(200);
  });

  test("is tried with every name that may be given", async () => {
    const left: string[] = [];
    for (const { name, given, call } of named) {
      const error = await outcomeOf(call({ ...(given as object), surelyNot: 1 }));
      const [, known = ""] = /which may have: ([^.]*)\./.exec(error instanceof Error ? error.message : "") ?? [];
      const missing = known.split(", ").filter((each) => each !== "" && !Object.hasOwn(given as object, each));
      if (missing.length > 0) left.push(`${name}: ${missing.join(", ")}`);
    }
    expect(left).toEqual([]);
  });

  test("is refused by an unknown name, with the nearest known one", async () => {
    expect(await notRefused(named, (given) => ({ ...given, surelyNot: 1 }), "surelyNot")).toEqual([]);
    expect(await notRefused(named, (given) => ({ ...given, surelyNot: undefined }), "surelyNot")).toEqual([]);
    const unadvised: string[] = [];
    for (const { name, given, call } of named) {
      const [first = ""] = Object.keys(given as object);
      const error = await outcomeOf(call({ ...(given as object), [`${first}x`]: 1 }));
      if (!(error instanceof InvalidInputError) || !error.message.includes("Did you mean ")) unadvised.push(name);
    }
    expect(unadvised).toEqual([]);
  });

  test.each([
    ["a Map", (given: object) => new Map(Object.entries(given))],
    ["a Date", () => new Date()],
    ["an Error", () => new Error("a")],
    ["a promise", (given: object) => Promise.resolve(given)],
    ["an instance of a class", (given: object) => Object.assign(new Own(), given)],
    ["what inherits it", (given: object) => Object.create(given) as unknown],
    ["a list of it", (given: object) => [given]],
    ["a function", (given: object) => () => given],
    ["what has a symbol for a name", (given: object) => ({ ...given, [Symbol("a")]: 1 })],
    ["text", () => "a"],
    ["null", () => null],
  ])("is refused where it is %s", async (what, other) => {
    // What a label is equal to may be a text, null may stand for no definition and no rate, and a function is a handler.
    const where = objects.filter(({ path }) => {
      if (what === "text") return path.at(-2) !== "labels";
      if (what === "a function") return !["queues", "executions"].includes(String(path.at(-2)));
      return what !== "null" || !["definition", "rate"].includes(String(path.at(-1)));
    });
    expect(await notRefused(where, other)).toEqual([]);
  });

  test("may have no prototype, and is read once", async () => {
    const faults: string[] = [];
    for (const { name, given, call } of objects) {
      const reads = new Map<string, number>();
      const changing = Object.create(null) as object;
      for (const [field, value] of Object.entries(given as object)) {
        const get = (): unknown => {
          reads.set(field, (reads.get(field) ?? 0) + 1);
          return value;
        };
        Object.defineProperty(changing, field, { enumerable: true, get });
      }
      const error = await outcomeOf(call(changing));
      if (error instanceof InvalidInputError && /plain object|not known/.test(error.message)) {
        faults.push(error.message);
      }
      for (const [field, times] of reads) if (times > 1) faults.push(`${name}: ${field} is read ${times} times`);
    }
    expect(faults).toEqual([]);
  });

  test("is a list where one is expected, of a class of the caller's too, and without holes", async () => {
    expect(await notRefused(lists, (given) => new Set(given as readonly unknown[]))).toEqual([]);
    expect(await notRefused(lists, (given) => ({ ...given, length: 1 }))).toEqual([]);
    expect(await notRefused(lists, () => Array.from({ length: 1 }))).toEqual([]);
    class OwnList extends Array<unknown> {
      static override get [Symbol.species](): never {
        throw new TypeError("own");
      }
      override map(): never {
        throw new TypeError("own");
      }
      override [Symbol.iterator](): never {
        throw new TypeError("own");
      }
    }
    const faults: string[] = [];
    for (const { name, given, call } of lists) {
      const own = new OwnList();
      for (const item of given as readonly unknown[]) own.push(item);
      const error = await outcomeOf(call(own));
      if (error instanceof TypeError) faults.push(`${name}: ${error.message}`);
    }
    expect(faults).toEqual([]);
  });

  test("leaves nothing behind where it is refused", async () => {
    const opened = await testStore();
    const { store: empty } = opened;
    for (const [name, method] of methodsOf(empty)) {
      for (const { given, call } of positionsOf(name, calls[name] ?? [], method)) {
        if (isPlain(given)) await outcomeOf(call(new Map(Object.entries(given))));
      }
    }
    let lines = 0;
    for await (const line of empty.export()) lines += line.includes('"row"') ? 1 : 0;
    const counts = [await empty.executions.count(), await empty.tasks.count(), await empty.schedules.count()];
    expect([lines, ...counts, await empty.kv.count("a"), await empty.snapshots.count()]).toEqual([0, 0, 0, 0, 0, 0]);
    await opened.close();
  });
});
