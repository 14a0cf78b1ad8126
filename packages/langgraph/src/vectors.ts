import type { Transaction } from "holdfast";
import { HoldfastError, InvalidInputError } from "holdfast/errors";
import type { Labels } from "holdfast/executions";
import type { KvHead, KvKey } from "holdfast/kv";
import { nameOf } from "./items.ts";
import { textsAt } from "./paths.ts";

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
  readonly vector: string;
  readonly limit: number;
  readonly offset: number;
}

/** The most dimensions of a vector in pgvector. */
const dimsMax = 16_000;

/**
 * The vectors of items, in a table of their own: one row for each text. A foreign key to the entries of `kv` removes the vectors of an item
 * in the transaction that removes the item, however that happens. A vector counts only for the version of the item that it was made of.
 */
export class Vectors {
  readonly #index: VectorIndex;
  readonly #embeddings: TextEmbeddings;
  readonly #schema: string;
  readonly #table: string;

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
    this.#table = `${this.#schema}.langgraph_vectors_${index.dims}`;
  }

  /** Makes the extension and the table, where they are missing. */
  async setup(tx: Pick<Transaction, "query">): Promise<void> {
    // Two processes that make the same table at once would collide in the catalog.
    await tx.query("select pg_advisory_xact_lock(hashtext($1))", [this.#table]);
    const found = await tx.query("select from pg_available_extensions where name = 'vector'");
    if (found.rowCount === 0) {
      throw invalid(
        "index",
        "needs the extension pgvector, which this server does not have: install it, or leave index out",
      );
    }
    await tx.query("create extension if not exists vector");
    await tx.query(`create table if not exists ${this.#table} (
      prefix text collate "C" not null,
      key text collate "C" not null,
      number integer not null,
      version bigint not null,
      labels jsonb not null,
      embedding vector(${this.#index.dims}) not null,
      primary key (prefix, key, number),
      foreign key (prefix, key) references ${this.#schema}.kv_entries on delete cascade
    )`);
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
    await this.#query(
      tx,
      `with given as materialized (
        select vector.prefix, vector.key, vector.number, vector.version, vector.labels, vector.embedding
        from json_to_recordset($2::json)
          as vector(prefix text, key text, number integer, version bigint, labels jsonb, embedding vector)
      ), removed as (
        delete from ${this.#table} as stored
        using json_to_recordset($1::json) as written(prefix text, key text)
        where stored.prefix = written.prefix and stored.key = written.key and not exists (
          select from given
          where given.prefix = stored.prefix and given.key = stored.key and given.number = stored.number
        )
      )
      insert into ${this.#table} (prefix, key, number, version, labels, embedding)
      select given.prefix, given.key, given.number, given.version, given.labels, given.embedding from given
      on conflict (prefix, key, number) do update set
        version = excluded.version, labels = excluded.labels, embedding = excluded.embedding`,
      [JSON.stringify(heads.map(({ prefix, key }) => ({ prefix, key }))), JSON.stringify(rows)],
    );
  }

  /** The items nearest to a vector, by the nearest of their own. Filters are applied before the limit. */
  async near(tx: Pick<Transaction, "query">, request: CandidateRequest): Promise<readonly Candidate[]> {
    const { start, labels, vector, limit, offset } = request;
    const rows = await this.#query<{ prefix: string; key: string; version: string; distance: number }>(
      tx,
      `select stored.prefix, stored.key, stored.version::text, min(stored.embedding <=> $1::vector) as distance
      from ${this.#table} as stored
      where stored.prefix >= $2 and stored.prefix < $3 and stored.labels @> $4::jsonb
      group by stored.prefix, stored.key, stored.version
      order by distance, stored.prefix, stored.key, stored.version
      limit $5 offset $6`,
      [vector, start, after(start), JSON.stringify(labels), limit, offset],
    );
    return rows.map(({ prefix, key, version, distance }) => {
      // The distance of a vector of zeros is NaN.
      return { prefix, key, version: Number(version), score: Number.isNaN(distance) ? 0 : 1 - distance };
    });
  }

  async #query<R extends object>(
    tx: Pick<Transaction, "query">,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly R[]> {
    try {
      return (await tx.query<R>(text, values)).rows;
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
