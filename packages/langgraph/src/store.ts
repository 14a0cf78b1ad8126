import {
  BaseStore,
  type GetOperation,
  type Item,
  type ListNamespacesOperation,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchItem,
  type SearchOperation,
} from "@langchain/langgraph-checkpoint";
import type { KvEntry, Store, Transaction } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import type { KvInput, KvKey } from "holdfast/kv";
import { conditionsOf, type Fields, labelsOfItem, meets } from "./filter.ts";
import { nameOf, namespaceOf, prefixOf, toItem } from "./items.ts";
import { findByFilter, findNearest } from "./search.ts";
import { escaped } from "./text.ts";
import { type IndexedItem, type VectorIndex, Vectors } from "./vectors/vectors.ts";

type PlaceTransaction = Pick<Transaction, "kv" | "query">;

/** A Holdfast store, or one of its transactions. */
interface Place extends Pick<Store, "kv"> {
  /** Of a store. */
  readonly schema?: string;
  transaction<T>(work: (tx: PlaceTransaction) => Promise<T>): Promise<T>;
}

/** The options of a store. */
export interface HoldfastStoreOptions {
  /** How long an item lives after it was put; forever by default. */
  readonly ttlMs?: number | undefined;
  /** Whether the items that `get` and `search` return live for `ttlMs` from then on; false by default. */
  readonly refreshOnRead?: boolean | undefined;
  /** How `search` finds items by meaning. Without it, a `query` is refused. */
  readonly index?: VectorIndex | undefined;
}

/** What a batch writes and removes. */
interface Changes {
  readonly sets: readonly KvInput[];
  readonly removals: readonly KvKey[];
  readonly indexed: readonly IndexedItem[];
}

/** The long-term memory of LangGraph in a Holdfast store, or in one of its transactions. Items are entries of `kv`. */
export class HoldfastStore extends BaseStore {
  readonly #place: Place;
  readonly #options: HoldfastStoreOptions;
  readonly #vectors: Vectors | null;

  constructor(place: Place, options: HoldfastStoreOptions = {}) {
    super();
    this.#place = place;
    this.#options = options;
    this.#vectors = options.index === undefined ? null : new Vectors(options.index, place.schema);
  }

  /**
   * Makes what `index` needs, where it is missing: the extension pgvector, and a table in the store's schema. Without an index it does
   * nothing.
   *
   * @throws InvalidInputError if the server has no pgvector.
   */
  async setup(): Promise<void> {
    const vectors = this.#vectors;
    if (vectors) await this.#place.transaction(async (tx) => vectors.setup(tx));
  }

  /** Reads see what was there before the puts of the same batch, which are written together or not at all. */
  override async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const results = await Promise.all(
      operations.map(async (operation) => {
        if ("value" in operation) return undefined;
        if ("key" in operation) return this.#get(operation);
        return "namespacePrefix" in operation ? this.#search(operation) : this.#listNamespaces(operation);
      }),
    );
    await this.#put(operations.filter((operation) => "value" in operation));
    // One result for each operation, of its type.
    return results as OperationResults<Op>;
  }

  async #get({ namespace, key }: GetOperation): Promise<Item | null> {
    const entry = await this.#place.kv.get(prefixOf(namespace), escaped(key));
    if (entry) await this.#refresh([entry]);
    return entry && toItem(entry);
  }

  async #search(operation: SearchOperation): Promise<SearchItem[]> {
    const { namespacePrefix, filter = {}, limit = 10, offset = 0, query = "" } = operation;
    const search = { start: prefixOf(namespacePrefix), conditions: conditionsOf(filter), limit, offset };
    if (query === "") {
      const found = await findByFilter(this.#place.kv, search);
      await this.#refresh(found.map(({ entry }) => entry));
      return found.map(({ entry }) => toItem(entry));
    }
    const vectors = this.#vectors;
    if (vectors === null) {
      throw new InvalidInputError(
        "query needs vectors, which this store does not keep: give it an index, or use filter.",
        {
          facts: { field: "query" },
        },
      );
    }
    const vector = await vectors.embedQuery(query);
    const found = await this.#place.transaction(async (tx) => findNearest(tx, vectors, vector, search));
    await this.#refresh(found.map(({ entry }) => entry));
    return found.map(({ entry, score }) => ({ ...toItem(entry), ...(score === undefined ? {} : { score }) }));
  }

  async #listNamespaces(operation: ListNamespacesOperation): Promise<string[][]> {
    const { matchConditions, maxDepth = Infinity, limit, offset } = operation;
    const prefixes = new Set<string>();
    for await (const prefix of this.#place.kv.iteratePrefixes(prefixOf([]))) {
      const namespace = namespaceOf(prefix);
      if (meets(namespace, matchConditions)) prefixes.add(prefixOf(namespace.slice(0, maxDepth)));
      if (prefixes.size >= offset + limit) break;
    }
    return [...prefixes].slice(offset).map(namespaceOf);
  }

  async #put(operations: readonly PutOperation[]): Promise<void> {
    const { sets, removals, indexed } = changesOf(operations, this.#options.ttlMs);
    const vectors = this.#vectors;
    if (vectors && sets.length > 0) {
      const embedded = await vectors.embed(indexed);
      await this.#place.transaction(async (tx) => {
        await vectors.write(tx, await tx.kv.setMany(sets), embedded);
        // The vectors of removed items go with them.
        await tx.kv.removeMany(removals);
      });
      return;
    }
    const [set] = sets;
    // A lone put travels with those of concurrent callers.
    if (set && sets.length + removals.length === 1) await this.#place.kv.set(set);
    else if (removals.length === 0) await this.#place.kv.setMany(sets);
    else if (sets.length === 0) await this.#place.kv.removeMany(removals);
    else await this.#place.transaction(async ({ kv }) => [await kv.setMany(sets), await kv.removeMany(removals)]);
  }

  async #refresh(entries: readonly KvEntry[]): Promise<void> {
    const { ttlMs, refreshOnRead = false } = this.#options;
    if (refreshOnRead && entries.length > 0) await this.#place.kv.touchMany(entries, { ttlMs });
  }
}

/** What puts change. The last one of a name counts. */
function changesOf(operations: readonly PutOperation[], ttlMs: number | undefined): Changes {
  const last = new Map(operations.map((put) => [nameOf(keyOf(put)), put]));
  const sets: KvInput[] = [];
  const removals: KvKey[] = [];
  const indexed: IndexedItem[] = [];
  for (const put of last.values()) {
    const key = keyOf(put);
    if (put.value === null) {
      removals.push(key);
      continue;
    }
    const json = JSON.stringify(put.value);
    // What JSON keeps of the value, because filters see what was stored.
    const value = JSON.parse(json) as Fields;
    const labels = labelsOfItem(value);
    sets.push({ ...key, value: new TextEncoder().encode(json), labels, ttlMs });
    if (put.index !== false) indexed.push({ ...key, value, labels, paths: put.index });
  }
  return { sets, removals, indexed };
}

function keyOf({ namespace, key }: PutOperation): KvKey {
  return { prefix: prefixOf(namespace), key: escaped(key) };
}
