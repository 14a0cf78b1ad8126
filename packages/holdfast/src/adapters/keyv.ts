import { EventEmitter } from "node:events";
import type { KeyvStoreAdapter } from "keyv";
import { InvalidInputError, type KvEntry, type Transaction } from "../index.ts";

/** Options of an adapter for Keyv. */
export interface HoldfastKeyvOptions {
  /** The prefix of `kv` for its entries; "keyv" by default. */
  readonly prefix?: string;
}

/** An entry from Keyv: its value is serialized text. */
interface KeyvPut {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: number | undefined;
}

/** The longest time to live in the store; Keyv itself expires an entry that lives longer. */
const ttlMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/**
 * Lets Keyv keep its entries in a store, or in a transaction: `new Keyv({ store: new HoldfastKeyv(store) })`.
 *
 * Keyv's namespaces begin the keys, so several Keyvs may share a prefix. Give each its own adapter, because `clear` uses the last
 * namespace that an adapter was given. Disconnecting leaves the store open.
 */
export class HoldfastKeyv extends EventEmitter implements KeyvStoreAdapter {
  /** Keyv asks an adapter for this before it iterates: a dialect that it knows to support it. */
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

  /** All or none; the last entry of a key counts. */
  async setMany(puts: readonly KeyvPut[]): Promise<void> {
    const byKey = new Map(puts.map((put) => [put.key, put]));
    const entries = Array.from(byKey.values(), (put) => this.#entryOf(put));
    const [only, ...others] = entries;
    // A single entry travels with the writes of other callers.
    if (only !== undefined && others.length === 0) await this.#kv.set(only);
    else await this.#kv.setMany(entries);
  }

  async delete(key: string): Promise<boolean> {
    return this.#kv.remove(this.#prefix, key);
  }

  /** Returns whether any of them existed. */
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

  /** Removes the entries of the namespace, or the whole prefix if there is none. */
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
    // The store's owner closes it.
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

/** To Keyv, no time and a time of 0 both mean forever. An entry that has already expired lives a moment here. */
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

/** A misspelled prefix would leave its entries among others. */
function unknownOption(field: string): InvalidInputError {
  return new InvalidInputError(`${field} is not known in options, which may have: prefix.`, { facts: { field } });
}
