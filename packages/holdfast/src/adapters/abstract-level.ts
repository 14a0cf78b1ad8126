import { type AbstractDatabaseOptions, type AbstractIteratorOptions, AbstractLevel } from "abstract-level";
import type { KvEntry, Transaction } from "../index.ts";
import { cut, lastOfEachKey } from "./cut.ts";
import { LevelIterator, type LevelRange, rangeOf } from "./level-iterator.ts";
import { toText } from "./level-keys.ts";

/** How a level database in a store is opened. */
export interface HoldfastLevelOptions<K, V> extends AbstractDatabaseOptions<K, V> {
  /** The prefix of `kv` that has all of its entries; "level" by default. */
  readonly prefix?: string;
}

/** What a level database is kept in: a store, or a transaction. */
export type LevelStore = Pick<Transaction, "kv" | "transaction">;

type Operation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

interface Put {
  readonly prefix: string;
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * A level database in a store: `new HoldfastLevel(store, { valueEncoding: "json" })`.
 *
 * Its keys are any bytes, in byte order, of up to 1,024 where they are ASCII, and of up to 512 in any case. Iterators read page by
 * page and have no snapshot, which `supports` says; a batch is atomic. Closing leaves the store open, which it has not opened.
 */
export class HoldfastLevel<K = string, V = string> extends AbstractLevel<Uint8Array, K, V> {
  readonly #store: LevelStore;
  readonly #prefix: string;

  constructor(store: LevelStore, { prefix = "level", ...options }: HoldfastLevelOptions<K, V> = {}) {
    super({ encodings: { view: true }, has: true, seek: true, implicitSnapshots: false }, options);
    this.#store = store;
    this.#prefix = prefix;
  }

  async _get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return valueOf(await this.#store.kv.get(this.#prefix, toText(key)));
  }

  async _getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values: (Uint8Array | undefined)[] = [];
    for (const part of parts(this.#names(keys))) values.push(...(await this.#store.kv.getMany(part)).map(valueOf));
    return values;
  }

  async _has(key: Uint8Array): Promise<boolean> {
    return this.#store.kv.has(this.#prefix, toText(key));
  }

  async _hasMany(keys: readonly Uint8Array[]): Promise<boolean[]> {
    const found: boolean[] = [];
    for (const part of parts(this.#names(keys))) found.push(...(await this.#store.kv.hasMany(part)));
    return found;
  }

  async _put(key: Uint8Array, value: Uint8Array): Promise<void> {
    await this.#store.kv.set({ prefix: this.#prefix, key: toText(key), value });
  }

  async _del(key: Uint8Array): Promise<void> {
    await this.#store.kv.remove(this.#prefix, toText(key));
  }

  async _batch(operations: readonly Operation[]): Promise<void> {
    const named = operations.map((operation) => ({ operation, prefix: this.#prefix, key: toText(operation.key) }));
    const puts: Put[] = [];
    const removals: { readonly prefix: string; readonly key: string }[] = [];
    for (const { operation, prefix, key } of lastOfEachKey(named)) {
      if (operation.type === "put") puts.push({ prefix, key, value: operation.value });
      else removals.push({ prefix, key });
    }
    const batches = cut(puts);
    if (removals.length === 0 && batches.length === 1) await this.#store.kv.setMany(puts);
    else await this.#writeTogether(batches, parts(removals));
  }

  async _clear(range: LevelRange): Promise<void> {
    const limit = range.limit === undefined || range.limit < 0 ? undefined : range.limit;
    if (range.reverse !== true || limit === undefined) {
      await this.#store.kv.removeRange(this.#prefix, { ...rangeOf(range), limit });
      return;
    }
    for (let left = limit; left > 0;) {
      const request = { ...rangeOf(range), reverse: true, limit: Math.min(left, 1000) };
      const { items, next } = await this.#store.kv.list(this.#prefix, request);
      const removed = await this.#store.kv.removeMany(items.map(({ prefix, key }) => ({ prefix, key })));
      left = next === null ? 0 : left - removed.filter(Boolean).length;
    }
  }

  _iterator(options: LevelRange & AbstractIteratorOptions<Uint8Array, Uint8Array>): LevelIterator<this> {
    return new LevelIterator(this, options, { kv: this.#store.kv, prefix: this.#prefix });
  }

  async #writeTogether(
    batches: readonly (readonly Put[])[],
    removals: readonly (readonly { readonly prefix: string; readonly key: string }[])[],
  ): Promise<void> {
    await this.#store.transaction(async (tx) => {
      for (const batch of batches) await tx.kv.setMany(batch);
      for (const part of removals) await tx.kv.removeMany(part);
    });
  }

  #names(keys: readonly Uint8Array[]): readonly { readonly prefix: string; readonly key: string }[] {
    return keys.map((key) => ({ prefix: this.#prefix, key: toText(key) }));
  }
}

/** An entry whose value is null was not written by a level database, whose values are bytes; to it, it is empty. */
function valueOf(entry: KvEntry | null): Uint8Array | undefined {
  return entry === null ? undefined : (entry.value ?? new Uint8Array());
}

/** As many as one call takes at a time. */
function parts<T>(items: readonly T[]): readonly (readonly T[])[] {
  const size = 10_000;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
