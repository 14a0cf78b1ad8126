import { type Codec, decodeOptional, type JsonText } from "../database/codec.ts";

/** An entry to append: what happened, and what belongs to it. */
export interface HistoryEntryInput {
  readonly kind: string;
  readonly payload?: unknown;
}

/** One numbered entry of an execution's history; it never changes. A payload that was never given is undefined. */
export interface HistoryEntry {
  readonly executionId: string;
  /** 1 for the first; the numbers of one execution have no gaps. */
  readonly number: number;
  /** Names the entry in the whole store: an entry that forks share has one position, whichever of them it is read from. */
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: unknown;
}

/** An entry's columns but its execution's, as statements give them. */
export interface EntryRow {
  readonly number: number;
  readonly position: number;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: JsonText | null;
}

/** An entry out of its row. */
export function toEntry(codec: Codec, executionId: string, row: EntryRow): HistoryEntry {
  const { number, position, kind, recordedAt, payload } = row;
  return { executionId, number, position, kind, recordedAt, payload: decodeOptional(codec, payload) };
}
