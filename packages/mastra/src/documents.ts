import type { Store, Transaction } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import type { Execution, ExecutionInput, LabelFilter, LabelRange, Labels } from "holdfast/executions";
import { baseLabels, type DocumentKind, orderOf, pathLabels, sortLabels, valueLabels } from "./labels.ts";
import { escaped } from "./text.ts";

/** A document to write. */
export interface NewDocument<T> {
  readonly id: string;
  /** Without it, the stored value stays. */
  readonly value?: T;
  /** What lists filter by. */
  readonly labels: Labels;
  /** What lists order by, and filter by ranges of. */
  readonly sorts: Readonly<Record<string, number>>;
  /** The execution that it is removed with. */
  readonly parentId?: string;
}

/** Which documents to find: those with all of the labels, within all of the ranges. */
export interface DocumentFilter {
  readonly labels: Labels;
  readonly ranges?: Readonly<Record<string, LabelRange>>;
}

/** Which documents to list, and in what order. */
export interface DocumentQuery extends DocumentFilter {
  readonly orderBy: string;
  readonly order: "asc" | "desc";
}

/** A part of a list: `limit` documents after the first `offset`. */
export interface Slice {
  readonly offset: number;
  readonly limit: number;
}

/** The most items of one call. */
const pageMax = 1000;

/** The documents of one kind. Each is an execution. */
export class Documents<T> {
  readonly #place: Store | Transaction;
  readonly kind: DocumentKind;

  constructor(place: Store | Transaction, kind: DocumentKind) {
    this.#place = place;
    this.kind = kind;
  }

  /** The same documents in a transaction. */
  on(tx: Transaction): Documents<T> {
    return new Documents(tx, this.kind);
  }

  async get(id: string): Promise<T | null> {
    const execution = await this.#place.executions.get(this.idOf(id));
    return execution && valueOf<T>(execution);
  }

  /** In the order of the ids, without those that do not exist. */
  async getMany(ids: readonly string[]): Promise<T[]> {
    return this.#read(ids.map((id) => this.idOf(id)));
  }

