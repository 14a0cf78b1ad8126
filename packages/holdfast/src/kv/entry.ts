/** Where an entry is: both parts are text, compared byte by byte, and each may be empty. */
export interface KvKey {
  readonly prefix: string;
  readonly key: string;
}

/** What a store keeps about an entry beside its value. */
export interface KvHead extends KvKey {
  /** Another one after each write, and never one that any entry had before: not even after it was removed and set again. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** From when on the entry is absent; null for one that stays. */
  readonly expiresAt: Date | null;
}

/** An entry. A value of null and one of no bytes are two things, and an absent entry is none. */
export interface KvEntry extends KvHead {
  /** The caller's own copy. */
  readonly value: Uint8Array | null;
}

/** An entry to write. */
export interface KvInput extends KvKey {
  /** Copied at the call. */
  readonly value: Uint8Array | null;
  /** How long the entry is there, by the database's clock; for ever where it is left out, whatever was said before. */
  readonly ttlMs?: number | undefined;
  /** The version that the entry must be at; 0 means that there must be none. */
  readonly expectedVersion?: number | undefined;
}

/** An entry to write only where nobody came first. */
export interface KvSwapInput extends KvInput {
  readonly expectedVersion: number;
}

/** What came of a compare-and-set: `current` is what is there after it was lost, null where there is nothing. */
export type KvSwap =
  | { readonly ok: true; readonly written: KvHead }
  | { readonly ok: false; readonly current: KvEntry | null };

/** What to do with entries that are there: replace them, or leave them as they are. */
export interface KvSetOptions {
  /** "replace" by default. */
  readonly onConflict?: "replace" | "skip" | undefined;
}

/** How long an entry stays that is touched. */
export interface KvTouchOptions {
  /** From now on, by the database's clock; for ever where it is left out. */
  readonly ttlMs?: number | undefined;
}

/** Bytes to add to a value. */
export interface KvAppendInput extends KvKey {
  readonly value: Uint8Array;
  /** How long the entry is there from now on; its expiry stays as it is where this is left out. */
  readonly ttlMs?: number | undefined;
}

/** An entry to remove. */
export interface KvRemoval extends KvKey {
  /** The version that the entry must be at; 0 means that there must be none. */
  readonly expectedVersion?: number | undefined;
}

/** Which keys of a prefix: between a lower bound and an upper one, each with the key itself (`gte`, `lte`) or without. */
export interface KvRange {
  readonly gt?: string | undefined;
  readonly gte?: string | undefined;
  readonly lt?: string | undefined;
  readonly lte?: string | undefined;
}
