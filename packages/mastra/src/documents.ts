import type { Transaction } from "holdfast";
import type { KvEntry, KvInput, KvKey } from "holdfast/kv";
import type { DocumentFilter, DocumentQuery, Home, NewDocument, Slice } from "./document.ts";
import {
  documentKey,
  type DocumentKind,
  documentPrefix,
  type Facet,
  facetStart,
  facetValue,
  keyAt,
  numberAt,
  orderOf,
  placeName,
  placesOf,
} from "./places.ts";

/** What is stored of a document: its value, and the names of the rows that it is found by. */
interface Stored<T> {
  readonly value: T;
  readonly places: readonly (readonly [prefix: string, key: string])[];
}

/** The most items of one call. */
const pageMax = 1000;

/**
 * The documents of one kind. Each is an entry of kv, and so is each row that it is found by. Writers of one document wait for each other,
 * so that its rows are always those of its newest version.
 */
export class Documents<T> {
  readonly #home: Home;
  readonly kind: DocumentKind;
  readonly #tx: Transaction | null;

  constructor(home: Home, kind: DocumentKind, tx: Transaction | null = null) {
    this.#home = tx ? { ...home, place: tx } : home;
    this.kind = kind;
    this.#tx = tx;
  }

  /** The same documents in a transaction. */
  on(tx: Transaction): Documents<T> {
    return new Documents(this.#home, this.kind, tx);
  }

  async get(id: string): Promise<T | null> {
    const entry = await this.#home.place.kv.get(documentPrefix(this.kind), documentKey(this.kind, id));
    return entry && this.#decode(entry).value;
  }

  /** In the order of the ids, without those that do not exist. */
  async getMany(ids: readonly string[]): Promise<T[]> {
    return this.#read(ids.map((id) => documentKey(this.kind, id)));
  }

  /** Creates or replaces documents, all or none. Their ids are distinct. */
  async putMany(documents: readonly NewDocument<T>[]): Promise<void> {
    const inputs = documents.map((document) => this.#encode(document));
    await this.#within(async (tx) => this.#write(tx, inputs));
  }

  /**
   * Locks documents, and creates those that do not exist. Returns the values of all, in order. Their ids are distinct.
   */
  async ensure(documents: readonly NewDocument<T>[]): Promise<T[]> {
    const inputs = documents.map((document) => this.#encode(document));
    return this.#within(async (tx) => {
      for (;;) {
        await this.#insert(tx, inputs);
        const stored = await this.#lock(tx, inputs.map(nameOf));
        // One that others removed in between is created again.
        if (stored.every((each) => each !== null)) return stored.map(({ value }) => value);
      }
    });
  }

  /** Creates a document. Returns whether there was none. */
  async add(document: NewDocument<T>): Promise<boolean> {
    const input = this.#encode(document);
    return this.#within(async (tx) => (await this.#insert(tx, [input]))[0] === true);
  }

  /**
   * Changes a document, and nobody else between reading and writing. Returns null without one. The change gets the transaction, for
   * what is written with it; null changes nothing.
   */
  async change(
    id: string,
    change: (value: T, tx: Transaction) => NewDocument<T> | null | Promise<NewDocument<T> | null>,
  ): Promise<T | null> {
    const name = { prefix: documentPrefix(this.kind), key: documentKey(this.kind, id) };
    return this.#within(async (tx) => {
      const [stored] = await this.#lock(tx, [name]);
      if (!stored) return null;
      const changed = await change(stored.value, tx);
      if (changed === null) return stored.value;
      await this.#replace(tx, [this.#encode(changed)], [stored]);
      return changed.value;
    });
  }

  /** Removes documents, those that exist. Returns how many those were. */
  async removeMany(ids: readonly string[]): Promise<number> {
    return this.#remove([...new Set(ids.map((id) => documentKey(this.kind, id)))]);
  }

  /** Removes the documents that pass a filter, of those that an order has. */
  async removeAll(filter: DocumentFilter, orderBy?: string): Promise<void> {
    const { prefix, filter: within } = orderOf(this.kind, filter, orderBy);
    let after: string | null | undefined;
    while (after !== null) {
      const { items, next } = await this.#home.place.kv.list(prefix, { ...within, after, limit: pageMax });
      await this.#remove(items.map(keyAt));
      after = next;
    }
  }

  /** Removes at most `limit` documents that come before a place in an order. Returns how many it removed. */
  async removeBefore(orderBy: string, before: number, limit: number): Promise<number> {
    return this.#remove(await this.#keysBefore(orderBy, before, limit));
  }

  /** The values of at most `limit` documents that come before a place in an order. */
  async listBefore(orderBy: string, before: number, limit: number): Promise<T[]> {
    return this.#read(await this.#keysBefore(orderBy, before, limit));
  }

  /** How many documents pass a filter, of those that an order has. */
  async count(filter: DocumentFilter, orderBy?: string): Promise<number> {
    const { prefix, filter: within } = orderOf(this.kind, filter, orderBy);
    return this.#home.place.kv.count(prefix, within);
  }

  /** Documents in an order. Those before the slice are read without their values. */
  async list(query: DocumentQuery, slice: Slice): Promise<T[]> {
    return this.#read(await this.#keys([query], query, slice));
  }

  /** The documents that pass any of several filters: how many, and a part of them. No two of the filters may pass the same document. */
  async listAny(
    filters: readonly DocumentFilter[],
    by: Pick<DocumentQuery, "orderBy" | "order">,
    slice: Slice,
  ): Promise<{ readonly total: number; readonly values: T[] }> {
    const [counts, keys] = await Promise.all([
      Promise.all(filters.map((filter) => this.count(filter, by.orderBy))),
      this.#keys(filters, by, slice),
    ]);
    return { total: counts.reduce((sum, count) => sum + count, 0), values: await this.#read(keys) };
  }

  /** Every document that passes a filter, in an order. */
  async *iterate(filter: DocumentFilter, orderBy?: string): AsyncGenerator<T, void, undefined> {
    const { prefix, filter: within } = orderOf(this.kind, filter, orderBy);
    let after: string | null | undefined;
    while (after !== null) {
      const { items, next } = await this.#home.place.kv.list(prefix, { ...within, after, limit: pageMax });
      yield* await this.#read(items.map(keyAt));
      after = next;
    }
  }

  /** The values of a facet, each once. Takes a look-up for each value. */
  async *valuesOf(facet: Omit<Facet, "value">): AsyncGenerator<string, void, undefined> {
    const start = facetStart(this.kind, facet);
    for await (const prefix of this.#home.place.kv.iteratePrefixes(start, { limit: pageMax })) {
      const value = facetValue(prefix.slice(start.length));
      if (value === null) {
        const [long] = (await this.#home.place.kv.list(prefix, { limit: 1 })).items;
        if (long?.value) yield JSON.parse(Buffer.from(long.value).toString()) as string;
      } else yield value;
    }
  }

  async #within<R>(work: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#tx ? work(this.#tx) : this.#home.place.transaction(work);
  }

  /** Writes documents and their rows. A new document takes one statement. */
  async #write(tx: Transaction, inputs: readonly Input[]): Promise<void> {
    if (inputs.length === 0) return;
    const answers = await tx.kv.setMany(inputs.flat(), { onConflict: "skip" });
    let at = 0;
    const existing = inputs.filter((input) => {
      const isNew = answers[at]?.ok === true;
      at += input.length;
      return !isNew;
    });
    const stored = await this.#lock(tx, existing.map(nameOf));
    const held = existing.filter((_, i) => stored[i]);
    const before = stored.filter((each) => each !== null);
    await this.#replace(tx, held, before);
    // Others have removed the rest in between.
    const gone = existing.filter((_, i) => !stored[i]);
    await this.#write(tx, gone);
  }

  /** Creates the documents that do not exist. Returns which those were. */
  async #insert(tx: Transaction, inputs: readonly Input[]): Promise<readonly boolean[]> {
    const entries = inputs.map(([entry]) => entry);
    const added = (await tx.kv.setMany(entries, { onConflict: "skip" })).map(({ ok }) => ok);
    // The rows of one that exists may be others.
    await tx.kv.setMany(inputs.flatMap(([, ...places], i) => (added[i] === true ? places : [])));
    return added;
  }

  /** Replaces locked documents, and removes the rows that no longer lead to them. */
  async #replace(tx: Transaction, inputs: readonly Input[], before: readonly Stored<T>[]): Promise<void> {
    if (inputs.length === 0) return;
    const current = new Set(inputs.flatMap((input) => input.map(placeName)));
    const places = before.flatMap((each) => each.places).map(([prefix, key]) => ({ prefix, key }));
    await tx.kv.setMany(inputs.flat());
    await tx.kv.removeMany(places.filter((place) => !current.has(placeName(place))));
  }

  /** Locks documents until the transaction ends, and reads them: null for one that does not exist. */
  async #lock(tx: Transaction, names: readonly KvKey[]): Promise<readonly (Stored<T> | null)[]> {
    if (names.length === 0) return [];
    for (;;) {
      const held = await tx.kv.touchMany(names);
      const entries = await tx.kv.getMany(names);
      // One that was removed and created again, while it was waited for, is not locked yet.
      const isLocked = entries.every((entry, i) => entry === null || held[i] !== null);
      if (isLocked) return entries.map((entry) => entry && this.#decode(entry));
    }
  }

  async #remove(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const names = keys.map((key) => ({ prefix: documentPrefix(this.kind), key }));
    return this.#within(async (tx) => {
      const stored = await this.#lock(tx, names);
      // One that is not there is not locked either: others may be creating it.
      const held = names.filter((_, i) => stored[i]);
      const places = stored.flatMap((each) => each?.places ?? []).map(([prefix, key]) => ({ prefix, key }));
      await tx.kv.removeMany([...held, ...places]);
      return held.length;
    });
  }

  async #keysBefore(orderBy: string, before: number, limit: number): Promise<string[]> {
    const { prefix, filter } = orderOf(this.kind, { labels: {}, ranges: { [orderBy]: { lt: before } } }, orderBy);
    const { items } = await this.#home.place.kv.list(prefix, { ...filter, limit: Math.min(limit, pageMax) });
    return items.map(keyAt);
  }

  /** The keys of a slice of the documents that pass any of the filters. */
  async #keys(
    filters: readonly DocumentFilter[],
    { orderBy, order }: Pick<DocumentQuery, "orderBy" | "order">,
    { offset, limit }: Slice,
  ): Promise<string[]> {
    if (limit === 0) return [];
    const end = offset + limit;
    // The first of all are among the first of each.
    const each = filters.map(async (given) => {
      const { prefix, filter } = orderOf(this.kind, given, orderBy);
      const found: KvKey[] = [];
      const page = { order, limit: Math.min(pageMax, end) };
      for await (const { key } of this.#home.place.kv.iterate(prefix, { ...filter, ...page })) {
        found.push({ prefix, key });
        if (found.length === end) break;
      }
      return found;
    });
    const all = (await Promise.all(each)).flat();
    const sign = order === "asc" ? 1 : -1;
    const compare = (a: KvKey, b: KvKey): number =>
      sign * Buffer.compare(Buffer.from(numberAt(a)), Buffer.from(numberAt(b)));
    return (filters.length > 1 ? all.toSorted(compare) : all).slice(offset, end).map(keyAt);
  }

  async #read(keys: readonly string[]): Promise<T[]> {
    const prefix = documentPrefix(this.kind);
    const found = await this.#home.place.kv.getMany(keys.map((key) => ({ prefix, key })));
    return found.flatMap((entry) => (entry === null ? [] : [this.#decode(entry).value]));
  }

  #encode({ id, value, ...found }: NewDocument<T>): Input {
    const [prefix, key] = [documentPrefix(this.kind), documentKey(this.kind, id)];
    const places = placesOf(this.kind, key, found);
    const names = places.map((place): Stored<T>["places"][number] => [place.prefix, place.key]);
    const stored: Stored<T> = { value, places: names };
    const text = this.#home.codec.encode(stored, this.kind);
    return [{ prefix, key, value: new TextEncoder().encode(text) }, ...places];
  }

  #decode({ value }: KvEntry): Stored<T> {
    // What `#encode` wrote.
    return this.#home.codec.decode(Buffer.from(value ?? []).toString()) as Stored<T>;
  }
}

/** The entry of a document, and those of its rows. */
type Input = readonly [KvInput, ...KvInput[]];

function nameOf([{ prefix, key }]: Input): KvKey {
  return { prefix, key };
}