  /** Creates or replaces documents, all or none. */
  async putMany(documents: readonly NewDocument<T>[]): Promise<void> {
    const inputs = documents.map((document) => this.#inputOf(document));
    const [only, ...rest] = inputs;
    // A lone write travels with those of concurrent callers.
    if (only && rest.length === 0) await this.#place.executions.save(only);
    else await this.#place.executions.saveMany(inputs);
  }

  /**
   * Changes a document, and nobody else between reading and writing. Returns null without one. The change gets the transaction, for
   * what is written with it.
   */
  async change<R extends T | null>(
    id: string,
    change: (value: T, tx: Transaction) => NewDocument<T> | Promise<NewDocument<T>>,
  ): Promise<R | T | null> {
    return this.#place.transaction(async (tx) => {
      const documents = this.on(tx);
      if ((await documents.get(id)) === null) return null;
      const changed = await change(valueOf<T>(await tx.executions.lock(this.idOf(id))), tx);
      await documents.putMany([changed]);
      return changed.value ?? null;
    });
  }

  /** Removes documents, those that exist. */
  async removeMany(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#place.executions.remove(this.idOf(id))));
  }

  /** Removes the documents that pass a filter. */
  async removeAll(filter: DocumentFilter): Promise<void> {
    const query = { labels: this.#filterOf(filter), payloads: false, limit: pageMax } as const;
    for (let isDone = false; !isDone;) {
      const { items, next } = await this.#place.executions.list(query);
      await Promise.all(items.map(({ id }) => this.#place.executions.remove(id)));
      isDone = next === null;
    }
  }

  /** Removes at most `limit` documents that come before a place in an order. Returns how many it removed. */
  async removeBefore(orderBy: string, before: number, limit: number): Promise<number> {
    const label = orderOf(this.kind, orderBy, {}).label;
    const query = { labels: { [label]: { lt: before } }, orderBy: { label }, payloads: false } as const;
    const { items } = await this.#place.executions.list({ ...query, limit: Math.min(limit, pageMax) });
    const removed = await Promise.all(items.map(({ id }) => this.#place.executions.remove(id)));
    return removed.filter(Boolean).length;
  }

  async count(filter: DocumentFilter): Promise<number> {
    return this.#place.executions.count({ labels: this.#filterOf(filter) });
  }

  /** Documents in an order. Those before the slice are read without their values. */
  async list(query: DocumentQuery, slice: Slice): Promise<T[]> {
    return this.#read((await this.#places([query], query, slice)).map(({ id }) => id));
  }

  /** The documents that pass any of several filters: how many, and a part of them. No two of the filters may pass the same document. */
  async listAny(
    filters: readonly DocumentFilter[],
    by: Pick<DocumentQuery, "orderBy" | "order">,
    slice: Slice,
  ): Promise<{ readonly total: number; readonly values: T[] }> {
    const [counts, places] = await Promise.all([
      Promise.all(filters.map((filter) => this.count(filter))),
      this.#places(filters, by, slice),
    ]);
    const values = await this.#read(places.map(({ id }) => id));
    return { total: counts.reduce((sum, count) => sum + count, 0), values };
  }

  /** Every document that passes a filter, in the order of their creation. */
  async *iterate(filter: DocumentFilter): AsyncGenerator<T, void, undefined> {
    const query = { labels: this.#filterOf(filter), limit: pageMax };
    for await (const execution of this.#place.executions.iterate(query)) yield valueOf<T>(execution);
  }

  /** The values of one label, each once, with a document that has it. Takes a look-up for each value. */
  async *distinct(name: string, labels: Labels = {}): AsyncGenerator<{ label: unknown; value: T }, void, undefined> {
    const label = `${this.kind} ${name}`;
    const rest = valueLabels(this.kind, labels);
    let range: LabelRange = { gte: "" };
    for (;;) {
      const query = { labels: { ...rest, [label]: range }, orderBy: { label }, limit: 1 } as const;
      const [found] = (await this.#place.executions.list(query)).items;
      if (!found) return;
      const value = found.labels[label];
      yield { label: value, value: valueOf<T>(found) };
      range = { gt: String(value) };
    }
  }

  /** The id of the execution that a document is. */
  idOf(id: string): string {
    return `mastra ${this.kind} ${escaped(id, `${this.kind}.id`)}`;
  }

  /** The executions of a slice of the documents that pass any of the filters. */
  async #places(
    filters: readonly DocumentFilter[],
    { orderBy, order }: Pick<DocumentQuery, "orderBy" | "order">,
    { offset, limit }: Slice,
  ): Promise<readonly { readonly id: string; readonly at: number }[]> {
    if (limit === 0) return [];
    const end = offset + limit;
    const sort = orderOf(this.kind, orderBy, {}).label;
    // The first of all are among the first of each.
    const each = filters.map(async ({ labels, ranges = {} }) => {
      const { label, rest } = orderOf(this.kind, orderBy, labels);
      const { [orderBy]: own, ...others } = ranges;
      const spans = { ...sortLabels(this.kind, others), ...(own && { [label]: own }) };
      const query = { labels: { ...valueLabels(this.kind, rest), ...spans }, orderBy: { label }, order } as const;
      const found: { id: string; at: number }[] = [];
      const page = { payloads: false, limit: Math.min(pageMax, end) };
      for await (const execution of this.#place.executions.iterate({ ...query, ...page })) {
        found.push({ id: execution.id, at: Number(execution.labels[sort]) });
        if (found.length === end) break;
      }
      return found;
    });
    const all = (await Promise.all(each)).flat();
    const sign = order === "asc" ? 1 : -1;
    return (filters.length > 1 ? all.toSorted((a, b) => (a.at - b.at) * sign) : all).slice(offset, end);
  }

  async #read(ids: readonly string[]): Promise<T[]> {
    const values: T[] = [];
    for (let at = 0; at < ids.length; at += pageMax) {
      const found = await this.#place.executions.getMany(ids.slice(at, at + pageMax));
      values.push(...found.flatMap((execution) => (execution === null ? [] : [valueOf<T>(execution)])));
    }
    return values;
  }

  #filterOf({ labels, ranges = {} }: DocumentFilter): LabelFilter {
    const own = { ...valueLabels(this.kind, labels), ...sortLabels(this.kind, ranges) };
    return Object.keys(own).length > 0 ? own : baseLabels(this.kind);
  }

  #inputOf({ id, value, labels, sorts, parentId }: NewDocument<T>): ExecutionInput {
    return {
      id: this.idOf(id),
      labels: {
        ...baseLabels(this.kind),
        ...valueLabels(this.kind, labels),
        ...sortLabels(this.kind, sorts),
        ...pathLabels(this.kind, labels, sorts),
      },
      ...(value !== undefined && { state: { value } }),
      ...(parentId !== undefined && { parentId }),
    };
  }
}

/** Which part of a list a page is. */
export function sliceOf(page: number, perPage: number): Slice {
  if (Number.isSafeInteger(page) && page >= 0) return { offset: page * perPage, limit: perPage };
  throw new InvalidInputError("page must be >= 0, and a whole number.", { facts: { field: "page" } });
}

/** What an execution of a document holds. */
export function valueOf<T>({ state }: Pick<Execution, "state">): T {
  // What `putMany` wrote.
  return (state as { readonly value: T }).value;
}
