import type { Transaction } from "holdfast";
import { HoldfastError, InvalidInputError } from "holdfast/errors";
import type { Labels } from "holdfast/executions";
import type { KvHead, KvKey } from "holdfast/kv";
import { nameOf } from "../items.ts";
import { textsAt } from "../paths.ts";
import { type Statement, textIn, valuesOf } from "../statement.ts";
import {
  createExtension,
  createTable,
  findPgvector,
  listNearest,
  lockSetup,
  replaceVectors,
} from "./statements.generated.ts";

/** Makes vectors of texts, as the embeddings of LangChain do. */
export interface TextEmbeddings {
  embedDocuments(texts: string[]): Promise<number[][]>;
  embedQuery(text: string): Promise<number[]>;
}

/** How items are found by meaning. It needs pgvector on the server, and `setup()` once. */
export interface VectorIndex {
  /** The length of each vector. */
  readonly dims: number;
  /** As LangGraph's own stores call them: `embeddings` in memory, `embed` on PostgreSQL. One of the two is needed. */
  readonly embeddings?: TextEmbeddings | undefined;
  /** See `embeddings`; a function makes the vectors of several texts. */
  readonly embed?: TextEmbeddings | ((texts: string[]) => Promise<number[][]>) | undefined;
  /** The paths to the texts of an item. Each text gets a vector. By default, the path is `["$"]`, the whole item. */
  readonly fields?: readonly string[] | undefined;
  /** The store's schema; needed on a transaction of a store whose schema is not "holdfast". */
  readonly schema?: string | undefined;
}

/** An item to index, with the paths to its texts. */
export interface IndexedItem extends KvKey {
  readonly value: unknown;
  readonly labels: Labels;
  readonly paths: readonly string[] | undefined;
}

/** A vector of an item. */
interface Embedded extends KvKey {
  readonly labels: Labels;
  readonly number: number;
  readonly embedding: string;
}

/** An item near a query. */
export interface Candidate extends KvKey {
  readonly version: number;
  readonly score: number;
}

/** Where to look for candidates. */
export interface CandidateRequest {
  readonly start: string;
  readonly labels: Labels;
  /** A path of JSON, which the labels of candidates match; null for none. */
  readonly ranges: string | null;
  readonly vector: string;
  readonly limit: number;
  readonly offset: number;
}

/** The most dimensions of a vector in pgvector. */
const dimsMax = 16_000;

/** The vectors of items, in a table of their own. A vector counts only for the version of the item that it was made of. */
export class Vectors {
  readonly #index: VectorIndex;
  readonly #embeddings: TextEmbeddings;
  readonly #schema: string;

  constructor(index: VectorIndex, schema: string | undefined) {
    if (!Number.isInteger(index.dims) || index.dims < 1 || index.dims > dimsMax) {
      throw invalid("index.dims", `must be a whole number from 1 to ${dimsMax}`);
    }
    const { embeddings = index.embed } = index;
    if (embeddings === undefined) throw invalid("index.embeddings", "is missing: give what makes the vectors");
    this.#index = index;
    this.#embeddings =
      typeof embeddings === "function"
        ? { embedDocuments: embeddings, embedQuery: async (text) => (await embeddings([text]))[0] ?? [] }
        : embeddings;
    const name = schema ?? index.schema ?? "holdfast";
    // Holdfast accepts no other names.
    if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw invalid("index.schema", "is no name of a schema that Holdfast accepts");
    this.#schema = `"${name}"`;
  }

  /** Makes the extension and the table, where they are missing. */
  async setup(tx: Pick<Transaction, "query">): Promise<void> {
    const [found] = await this.#query(tx, findPgvector, {});
    if (found?.is_available !== true) {
      throw invalid(
        "index",
        "needs the extension pgvector, which this server does not have: install it, or leave index out",
      );
    }
    await this.#query(tx, lockSetup, { name: this.#schema });
    await this.#query(tx, createExtension, {});
    await this.#query(tx, createTable, {});
  }

  /** Makes the vectors of items. Equal texts are embedded once. */
  async embed(items: readonly IndexedItem[]): Promise<readonly Embedded[]> {
    const texts = items.flatMap(({ prefix, key, value, labels, paths = this.#index.fields ?? ["$"] }) =>
      paths.flatMap((path) => textsAt(value, path)).map((text, number) => ({ prefix, key, labels, number, text })),
    );
    const distinct = [...new Set(texts.map(({ text }) => text))];
    const vectors = distinct.length === 0 ? [] : await this.#embeddings.embedDocuments(distinct);
    const byText = new Map(distinct.map((text, i) => [text, this.#textOf(vectors[i])]));
    return texts.map(({ text, ...each }) => ({ ...each, embedding: byText.get(text) ?? "" }));
  }

  /** Makes the vector of a query. */
  async embedQuery(query: string): Promise<string> {
    return this.#textOf(await this.#embeddings.embedQuery(query));
  }

  /** Replaces all vectors of the items that were just written. */
  async write(tx: Pick<Transaction, "query">, heads: readonly KvHead[], embedded: readonly Embedded[]): Promise<void> {
    const versions = new Map(heads.map((head) => [nameOf(head), head.version]));
    const rows = embedded.map((each) => ({ ...each, version: versions.get(nameOf(each)) }));
    await this.#query(tx, replaceVectors, {
      items: JSON.stringify(heads.map(({ prefix, key }) => ({ prefix, key }))),
      vectors: JSON.stringify(rows),
      dims: this.#index.dims,
    });
  }

  /** The items nearest to a vector, by the nearest of their own. Filters are applied before the limit. */
  async near(tx: Pick<Transaction, "query">, request: CandidateRequest): Promise<readonly Candidate[]> {
    const { start, labels, ...rest } = request;
    const place = { start, end: after(start), dims: this.#index.dims };
    const rows = await this.#query(tx, listNearest, { ...rest, ...place, labels: JSON.stringify(labels) });
    return rows.map(({ prefix, key, version, distance }) => {
      // The distance of a vector of zeros is NaN.
      return { prefix, key, version, score: Number.isNaN(distance) ? 0 : 1 - distance };
    });
  }

  async #query<P extends object, R extends object>(
    tx: Pick<Transaction, "query">,
    statement: Statement<P, R>,
    parameters: P,
  ): Promise<readonly R[]> {
    try {
      return (await tx.query<R>(textIn(this.#schema, statement), valuesOf(statement, parameters))).rows;
    } catch (error) {
      const state = error instanceof HoldfastError ? error.facts["sqlstate"] : undefined;
      // The table, or the extension's type, is missing.
      if (state !== "42P01" && state !== "42704") throw error;
      throw invalid("index", "needs pgvector and a table that setup() makes: call it once before", error);
    }
  }

  #textOf(vector: readonly number[] | undefined): string {
    const { dims } = this.#index;
    if (vector?.length !== dims || !vector.every(Number.isFinite)) {
      throw invalid("index.dims", `is ${dims}, and the embeddings made ${vector?.length ?? "no"} numbers`);
    }
    return `[${vector.join(",")}]`;
  }
}

/** The first text after all that start with this one. */
function after(start: string): string {
  return start.slice(0, -1) + String.fromCharCode(start.charCodeAt(start.length - 1) + 1);
}

function invalid(field: string, fault: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${field} ${fault}.`, { facts: { field }, ...(cause === undefined ? {} : { cause }) });
}
