import { type AbstractDatabaseOptions, type AbstractIteratorOptions, AbstractLevel } from "abstract-level";
import type { KvEntry, Transaction } from "../index.ts";
import type { KvInput, KvKey } from "../kv/index.ts";
import { LevelIterator, type LevelRange, rangeOf } from "./level-iterator.ts";
import { toText } from "./level-keys.ts";

/** Options of a level database in a store. */
export interface HoldfastLevelOptions<K, V> extends AbstractDatabaseOptions<K, V> {
  /** The prefix of `kv` for its entries; "level" by default. */
  readonly prefix?: string;
}

/** The store or transaction that holds a level database. */
export type LevelStore = Pick<Transaction, "kv" | "transaction">;

type Operation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

/**
 * A level database in a store: `new HoldfastLevel(store, { valueEncoding: "json" })`.
 *
 * Its keys are any bytes, in byte order: up to 1,024 of ASCII text, and up to 512 in any case. Iterators read page by page and have no
 * snapshot, as `supports` says; a batch is atomic. Closing it leaves the store open.
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
    return (await this.#store.kv.getMany(this.#names(keys))).map(valueOf);
  }

  async _has(key: Uint8Array): Promise<boolean> {
    return this.#store.kv.has(this.#prefix, toText(key));
  }

  async _hasMany(keys: readonly Uint8Array[]): Promise<readonly boolean[]> {
    return this.#store.kv.hasMany(this.#names(keys));
  }

  async _put(key: Uint8Array, value: Uint8Array): Promise<void> {
    await this.#store.kv.set({ prefix: this.#prefix, key: toText(key), value });
  }

  async _del(key: Uint8Array): Promise<void> {
    await this.#store.kv.remove(this.#prefix, toText(key));
  }

  async _batch(operations: readonly Operation[]): Promise<void> {
    // The last of the operations on a key counts.
    const byKey = new Map(operations.map((operation) => [toText(operation.key), operation]));
    const puts: KvInput[] = [];
    const removals: KvKey[] = [];
    for (const [key, operation] of byKey) {
      if (operation.type === "put") puts.push({ prefix: this.#prefix, key, value: operation.value });
      else removals.push({ prefix: this.#prefix, key });
    }
    if (removals.length === 0) await this.#store.kv.setMany(puts);
    else if (puts.length === 0) await this.#store.kv.removeMany(removals);
    else {
      await this.#store.transaction(async (tx) => {
        await tx.kv.setMany(puts);
        await tx.kv.removeMany(removals);
      });
    }
  }

  async _clear(range: LevelRange): Promise<void> {
    const limit = range.limit === undefined || range.limit < 0 ? undefined : range.limit;
    if (range.reverse !== true || limit === undefined) {
      await this.#store.kv.removeRange(this.#prefix, { ...rangeOf(range), limit });
      return;
    }
    for (let left = limit; left > 0;) {
      const request = { ...rangeOf(range), order: "desc" as const, limit: Math.min(left, 1000) };
      const { items, next } = await this.#store.kv.list(this.#prefix, request);
      const removed = await this.#store.kv.removeMany(items.map(({ prefix, key }) => ({ prefix, key })));
      left = next === null ? 0 : left - removed.filter(Boolean).length;
    }
  }

  _iterator(options: LevelRange & AbstractIteratorOptions<Uint8Array, Uint8Array>): LevelIterator<this> {
    return new LevelIterator(this, options, { kv: this.#store.kv, prefix: this.#prefix });
  }

  #names(keys: readonly Uint8Array[]): readonly KvKey[] {
    return keys.map((key) => ({ prefix: this.#prefix, key: toText(key) }));
  }
}

/** A level database never writes null values. To it, such an entry is empty. */
function valueOf(entry: KvEntry | null): Uint8Array | undefined {
  return entry === null ? undefined : (entry.value ?? new Uint8Array());
}
