import { type Fields, fieldsOf, pageRequest } from "../database/fields.ts";
import { checkInteger, invalid, type Page, type PageRequest } from "../database/input.ts";
import { checkDistinct, encodeEach } from "../database/items.ts";
import { iterate } from "../database/iterate.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import { quote } from "../quote.ts";
import type {
  KvAppendInput,
  KvEntry,
  KvHead,
  KvInput,
  KvKey,
  KvRange,
  KvRemoval,
  KvSetOptions,
  KvSwap,
  KvSwapInput,
  KvTouchOptions,
} from "./entry.ts";
import {
  checkKey,
  checkKeyText,
  encodeAppend,
  encodeEntry,
  encodeKey,
  encodeNamed,
  encodeRemoval,
  encodeTouch,
  keyOf,
} from "./input.ts";
import { boundsOf } from "./range.ts";
import {
  type KvListRequest,
  type KvPrefixListRequest,
  listRequest,
  pageOfEntries,
  pageOfPrefixes,
  pagesOfEntries,
  pageUnder,
  readEntries,
  readEntry,
  readPresence,
  readPresenceOfMany,
} from "./read.ts";
import { setManyOf } from "./set-many.ts";
import { countEntries, removeRange, removeUnder } from "./statements.generated.ts";
import { appendWrite, removeWrite, setWrite, swapWrite, touchWrite, writeTogether } from "./writes.ts";

export type {
  KvAppendInput,
  KvEntry,
  KvHead,
  KvInput,
  KvKey,
  KvRange,
  KvRemoval,
  KvSetOptions,
  KvSwap,
  KvSwapInput,
  KvTouchOptions,
} from "./entry.ts";
export type { KvListRequest, KvPrefixListRequest } from "./read.ts";
export { countExpiredEntries, removeExpiredEntries } from "./retention.ts";

/** What a removal of an entry expects. */
export interface KvRemoveOptions {
  /** The version that the entry must be at; 0 means that there must be none. */
  readonly expectedVersion?: number | undefined;
}

/** How many entries a removal may remove at most; all of them where nothing is said. */
export interface KvRemoveLimit {
  readonly limit?: number | undefined;
}

const removeOptions: Fields<KvRemoveOptions> = fieldsOf<KvRemoveOptions>({ expectedVersion: true });

const removeLimit: Fields<KvRemoveLimit> = fieldsOf<KvRemoveLimit>({ limit: true });

const removeRangeOptions: Fields<KvRange & KvRemoveLimit> = fieldsOf<KvRange & KvRemoveLimit>({
  gt: true,
  gte: true,
  lt: true,
  lte: true,
  limit: true,
});

/**
 * Bytes by prefix and key. An entry whose time is up is absent for every call, whether or not it is still stored.
 *
 * Writes throw ConflictError where an entry is not at the version that they expect; `facts` hold `expected` and `actual`.
 */
