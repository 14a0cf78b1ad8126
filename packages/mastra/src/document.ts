import type { Store, Transaction } from "holdfast";
import { type Codec, jsonCodec } from "holdfast/codecs";
import { InvalidInputError } from "holdfast/errors";
import type { LabelRange, Labels } from "holdfast/executions";
import type { Facet } from "./places.ts";

/** Where documents are kept: a store or one of its transactions, and how they are written. */
export interface Home {
  readonly place: Store | Transaction;
  readonly codec: Codec;
}

/** The options of a domain. */
export interface DomainOptions {
  /** How what the domain keeps in `kv` is written: plain JSON by default, whatever the store's codec is. */
  readonly codec?: Codec;
}

/** A document to write. */
export interface NewDocument<T> {
  readonly id: string;
  readonly value: T;
  /** What lists filter by. */
  readonly labels: Labels;
  /** What lists order by, and filter by ranges of. */
  readonly sorts: Readonly<Record<string, number>>;
  /** What discovery finds. */
  readonly facets?: readonly Facet[];
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

/** Where a domain keeps its documents. */
export function homeOf(place: Store | Transaction, { codec = jsonCodec }: DomainOptions = {}): Home {
  return { place, codec };
}

/** Which part of a list a page is. */
export function sliceOf(page: number, perPage: number): Slice {
  if (Number.isSafeInteger(page) && page >= 0) return { offset: page * perPage, limit: perPage };
  throw new InvalidInputError("page must be >= 0, and a whole number.", { facts: { field: "page" } });
}
