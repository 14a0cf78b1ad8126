import { EventEmitter } from "node:events";
import type { KeyvStoreAdapter } from "keyv";
import { InvalidInputError, type KvEntry, type Transaction } from "../index.ts";
import { lastOfEachKey } from "./last-of-each-key.ts";

/** How an adapter for Keyv keeps its entries. */
export interface HoldfastKeyvOptions {
  /** The prefix of `kv` that has all of its entries; "keyv" by default. */
  readonly prefix?: string;
}

/** An entry as Keyv gives it: its value is text, for it was serialized. */
interface KeyvPut {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: number | undefined;
}

/** The longest time to live that the store keeps; Keyv itself sees to the end of an entry that lives longer. */
const ttlMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/**
 * Lets Keyv keep its entries in a store, or in a transaction: `new Keyv({ store: new HoldfastKeyv(store) })`.
 *
 * Keyv's namespaces begin the keys, so that several Keyvs may share an adapter's prefix; each had better have an adapter of its own,
 * for `clear` goes by the namespace that an adapter was given last. Disconnecting leaves the store open, which the adapter has not
 * opened.
 */
export class HoldfastKeyv extends EventEmitter implements KeyvStoreAdapter {
  /** What Keyv asks of an adapter before it iterates: a dialect that it knows to be able to. */
  readonly opts: { readonly dialect: "postgres"; readonly prefix: string; [option: string]: unknown };
  /** Set by Keyv. */
  namespace: string | undefined = undefined;
  readonly #kv: Transaction["kv"];
  readonly #prefix: string;

  constructor(store: Pick<Transaction, "kv">, options: HoldfastKeyvOptions = {}) {
    super();
    const { prefix = "keyv", ...others } = options;
    const [unknown] = Reflect.ownKeys(others);
    if (unknown !== undefined) throw unknownOption(String(unknown).slice(0, 100));
    this.#kv = store.kv;
    this.#prefix = prefix;
    this.opts = { dialect: "postgres", prefix };
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    return textOf(await this.#kv.get(this.#prefix, key)) as Value | undefined;
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    const entries = await this.#kv.getMany(this.#names(keys));
    return entries.map((entry) => textOf(entry) as Value | undefined);
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    await this.setMany([{ key, value, ttl }]);
    return true;
  }

  /** All or none; the last of a key counts. */
  async setMany(puts: readonly KeyvPut[]): Promise<void> {
    const entries = lastOfEachKey(puts).map((put) => this.#entryOf(put));
    const [only, ...others] = entries;
    // Alone it travels with the writes of other callers.
    if (only !== undefined && others.length === 0) await this.#kv.set(only);
    else await this.#kv.setMany(entries);
  }

  async delete(key: string): Promise<boolean> {
    return this.#kv.remove(this.#prefix, key);
  }

  /** Whether any of them was there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const removed = await this.#kv.removeMany(this.#names([...new Set(keys)]));
    return removed.includes(true);
  }

  async has(key: string): Promise<boolean> {
    return this.#kv.has(this.#prefix, key);
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return [...(await this.#kv.hasMany(this.#names(keys)))];
  }

  /** Removes the entries of the namespace, or all of the prefix where there is none. */
  async clear(): Promise<void> {
    await this.#kv.removeRange(this.#prefix, rangeOf(this.namespace));
  }

  /** Holds no connection between entries. */
  async *iterator<Value>(namespace?: string): AsyncGenerator<(string | Awaited<Value> | undefined)[], void> {
    for await (const entry of this.#kv.iterate(this.#prefix, rangeOf(namespace))) {
      yield [entry.key, textOf(entry)];
    }
  }

  async disconnect(): Promise<void> {
    // The store is its owner's to close.
  }

  #names(keys: readonly string[]): { readonly prefix: string; readonly key: string }[] {
    return keys.map((key) => ({ prefix: this.#prefix, key }));
  }

  #entryOf({ key, value, ttl }: KeyvPut): {
    readonly prefix: string;
    readonly key: string;
    readonly value: Uint8Array;
    readonly ttlMs: number | undefined;
  } {
    if (typeof value !== "string") {
      throw new InvalidInputError("value must be a string: let Keyv serialize what it gives to the adapter.", {
        facts: { field: "value" },
      });
    }
    return { prefix: this.#prefix, key, value: new TextEncoder().encode(value), ttlMs: ttlMsOf(ttl) };
  }
}

/** To Keyv no time and a time of 0 both mean for ever; an entry whose time has passed already lives a moment here. */
function ttlMsOf(ttl: number | undefined): number | undefined {
  if (!ttl || ttl > ttlMsMax) return undefined;
  return Math.max(1, Math.ceil(ttl));
}

/** The keys that begin with a namespace and a colon; a semicolon is the character after a colon. */
function rangeOf(namespace: string | undefined): { readonly gte?: string; readonly lt?: string } {
  return namespace ? { gte: `${namespace}:`, lt: `${namespace};` } : {};
}

function textOf(entry: KvEntry | null): string | undefined {
  return entry?.value ? new TextDecoder().decode(entry.value) : undefined;
}

/** A misspelt prefix would leave its entries among those of others. */
function unknownOption(field: string): InvalidInputError {
  return new InvalidInputError(`${field} is not known in options, which may have: prefix.`, { facts: { field } });
}