export interface Kv {
  /** null where there is no entry; one whose value is null comes as an entry. */
  get(prefix: string, key: string): Promise<KvEntry | null>;
  /** @throws NotFoundError */
  require(prefix: string, key: string): Promise<KvEntry>;
  /** In input order, null for each that is absent. Above 10,000 keys or 16 MiB of values, by several statements. */
  getMany(keys: readonly KvKey[]): Promise<readonly (KvEntry | null)[]>;
  has(prefix: string, key: string): Promise<boolean>;
  /** In input order; above 10,000 keys, by several statements. */
  hasMany(keys: readonly KvKey[]): Promise<readonly boolean[]>;
  /** Creates or replaces an entry, its expiry too. */
  set(input: KvInput): Promise<KvHead>;
  /** As `set`, all or nothing; above 10,000 entries or 16 MiB of values, by several statements of one transaction. */
  setMany(
    inputs: readonly KvInput[],
    options?: KvSetOptions & { readonly onConflict?: "replace" },
  ): Promise<readonly KvHead[]>;
  /**
   * As `setMany`, but with `onConflict: "skip"` entries that are there stay as they are: each input has an answer of its own, as of
   * `compareAndSet`.
   */
  setMany(
    inputs: readonly KvInput[],
    options: KvSetOptions & { readonly onConflict: "skip" },
  ): Promise<readonly KvSwap[]>;
  /** As `set` where the entry is at `expectedVersion`; where it is not, writes nothing and says what is there. */
  compareAndSet(input: KvSwapInput): Promise<KvSwap>;
  /** Adds bytes to the end of a value, which begins with them where it was null or absent. @throws InvalidInputError above 16 MiB. */
  append(input: KvAppendInput): Promise<KvHead>;
  /** Gives an entry another time to live, and keeps value and version; null where there is none. */
  touch(prefix: string, key: string, options?: KvTouchOptions): Promise<KvHead | null>;
  /** As `touch`, all to one time to live, in input order; above 10,000 keys, by several statements of one transaction. */
  touchMany(keys: readonly KvKey[], options?: KvTouchOptions): Promise<readonly (KvHead | null)[]>;
  /** Whether there was an entry to remove. */
  remove(prefix: string, key: string, options?: KvRemoveOptions): Promise<boolean>;
  /** As `remove`, all or nothing; above 10,000, by several statements of one transaction. */
  removeMany(keys: readonly KvRemoval[]): Promise<readonly boolean[]>;
  /** The entries of exactly this prefix, by key in byte order. A page may end before `limit`, once it has values of 16 MiB. */
  list(prefix: string, request?: KvListRequest): Promise<Page<KvEntry>>;
  /** Pages of at most 100 prefixes, each as of `list`, in one round trip. Together they have values of 16 MiB at most, but for the first of each. */
  listMany(requests: readonly KvPrefixListRequest[]): Promise<readonly Page<KvEntry>[]>;
  /**
   * Every item of `list`, read in pages of `limit`. Nothing is held between pages: the loop may call the store, or the transaction, and
   * meets what others write ahead of it.
   */
  iterate(prefix: string, request?: KvListRequest): AsyncGenerator<KvEntry, void, undefined>;
  count(prefix: string): Promise<number>;
  /** The entries of all prefixes that start with this text, whatever characters it has, by prefix and key. Pages as of `list`. */
  scan(prefixStart: string, page?: PageRequest): Promise<Page<KvEntry>>;
  /** Every item of `scan`, read in pages of `limit`. */
  iterateScan(prefixStart: string, page?: PageRequest): AsyncGenerator<KvEntry, void, undefined>;
  /** The prefixes that start with this text and have entries, in byte order. */
  prefixes(prefixStart?: string, page?: PageRequest): Promise<Page<string>>;
  /** Every item of `prefixes`, read in pages of `limit`. */
  iteratePrefixes(prefixStart?: string, page?: PageRequest): AsyncGenerator<string, void, undefined>;
  /** Removes the entries of exactly this prefix, or those in a range, as `removeUnder` does. */
  removeRange(prefix: string, range?: KvRange & KvRemoveLimit): Promise<number>;
  /**
   * Removes the entries of all prefixes that start with this text, and says how many went. On the store it takes a thousand at a
   * time, each thousand atomically, so that what was interrupted is simply called again.
   */
  removeUnder(prefixStart: string, options?: KvRemoveLimit): Promise<number>;
}

/** The `kv` of a store or of a transaction. */
export function kvOf(session: Session): Kv {
  return { ...readingOf(session), ...listingOf(session), ...writingOf(session), ...removingOf(session) };
}

type Reading = Pick<Kv, "get" | "require" | "getMany" | "has" | "hasMany" | "count">;

function readingOf(session: Session): Reading {
  const get = async (prefix: string, key: string): Promise<KvEntry | null> =>
    readEntry(session, checkKey({ prefix, key }));
  return {
    get,
    require: async (prefix, key) => {
      const entry = await get(prefix, key);
      if (entry) return entry;
      const name = `Entry ${quote(key)} of prefix ${quote(prefix)}`;
      throw new NotFoundError(`${name} does not exist: set it first.`, { facts: { entity: "entry", prefix, key } });
    },
    getMany: async (keys) => readEntries(session, encodeEach(keys, "keys", encodeKey)),
    has: async (prefix, key) =>
      session.run(mapPlan(readPresence([checkKey({ prefix, key })]), ([isThere = false]) => isThere)),
    hasMany: async (keys) => readPresenceOfMany(session, encodeEach(keys, "keys", encodeKey)),
    count: async (prefix) => {
      const plan = countEntries({ prefix: checkKeyText(prefix, "prefix") });
      return session.run(mapPlan(plan, ({ count }) => count));
    },
  };
}

type Lists = Pick<Kv, "list" | "listMany" | "iterate" | "scan" | "iterateScan" | "prefixes" | "iteratePrefixes">;

