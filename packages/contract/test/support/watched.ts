import assert from "node:assert/strict";
import { HoldfastError, type Store } from "holdfast";

/** The names of the methods that were called on watched stores, such as "jobs.push". */
export const watchedCalls = new Set<string>();

/** A store whose every result, and the facts of whose every error, must be JSON: a call throws an AssertionError where they are not. */
export function watched(store: Store): Store {
  return watchedObject(store, "");
}

function watchedObject<T extends object>(object: T, path: string): T {
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof name === "symbol") return value;
      const place = path === "" ? name : `${path}.${name}`;
      if (typeof value === "function") return watchedMethod(value as Method, place);
      return isPlain(value) ? watchedObject(value, place) : value;
    },
  });
}

type Method = (...given: unknown[]) => unknown;

/** What gives handles, on whose calls there is an eye instead. */
const handles: ReadonlySet<string> = new Set(["with", "within"]);

function watchedMethod(method: Method, place: string): Method {
  const name = place.replace(/^.*\b(?=transaction$)/, "");
  return (...args) => {
    const given = name === "transaction" ? args.map(watchedWork) : args;
    watchedCalls.add(name);
    let result: unknown;
    try {
      result = method(...given);
    } catch (error) {
      checkError(error, name);
      throw error;
    }
    if (handles.has(name)) return watchedObject(result as object, "");
    if (result instanceof Promise) return watchedPromise(result, name);
    return isAsyncIterator(result) ? watchedIterator(result, name) : result;
  };
}

function watchedWork(given: unknown): unknown {
  if (typeof given !== "function") return given;
  return (tx: object) => (given as Method)(watchedObject(tx, ""));
}

async function watchedPromise(promise: Promise<unknown>, name: string): Promise<unknown> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    checkError(error, name);
    throw error;
  }
  // What a transaction gives is its caller's own.
  if (name !== "transaction") checkJson(result, name);
  return result;
}

function isAsyncIterator(value: unknown): value is AsyncGenerator {
  return typeof value === "object" && value !== null && "next" in value && Symbol.asyncIterator in value;
}

function watchedIterator(iterator: AsyncGenerator, name: string): object {
  return {
    next: () => watchedPromise(iterator.next(), name),
    return: (value: unknown) => iterator.return(value),
    throw: (error: unknown) => iterator.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => iterator[Symbol.asyncDispose](),
  };
}

function checkError(error: unknown, name: string): void {
  if (!(error instanceof HoldfastError)) return;
  // A transaction rejects with what its work did.
  checkJson(error.facts, error.facts["entity"] === "snapshot" ? "snapshots" : name);
  checkJson(error, name);
  for (const [fact, value] of Object.entries(error.facts)) {
    const isFlat = value === null || typeof value !== "object" || value instanceof Date;
    assert.ok(isFlat, `the fact ${fact} of ${name} is neither a scalar nor a moment`);
  }
}

/** The caller's own numbers of 64 bits, by where they are. */
const longs = /^(?:snapshots|read)\b/;

function checkJson(value: unknown, name: string): void {
  checkCounts(value, name);
  try {
    // Large bytes take long; they say nothing of what is counted.
    JSON.stringify(value, (_key, part: unknown) => (part instanceof Uint8Array ? null : part));
  } catch (error) {
    assert.fail(`${name} gives what JSON.stringify refuses: ${String(error)}`);
  }
}

function checkCounts(value: unknown, name: string, key = ""): void {
  if (typeof value === "bigint") {
    const isOwn = longs.test(name) && /^(version|timestamp|expected|actual)$/.test(key);
    assert.ok(isOwn, `${name} gives a bigint as ${key}`);
  }
  if (Array.isArray(value)) for (const each of value) checkCounts(each, name, key);
  else if (isPlain(value)) for (const [part, each] of Object.entries(value)) checkCounts(each, name, part);
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The names of all methods of a store. */
export function methodsOf(store: Store): readonly string[] {
  return namesIn(store, "");
}

function namesIn(object: object, path: string): readonly string[] {
  return Object.entries(object).flatMap(([name, value]: [string, unknown]) => {
    const place = path === "" ? name : `${path}.${name}`;
    if (typeof value === "function") return [place];
    return isPlain(value) ? namesIn(value, place) : [];
  });
}
