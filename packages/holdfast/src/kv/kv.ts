import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageRequest } from "../core/fields.ts";
import { checkInteger, invalid, type Page, type PageRequest } from "../core/input.ts";
import { checkDistinct, encodeEach } from "../core/items.ts";
import { iterate } from "../core/pages.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { quote } from "../core/quote.ts";
import type { Session } from "../session/session.ts";
import type { KvEntry, KvKey, KvRange, KvSwapInput } from "./entry.ts";
import {
  checkKey,
  encodeAppend,
  encodeEntry,
  encodeKey,
  encodeNamed,
  encodeRemoval,
  encodeTouch,
  keyOf,
} from "./input.ts";
import { checkKeyText, checkPrefix, definitionOf, type PrefixName, type ReadValueOf } from "./kv-definition.ts";
import type { Kv, KvEntries, KvPages, KvRemoveLimit, KvRemoveOptions } from "./methods.ts";
import { boundsOf } from "./range.ts";
import {
  checkRequests,
  type KvListRequest,
  type KvPrefixListRequest,
  listRequest,
  pageOfEntries,
  pageOfPrefixes,
  countOfEntries,
  pagesOfEntries,
  pageUnder,
  readEntries,
  readEntry,
  readPresence,
  readPresenceOfMany,
} from "./read.ts";
import { pageOfLabeled, searchRequest } from "./search.ts";
import { setManyOf } from "./set-many.ts";
import { removeRange, removeUnder } from "./statements.generated.ts";
import { valueIn, valuesInPage, valuesOf } from "./values.ts";
import { appendWrite, removeWrite, setWrite, swapWrite, touchWrite, writeTogether } from "./writes.ts";

