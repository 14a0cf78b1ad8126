import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  batchItemsMax,
  checkLimit,
  checkOptionalBoolean,
  checkText,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { encodeEach } from "../database/items.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import { type Found, foundRows, readBytesMax, sharedRead } from "../database/read-together.ts";
import type { Session } from "../database/session.ts";
import type { KvEntry, KvKey, KvRange } from "./entry.ts";
import { checkKeyText } from "./input.ts";
import { boundsOf } from "./range.ts";
import {
  entriesExist,
  type GetEntriesRow,
  getEntries,
  getEntry,
  listEntries,
  listEntriesBackwards,
  listPrefixes,
  scanEntries,
} from "./statements.generated.ts";
import { namesOf } from "./writes.ts";

/** Reads the row of an entry, together with what other callers read at the same time. */
const readRow = sharedRead({
  name: "kv.get",
  one: (key: KvKey) => getEntry(key),
  many: (keys) => foundEntries(keys),
});

/** Entries by prefix and key, in input order; the first is always read. */
function foundEntries(keys: readonly KvKey[]): Plan<readonly Found<GetEntriesRow>[]> {
  const plan = getEntries({ ...namesOf(keys), bytesMax: readBytesMax });
  return mapPlan(plan, (rows) => foundRows(keys.length, rows));
}

/** Reads an entry. */
export async function readEntry(session: Session, key: KvKey): Promise<KvEntry | null> {
  const row = await readRow(session, key);
  return row && entryOf(key, row);
}

/** Reads entries, in input order, by as many statements as their values need. */
export async function readEntries(session: Session, keys: readonly KvKey[]): Promise<readonly (KvEntry | null)[]> {
  const entries: (KvEntry | null)[] = [];
  while (entries.length < keys.length) {
    const found = await session.run(foundEntries(keys.slice(entries.length, entries.length + batchItemsMax)));
    for (const row of found) if (row !== undefined) entries.push(row && entryOf(keys[entries.length] as KvKey, row));
  }
  return entries;
}

/** Whether entries are there, in input order. */
export function readPresence(keys: readonly KvKey[]): Plan<readonly boolean[]> {
  return mapPlan(entriesExist(namesOf(keys)), (rows) => rows.map((row) => row.exists));
}

/** As {@link readPresence}, of any number of entries. */
export async function readPresenceOfMany(session: Session, keys: readonly KvKey[]): Promise<readonly boolean[]> {
  const found: (readonly boolean[])[] = [];
  for (let from = 0; from < keys.length; from += batchItemsMax) {
    found.push(await session.run(readPresence(keys.slice(from, from + batchItemsMax))));
  }
  return found.flat();
}

/** Which entries of a prefix to list: those of a range, after a former page's `next`. */
export interface KvListRequest extends KvRange, PageRequest {
  /** From the greatest key down. */
  readonly reverse?: boolean | undefined;
}

/** A list of one prefix among several. */
export interface KvPrefixListRequest extends KvListRequest {
  readonly prefix: string;
}

/** How many prefixes are listed together at most. */
const prefixesMax = 100;

const listNames = { gt: true, gte: true, lt: true, lte: true, after: true, limit: true, reverse: true } as const;

/** Reads requests for entries of a prefix. */
export const listRequest: Fields<KvListRequest> = fieldsOf<KvListRequest>(listNames);

const prefixListRequest: Fields<KvPrefixListRequest> = fieldsOf<KvPrefixListRequest>({ prefix: true, ...listNames });

/** Pages of several prefixes, which share the bytes that one may have. */
export function pagesOfEntries(requests: readonly KvPrefixListRequest[]): Plan<readonly Page<KvEntry>[]> {
  const read = (request: KvPrefixListRequest, place: string): KvPrefixListRequest =>
    prefixListRequest.read(request, place);
  const checked = encodeEach(requests, "requests", read, prefixesMax);
  const bytesMax = Math.ceil(readBytesMax / Math.max(checked.length, 1));
  return combinePlans(checked.map(({ prefix, ...request }) => pageOfEntries(prefix, request, bytesMax)));
}

