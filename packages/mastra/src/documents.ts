import type { Store, Transaction } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import type { Execution, LabelFilter, Labels } from "holdfast/executions";
import { escaped } from "./text.ts";

/** What Mastra keeps besides runs: each is an execution of its own, found by its labels. */
export type DocumentKind = "thread" | "message" | "resource" | "score";

/** A document to write. */
export interface NewDocument<T> {
  readonly id: string;
  readonly value: T;
  readonly labels: Labels;
}

/** Which documents to list, and in what order. */
export interface DocumentQuery {
  readonly labels: LabelFilter;
  readonly orderBy: string;
  readonly order: "asc" | "desc";
}

/** A part of a list: `limit` documents after the first `offset`. */
export interface Slice {
  readonly offset: number;
  readonly limit: number;
}

/** The documents of one kind. */
export class Documents<T> {
  readonly #place: Store | Transaction;
  readonly #kind: DocumentKind;

  constructor(place: Store | Transaction, kind: DocumentKind) {
    this.#place = place;
    this.#kind = kind;
  }

  /** The same documents in a transaction. */
  on(tx: Transaction): Documents<T> {
    return new Documents(tx, this.#kind);
  }

  async get(id: string): Promise<T | null> {
    const execution = await this.#place.executions.get(this.#idOf(id));
    return execution && valueOf<T>(execution);
  }

  /** In the order of the ids, without those that do not exist. */
  async getMany(ids: readonly string[]): Promise<T[]> {
    return this.#read(ids.map((id) => this.#idOf(id)));
  }

  /** Creates or replaces documents, all or none. */
  async putMany(documents: readonly NewDocument<T>[]): Promise<void> {
    const inputs = documents.map(({ id, value, labels }) => {
      return { id: this.#idOf(id), labels: { mastra: this.#kind, ...labels }, state: { value } };
    });
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
      const changed = await change(valueOf<T>(await tx.executions.lock(this.#idOf(id))), tx);
      await documents.putMany([changed]);
      return changed.value;
    });
  }

  /** Removes documents, those that exist. */
  async removeMany(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#place.executions.remove(this.#idOf(id))));
  }

  /** Removes all documents with these labels. */
  async removeAll(labels: LabelFilter): Promise<void> {
    const query = { labels: { mastra: this.#kind, ...labels }, payloads: false, limit: 1000 } as const;
    for (let isDone = false; !isDone;) {
      const { items, next } = await this.#place.executions.list(query);
      await Promise.all(items.map(({ id }) => this.#place.executions.remove(id)));
      isDone = next === null;
    }
  }

  async count(labels: LabelFilter): Promise<number> {
    return this.#place.executions.count({ labels: { mastra: this.#kind, ...labels } });
  }

  /** Documents in the order of a label. Those before the slice are read without their values. */
  async list({ labels, orderBy, order }: DocumentQuery, { offset, limit }: Slice): Promise<T[]> {
    if (limit === 0) return [];
    const query = {
      labels: { mastra: this.#kind, ...labels },
      orderBy: { label: orderBy },
      order,
      payloads: false,
      limit: Math.min(1000, offset + limit),
    };
    const ids: string[] = [];
    for await (const { id } of this.#place.executions.iterate(query)) {
      ids.push(id);
      if (ids.length === offset + limit) break;
    }
    return this.#read(ids.slice(offset));
  }

  async #read(ids: readonly string[]): Promise<T[]> {
    const values: T[] = [];
    for (let at = 0; at < ids.length; at += 1000) {
      const found = await this.#place.executions.getMany(ids.slice(at, at + 1000));
      values.push(...found.flatMap((execution) => (execution === null ? [] : [valueOf<T>(execution)])));
    }
    return values;
  }

  #idOf(id: string): string {
    return `mastra ${this.#kind} ${escaped(id, `${this.#kind}.id`)}`;
  }
}

/** Which part of a list a page is. */
export function sliceOf(page: number, perPage: number): Slice {
  if (Number.isSafeInteger(page) && page >= 0) return { offset: page * perPage, limit: perPage };
  throw new InvalidInputError("page must be >= 0, and a whole number.", { facts: { field: "page" } });
}

function valueOf<T>({ state }: Pick<Execution, "state">): T {
  // What `putMany` wrote.
  return (state as { readonly value: T }).value;
}