export type {
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
export { defineKv } from "./kv-definition.ts";
export type { Kv, KvEntries, KvPages, KvRemoveLimit, KvRemoveOptions } from "./methods.ts";
export type { KvFilter, KvListRequest, KvPrefixListRequest } from "./read.ts";
export type { KvSearchRequest } from "./search.ts";
export { countExpiredKv, removeExpiredKv } from "./statements.generated.ts";

const removeOptions: Fields<KvRemoveOptions> = fieldsOf<KvRemoveOptions>({ expectedVersion: true });

const removeLimit: Fields<KvRemoveLimit> = fieldsOf<KvRemoveLimit>({ limit: true });

const removeRangeOptions: Fields<KvRange & KvRemoveLimit> = fieldsOf<KvRange & KvRemoveLimit>({
  gt: true,
  gte: true,
  lt: true,
  lte: true,
  limit: true,
});

/** The `kv` of a store or of a transaction. */
export function kvOf(session: Session): Kv {
  return { ...readingOf(session), ...listingOf(session), ...writingOf(session), ...removingOf(session) };
}

type Reading = Pick<Kv, "get" | "require" | "getMany" | "has" | "hasMany" | "count">;

function readingOf(session: Session): Reading {
  const get = async <P extends PrefixName>(prefix: P, key: string): Promise<KvEntry<ReadValueOf<P>> | null> =>
    valueIn<P>(definitionOf(prefix), await readEntry(session, checkKey({ prefix, key })));
  return {
    get,
    require: async (prefix, key) => {
      const entry = await get(prefix, key);
      if (entry) return entry;
      const text = checkPrefix(prefix);
      const name = `Entry ${quote(key)} of prefix ${quote(text)}`;
      throw new NotFoundError(`${name} does not exist: set it first.`, {
        facts: { entity: "entry", prefix: text, key },
      });
    },
    getMany: async <Keys extends readonly KvKey<PrefixName>[]>(given: Keys) => {
      const keys = encodeEach(given, "keys", encodeKey);
      return (await valuesOf(keys, await readEntries(session, keys))) as KvEntries<Keys>;
    },
    has: async (prefix, key) =>
      session.run(mapPlan(readPresence([checkKey({ prefix, key })]), ([exists = false]) => exists)),
    hasMany: async (keys) => readPresenceOfMany(session, encodeEach(keys, "keys", encodeKey)),
    count: async (prefix, filter) => session.run(countOfEntries(prefix, filter)),
  };
}

type Lists = Pick<
  Kv,
  "list" | "listMany" | "iterate" | "scan" | "iterateScan" | "search" | "iterateSearch" | "prefixes" | "iteratePrefixes"
>;

function listingOf(session: Session): Lists {
  const list = async <P extends PrefixName>(
    prefix: P,
    request: KvListRequest = {},
  ): Promise<Page<KvEntry<ReadValueOf<P>>>> =>
    valuesInPage<P>(
      definitionOf(prefix),
      await session.run(pageOfEntries(prefix, listRequest.read(request, "request"))),
    );
  const scan = async (prefixStart: string, page: PageRequest = {}): Promise<Page<KvEntry>> =>
    session.run(pageUnder(prefixStart, pageRequest.read(page, "page")));
  const search: Kv["search"] = async (prefixStart, request = {}) =>
    session.run(pageOfLabeled(prefixStart, searchRequest.read(request, "request")));
  const prefixes = async (prefixStart = "", page: PageRequest = {}): Promise<Page<string>> =>
    session.run(pageOfPrefixes(prefixStart, pageRequest.read(page, "page")));
  return {
    list,
    listMany: async <Requests extends readonly KvPrefixListRequest[]>(requests: Requests) => {
      const checked = checkRequests(requests);
      const pages = checked.length === 0 ? [] : await session.run(pagesOfEntries(checked));
      const read = checked.map(async ({ prefix }, i) => valuesInPage(definitionOf(prefix), pages[i] as Page<KvEntry>));
      return (await Promise.all(read)) as KvPages<Requests>;
    },
    scan,
    search,
    prefixes,
    iterate: (prefix, request = {}) => iterate(request, "request", (each) => list(prefix, each)),
    iterateScan: (prefixStart, page = {}) => iterate(page, "page", (each) => scan(prefixStart, each)),
    iterateSearch: (prefixStart, request = {}) => iterate(request, "request", (each) => search(prefixStart, each)),
    iteratePrefixes: (prefixStart, page = {}) => iterate(page, "page", (each) => prefixes(prefixStart, each)),
  };
}

function writingOf(session: Session): Pick<Kv, "set" | "setMany" | "compareAndSet" | "touch" | "touchMany" | "append"> {
  return {
    set: async (input) => {
      const entry = encodeEntry(input);
      if (entry.check !== null) await entry.check;
      return session.write(setWrite, entry);
    },
    setMany: setManyOf(session),
    compareAndSet: async <P extends PrefixName>(input: KvSwapInput<P>) => {
      const entry = encodeEntry(input);
      if (entry.expected === null) throw invalid("expectedVersion", "is missing: give the version, or 0 for none");
      if (entry.check !== null) await entry.check;
      const written = await session.write(swapWrite, entry);
      if (written) return { ok: true, written };
      // Read after the race: the lost statement may have seen an older state than the one it lost to.
      return { ok: false, current: await valueIn<P>(entry.definition, await readEntry(session, entry)) };
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
      const place = { prefix: checkPrefix(prefix), ...boundsOf(bounds, "asc") };
      return removeInSteps(session, limit, (size) => removeRange({ ...place, limit: size }));
    },
    removeUnder: async (prefixStart, options = {}) => {
      const { limit } = removeLimit.read(options, "options");
      const start = checkKeyText(prefixStart, "prefixStart");
      return removeInSteps(session, limit, (size) => removeUnder({ start, limit: size }));
    },
  };
}

/** How many entries one statement removes: enough to be fast, few enough to hold no lock for long. */
const stepLimit = 1000;

interface Step {
  /** How many rows were removed. */
  readonly gone: number;
  /** How many of them had not expired. */
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