/** A page of the entries of exactly one prefix. */
export function pageOfEntries(
  prefix: string,
  request: KvListRequest,
  bytesMax: number = readBytesMax,
): Plan<Page<KvEntry>> {
  const isReverse = checkOptionalBoolean(request.reverse, "reverse") ?? false;
  const limit = checkLimit(request.limit);
  const list = isReverse ? listEntriesBackwards : listEntries;
  const plan = list({
    prefix: checkKeyText(prefix, "prefix"),
    ...boundsOf(request, isReverse),
    limit: limit + 1,
    bytesMax,
  });
  const toEntry = (row: EntryRow): KvEntry => entryOf({ prefix, key: row.key }, row);
  return mapPlan(plan, (rows) => toPageOfEntries(rows, limit, toEntry, (entry) => entry.key));
}

/** A page of the entries of all prefixes that start with a text. */
export function pageUnder(prefixStart: string, page: PageRequest): Plan<Page<KvEntry>> {
  const start = checkKeyText(prefixStart, "prefixStart");
  const limit = checkLimit(page.limit);
  const after = page.after === undefined ? null : positionOf(page.after, start);
  const plan = scanEntries({
    start,
    fromPrefix: after?.prefix ?? start,
    fromKey: after?.key ?? "",
    withFrom: after === null,
    limit: limit + 1,
    bytesMax: readBytesMax,
  });
  const toEntry = (row: EntryRow & KvKey): KvEntry => entryOf(row, row);
  return mapPlan(plan, (rows) => toPageOfEntries(rows, limit, toEntry, cursorOf));
}

/** A page of the prefixes that start with a text. */
export function pageOfPrefixes(prefixStart: string, page: PageRequest): Plan<Page<string>> {
  const start = checkKeyText(prefixStart, "prefixStart");
  const limit = checkLimit(page.limit);
  const after = page.after === undefined ? null : checkKeyText(page.after, "after");
  if (after?.startsWith(start) === false) throw notACursor();
  const plan = listPrefixes({ start, from: after ?? start, withFrom: after === null, limit: limit + 1 });
  return mapPlan(plan, (rows) =>
    toPage(
      rows,
      limit,
      (row) => row.prefix,
      (row) => row.prefix,
    ),
  );
}

/** An entry's name together with what a statement tells of it. */
function entryOf(
  { prefix, key }: KvKey,
  { version, createdAt, updatedAt, expiresAt, value }: Omit<KvEntry, keyof KvKey>,
): KvEntry {
  return { prefix, key, version, createdAt, updatedAt, expiresAt, value };
}

interface EntryRow extends Omit<KvEntry, "prefix"> {
  /** Whether it is in front of where the page's values would be too large. */
  readonly isWithin: boolean;
}

function toPageOfEntries<R extends EntryRow>(
  rows: readonly R[],
  limit: number,
  toEntry: (row: R) => KvEntry,
  cursorOf: (entry: KvEntry) => string,
): Page<KvEntry> {
  const end = rows.findIndex((row, i) => i === limit || !row.isWithin);
  const items = (end < 0 ? rows : rows.slice(0, end)).map(toEntry);
  const last = items.at(-1);
  return { items, next: end < 0 || last === undefined ? null : cursorOf(last) };
}

/** A page of a scan ends at a prefix and a key. */
function cursorOf({ prefix, key }: KvKey): string {
  return JSON.stringify([prefix, key]);
}

/** Also refused is one of other prefixes, which a scan would otherwise begin with. */
function positionOf(after: string, start: string): KvKey {
  const [prefix, key, ...more] = parsedList(checkText(after, "after"));
  if (more.length > 0) throw notACursor();
  const position = { prefix: checkKeyText(prefix, "after"), key: checkKeyText(key, "after") };
  if (!position.prefix.startsWith(start)) throw notACursor();
  return position;
}

function parsedList(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Said below: what is wrong with it does not matter.
  }
  throw notACursor();
}

function notACursor(): Error {
  return invalid("after", "is not the `next` of a former page");
}
