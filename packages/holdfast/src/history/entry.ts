import { type Codec, decodeOptional, type JsonText } from "../core/codec.ts";

/** An entry to append. */
export interface HistoryEntryInput {
  readonly kind: string;
  readonly payload?: unknown;
}

/** One numbered entry of an execution's history; it never changes. A payload that was never given is undefined. */
export interface HistoryEntry {
  readonly executionId: string;
  /** 1 for the first; the numbers of one execution have no gaps. */
  readonly number: number;
  /** Identifies the entry in the store. An entry that forks share has the same position in all of them. */
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: unknown;
}

/** An entry's columns without its execution's, as statements return them. */
export interface EntryRow {
  readonly number: number;
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: JsonText | null;
}

/** Reads an entry from its row. */
export function toEntry(codec: Codec, executionId: string, row: EntryRow): HistoryEntry {
  const { number, position, kind, recordedAt, payload } = row;
  return { executionId, number, position, kind, recordedAt, payload: decodeOptional(codec, payload) };
}