function listingOf(session: Session): Lists {
  const list = async (prefix: string, request: KvListRequest = {}): Promise<Page<KvEntry>> =>
    session.run(pageOfEntries(prefix, listRequest.read(request, "request")));
  const scan = async (prefixStart: string, page: PageRequest = {}): Promise<Page<KvEntry>> =>
    session.run(pageUnder(prefixStart, pageRequest.read(page, "page")));
  const prefixes = async (prefixStart = "", page: PageRequest = {}): Promise<Page<string>> =>
    session.run(pageOfPrefixes(prefixStart, pageRequest.read(page, "page")));
  return {
    list,
    listMany: async (requests) => {
      const pages = pagesOfEntries(requests);
      return requests.length === 0 ? [] : session.run(pages);
    },
    scan,
    prefixes,
    iterate: (prefix, request = {}) => iterate(request, "request", (each) => list(prefix, each)),
    iterateScan: (prefixStart, page = {}) => iterate(page, "page", (each) => scan(prefixStart, each)),
    iteratePrefixes: (prefixStart, page = {}) => iterate(page, "page", (each) => prefixes(prefixStart, each)),
  };
}

function writingOf(session: Session): Pick<Kv, "set" | "setMany" | "compareAndSet" | "touch" | "touchMany" | "append"> {
  return {
    set: async (input) => session.write(setWrite, encodeEntry(input)),
    setMany: setManyOf(session),
    compareAndSet: async (input) => {
      const entry = encodeEntry(input);
      if (entry.expected === null) throw invalid("expectedVersion", "is missing: give the version, or 0 for none");
      const written = await session.write(swapWrite, entry);
      if (written) return { ok: true, written };
      // Read after the race: what the lost statement saw of the entry may be older than what it lost to.
      return { ok: false, current: await readEntry(session, entry) };
    },
    touch: async (prefix, key, options) =>
      session.write(touchWrite, { ...checkKey({ prefix, key }), ttlMs: encodeTouch(options) }),
    touchMany: async (keys, options) => {
      const ttlMs = encodeTouch(options);
      const touched = encodeEach(keys, "keys", (key, place) => ({ ...encodeKey(key, place), ttlMs }));
      return writeTogether(session, touchWrite, checkDistinct(touched, "keys", keyOf));
    },
    append: async (input) => session.write(appendWrite, encodeAppend(input)),
  };
}

function removingOf(session: Session): Pick<Kv, "remove" | "removeMany" | "removeRange" | "removeUnder"> {
  return {
    remove: async (prefix, key, options = {}) => {
      const { expectedVersion } = removeOptions.read(options, "options");
      return session.write(removeWrite, encodeNamed({ prefix, key, expectedVersion }));
    },
    removeMany: async (keys) =>
      writeTogether(session, removeWrite, checkDistinct(encodeEach(keys, "keys", encodeRemoval), "keys", keyOf)),
    removeRange: async (prefix, range = {}) => {
      const { limit, ...bounds } = removeRangeOptions.read(range, "range");
      const place = { prefix: checkKeyText(prefix, "prefix"), ...boundsOf(bounds, false) };
      return removeInSteps(session, limit, (size) => removeRange({ ...place, limit: size }));
    },
    removeUnder: async (prefixStart, options = {}) => {
      const { limit } = removeLimit.read(options, "options");
      const start = checkKeyText(prefixStart, "prefixStart");
      return removeInSteps(session, limit, (size) => removeUnder({ start, limit: size }));
    },
  };
}

/** How many entries one statement removes: enough that it is quick, few enough that it holds no lock for long. */
const stepLimit = 1000;

interface Step {
  /** How many rows went. */
  readonly gone: number;
  /** How many of them were entries that had not expired. */
  readonly removed: number;
}

async function removeInSteps(
  session: Session,
  limit: number | undefined,
  step: (limit: number) => Plan<Step>,
): Promise<number> {
  const limitMax = checkInteger(limit ?? Number.MAX_SAFE_INTEGER, "limit", { min: 1, max: Number.MAX_SAFE_INTEGER });
  for (let removed = 0; ;) {
    const size = Math.min(stepLimit, limitMax - removed);
    const taken = await session.run(step(size));
    removed += taken.removed;
    if (taken.gone < size || removed >= limitMax) return removed;
  }
}
