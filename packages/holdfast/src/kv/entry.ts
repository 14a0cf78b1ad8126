import type { Labels } from "../executions/executions.ts";
import type { PrefixName, ReadValueOf, ValueOf } from "./kv-definition.ts";

/** The name of an entry. Both parts are text, compared byte by byte, and each may be empty. */
export interface KvKey<P extends PrefixName = string> {
  readonly prefix: P;
  readonly key: string;
}

/** An entry without its value. */
export interface KvHead extends KvKey {
  /** Changes with each write. No entry ever had the same version before, not even after a removal. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** From then on the entry is absent; null for a permanent one. */
  readonly expiresAt: Date | null;
}

/** An entry. A null value and an empty one are different, and an absent entry has neither. */
export interface KvEntry<Value = Uint8Array | null> extends KvHead {
  /** The caller's own copy. */
  readonly value: Value;
}

/** An entry that a search has found. */
export interface KvLabeledEntry extends KvEntry {
  readonly labels: Labels;
}

/** An entry to write. */
export interface KvInput<P extends PrefixName = string> extends KvKey<P> {
  /** Copied at the call. */
  readonly value: ValueOf<P>;
  /** The entry's time to live, by the database's clock; permanent if omitted, whatever it was before. */
  readonly ttlMs?: number | undefined;
  /** The expected version; 0 means that no entry may exist. */
  readonly expectedVersion?: number | undefined;
  /** What `search` filters by, in place of the entry's former labels. Without them, searches do not find the entry. */
  readonly labels?: Labels | undefined;
}

/** An entry to write only if nobody else was faster. */
export interface KvSwapInput<P extends PrefixName = string> extends KvInput<P> {
  readonly expectedVersion: number;
}

/** The outcome of a compare-and-set. If it was lost, `current` is the stored entry, or null. */
export type KvSwap<P extends PrefixName = string> =
  | { readonly ok: true; readonly written: KvHead }
  | { readonly ok: false; readonly current: KvEntry<ReadValueOf<P>> | null };

/** What to do with existing entries: replace or keep them. */
export interface KvSetOptions {
  /** "replace" by default. */
  readonly onConflict?: "replace" | "skip" | undefined;
}

/** The new time to live of an entry. */
export interface KvTouchOptions {
  /** From now on, by the database's clock; permanent if omitted. */
  readonly ttlMs?: number | undefined;
}

/** Bytes to add to a value. */
export interface KvAppendInput extends KvKey {
  readonly value: Uint8Array;
  /** The entry's time to live from now on; the expiry stays if omitted. */
  readonly ttlMs?: number | undefined;
}

/** An entry to remove. */
export interface KvRemoval extends KvKey<PrefixName> {
  /** The expected version; 0 means that no entry may exist. */
  readonly expectedVersion?: number | undefined;
}

/** A range of keys of a prefix, between a lower and an upper bound. `gte` and `lte` include the bound. */
export interface KvRange {
  readonly gt?: string | undefined;
  readonly gte?: string | undefined;
  readonly lt?: string | undefined;
  readonly lte?: string | undefined;
}
