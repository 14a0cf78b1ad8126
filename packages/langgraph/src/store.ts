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
import type { KvEntry, Store } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import type { KvInput, KvKey } from "holdfast/kv";
import { meets, passes } from "./filter.ts";
import { escaped, unescaped } from "./text.ts";

/** A Holdfast store, or one of its transactions. */
interface Place extends Pick<Store, "kv"> {
  transaction<T>(work: (tx: Pick<Store, "kv">) => Promise<T>): Promise<T>;
}

/** The options of a store. */
export interface HoldfastStoreOptions {
  /** How long an item lives after it was put; forever by default. */
  readonly ttlMs?: number | undefined;
  /** Whether the items that `get` and `search` return live for `ttlMs` from then on; false by default. */
  readonly refreshOnRead?: boolean | undefined;
}

/** Ends each label of a namespace. No escaped text holds a control character. */
const end = "\u0001";

/** The long-term memory of LangGraph in a Holdfast store, or in one of its transactions. Items are entries of `kv`. */
export class HoldfastStore extends BaseStore {
  readonly #place: Place;
  readonly #options: HoldfastStoreOptions;

  constructor(place: Place, options: HoldfastStoreOptions = {}) {
    super();
    this.#place = place;
    this.#options = options;
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

  async #search({
    namespacePrefix,
    filter = {},
    limit = 10,
    offset = 0,
    query,
  }: SearchOperation): Promise<SearchItem[]> {
    if (query !== undefined && query !== "") {
      throw new InvalidInputError("query needs an index of embeddings, which this store does not keep: use filter.", {
        facts: { field: "query" },
      });
    }
    const found: KvEntry[] = [];
    let skipped = 0;
    for await (const entry of this.#place.kv.iterateScan(prefixOf(namespacePrefix))) {
      if (found.length >= limit) break;
      if (passes(toItem(entry).value as Record<string, unknown>, filter) && skipped++ >= offset) found.push(entry);
    }
    await this.#refresh(found);
    return found.map(toItem);
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
    // The last one of a name counts.
    const last = new Map(operations.map((put) => [JSON.stringify([put.namespace, put.key]), put]));
    const sets: KvInput[] = [];
    const removals: KvKey[] = [];
    for (const { namespace, key, value } of last.values()) {
      const name = { prefix: prefixOf(namespace), key: escaped(key) };
      if (value === null) removals.push(name);
      else sets.push({ ...name, value: new TextEncoder().encode(JSON.stringify(value)), ttlMs: this.#options.ttlMs });
    }
    const [set] = sets;
    // A lone put travels with those of concurrent callers.
    if (set && last.size === 1) await this.#place.kv.set(set);
    else if (removals.length === 0) await this.#place.kv.setMany(sets);
    else if (sets.length === 0) await this.#place.kv.removeMany(removals);
    else await this.#place.transaction(async ({ kv }) => [await kv.setMany(sets), await kv.removeMany(removals)]);
  }

  async #refresh(entries: readonly KvEntry[]): Promise<void> {
    const { ttlMs, refreshOnRead = false } = this.#options;
    if (refreshOnRead && entries.length > 0) await this.#place.kv.touchMany(entries, { ttlMs });
  }
}

function prefixOf(namespace: readonly string[]): string {
  return ["langgraph", ...namespace].map((label) => escaped(label) + end).join("");
}

function namespaceOf(prefix: string): string[] {
  return prefix.split(end).slice(1, -1).map(unescaped);
}

function toItem({ prefix, key, value, createdAt, updatedAt }: KvEntry): Item {
  return {
    namespace: namespaceOf(prefix),
    key: unescaped(key),
    // What a put wrote.
    value: JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())) as Item["value"],
    createdAt,
    updatedAt,
  };
}
