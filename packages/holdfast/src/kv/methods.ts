import type { Page, PageRequest } from "../core/input.ts";
import type {
  KvAppendInput,
  KvEntry,
  KvHead,
  KvInput,
  KvKey,
  KvLabeledEntry,
  KvRange,
  KvRemoval,
  KvSetOptions,
  KvSwap,
  KvSwapInput,
  KvTouchOptions,
} from "./entry.ts";
import type { DefinedEntry, PrefixName, ReadValueOf } from "./kv-definition.ts";
import type { KvFilter, KvListRequest, KvPrefixListRequest } from "./read.ts";
import type { KvSearchRequest } from "./search.ts";

/** The expectation of a removal. */
export interface KvRemoveOptions {
  /** The expected version; 0 means that no entry may exist. */
  readonly expectedVersion?: number | undefined;
}

/** The most entries of one removal; unlimited by default. */
export interface KvRemoveLimit {
  readonly limit?: number | undefined;
}

/** What is read for each of several keys: null where there is no entry. */
export type KvEntries<Keys extends readonly KvKey<PrefixName>[]> = {
  readonly [I in keyof Keys]: KvEntry<ReadValueOf<Keys[I]["prefix"]>> | null;
};

/** A page for each of several prefixes. */
export type KvPages<Requests extends readonly KvPrefixListRequest[]> = {
  readonly [I in keyof Requests]: Page<KvEntry<ReadValueOf<Requests[I]["prefix"]>>>;
};

/**
 * Bytes by prefix and key. An entry whose time is up is absent for every call, whether or not it is still stored.
 *
 * Writes throw ConflictError where an entry is not at the version that they expect; `facts` hold `expected` and `actual`.
 *
 * Below a defined prefix there are values instead of bytes. Writes throw InvalidInputError for what the schema refuses, reads CorruptError
 * for what the codec or the schema cannot read.
 */
export interface Kv {
  /** null if there is no entry. An entry with a null value is still an entry. */
  get<P extends PrefixName>(prefix: P, key: string): Promise<KvEntry<ReadValueOf<P>> | null>;
  /** @throws NotFoundError */
  require<P extends PrefixName>(prefix: P, key: string): Promise<KvEntry<ReadValueOf<P>>>;
  /** In input order, null for each absent entry. Above 10,000 keys or 16 MiB of values, uses several statements. */
  getMany<const Keys extends readonly KvKey<PrefixName>[]>(keys: Keys): Promise<KvEntries<Keys>>;
  has(prefix: PrefixName, key: string): Promise<boolean>;
  /** In input order. Above 10,000 keys, uses several statements. */
  hasMany(keys: readonly KvKey<PrefixName>[]): Promise<readonly boolean[]>;
  /** Creates or replaces an entry, including its expiry and its labels. */
  set<P extends PrefixName>(input: KvInput<P> | DefinedEntry): Promise<KvHead>;
  /** Like `set`, all or nothing. Above 10,000 entries or 16 MiB of values, uses several statements of one transaction. */
  setMany(
    inputs: readonly (KvInput | DefinedEntry)[],
    options?: KvSetOptions & { readonly onConflict?: "replace" },
  ): Promise<readonly KvHead[]>;
  /**
   * As `setMany`, but with `onConflict: "skip"` entries that are there stay as they are: each input has an answer of its own, as of
   * `compareAndSet`. What is there comes as bytes, of defined prefixes too.
   */
  setMany(
    inputs: readonly (KvInput | DefinedEntry)[],
    options: KvSetOptions & { readonly onConflict: "skip" },
  ): Promise<readonly KvSwap[]>;
  /** Like `set` if the entry is at `expectedVersion`. Otherwise writes nothing and returns the stored entry. */
  compareAndSet<P extends PrefixName>(input: KvSwapInput<P>): Promise<KvSwap<P>>;
  /**
   * Adds bytes to the end of a value. A null or absent value counts as empty. Labels stay.
   *
   * @throws InvalidInputError above 16 MiB.
   */
  append(input: KvAppendInput): Promise<KvHead>;
  /** Gives an entry another time to live, and keeps value and version. Returns null if it does not exist. */
  touch(prefix: PrefixName, key: string, options?: KvTouchOptions): Promise<KvHead | null>;
  /** Like `touch`, with one time to live for all, in input order. Above 10,000 keys, uses several statements of one transaction. */
  touchMany(keys: readonly KvKey<PrefixName>[], options?: KvTouchOptions): Promise<readonly (KvHead | null)[]>;
  /** Returns whether there was an entry to remove. */
  remove(prefix: PrefixName, key: string, options?: KvRemoveOptions): Promise<boolean>;
  /** Like `remove`, all or nothing. Above 10,000, uses several statements of one transaction. */
  removeMany(keys: readonly KvRemoval[]): Promise<readonly boolean[]>;
  /** The entries of exactly this prefix that pass the filter, by key in byte order. A page may end before `limit`, once its values reach 16 MiB. */
  list<P extends PrefixName>(prefix: P, request?: KvListRequest): Promise<Page<KvEntry<ReadValueOf<P>>>>;
  /**
   * Pages of at most 100 prefixes, each as from `list`, in one round trip. Together their values have at most 16 MiB, not counting the
   * first entry of each.
   */
  listMany<const Requests extends readonly KvPrefixListRequest[]>(requests: Requests): Promise<KvPages<Requests>>;
  /**
   * Every item of `list`, read in pages of `limit`. Nothing is held between pages: the loop may call the store, or the transaction, and
   * sees writes ahead of it.
   */
  iterate<P extends PrefixName>(
    prefix: P,
    request?: KvListRequest,
  ): AsyncGenerator<KvEntry<ReadValueOf<P>>, void, undefined>;
  /** How many entries of exactly this prefix pass the filter; all without one. */
  count(prefix: PrefixName, filter?: KvFilter): Promise<number>;
  /** The entries of all prefixes that start with this text, taken literally, by prefix and key. Pages are as in `list`. */
  scan(prefixStart: string, page?: PageRequest): Promise<Page<KvEntry>>;
  /** Every item of `scan`, read in pages of `limit`. */
  iterateScan(prefixStart: string, page?: PageRequest): AsyncGenerator<KvEntry, void, undefined>;
  /**
   * The entries with labels of all prefixes that start with this text, by prefix and key. `labels` selects those with all of these: each
   * equal to a value, which an index serves, or within a range. Pages are as in `list`.
   */
  search(prefixStart: string, request?: KvSearchRequest): Promise<Page<KvLabeledEntry>>;
  /** Every item of `search`, read in pages of `limit`. */
  iterateSearch(prefixStart: string, request?: KvSearchRequest): AsyncGenerator<KvLabeledEntry, void, undefined>;
  /** The prefixes that start with this text and have entries, in byte order. */
  prefixes(prefixStart?: string, page?: PageRequest): Promise<Page<string>>;
  /** Every item of `prefixes`, read in pages of `limit`. */
  iteratePrefixes(prefixStart?: string, page?: PageRequest): AsyncGenerator<string, void, undefined>;
  /** Removes the entries of exactly this prefix, or those in a range, as `removeUnder` does. */
  removeRange(prefix: PrefixName, range?: KvRange & KvRemoveLimit): Promise<number>;
  /**
   * Removes the entries of all prefixes that start with this text, and returns their number. On the store it removes a thousand at a
   * time, each thousand atomically. After an interruption, call it again.
   */
  removeUnder(prefixStart: string, options?: KvRemoveLimit): Promise<number>;
}
