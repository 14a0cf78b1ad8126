import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  batchItemsMax,
  checkLimit,
  checkOrder,
  checkText,
  type Order,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { encodeEach } from "../core/items.ts";
import { lastText, notACursor } from "../core/pages.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import { type Found, foundRows, readBytesMax, sharedRead } from "../core/shared-read.ts";
import type { LabelFilter } from "../executions/executions.ts";
import type { Session } from "../session/session.ts";
import type { KvEntry, KvKey, KvRange } from "./entry.ts";
import { checkKeyText, checkPrefix, type PrefixName } from "./kv-definition.ts";
import { conditionColumns } from "./label-columns.ts";
import { boundsOf } from "./range.ts";
import {
  countEntries,
  countLabeledEntries,
  entriesExist,
  getEntries,
  type GetEntriesRow,
  getEntry,
  listEntries,
  listPrefixes,
  scanEntries,
  type ScanEntriesParameters,
  searchEntries,
} from "./statements.generated.ts";
import { namesOf } from "./writes.ts";

/** The row of an entry. */
const entryRow = sharedRead({
  name: "kv.get",
  one: (key: KvKey) => getEntry(key),
  many: (keys) => foundEntries(keys),
});

/** Entries by prefix and key, in input order. The first is always read. */
function foundEntries(keys: readonly KvKey[]): Plan<readonly Found<GetEntriesRow>[]> {
  const plan = getEntries({ ...namesOf(keys), bytesMax: readBytesMax });
  return mapPlan(plan, (rows) => foundRows(keys.length, rows));
}

/** Reads an entry. */
export async function readEntry(session: Session, key: KvKey): Promise<KvEntry | null> {
  const row = await session.read(entryRow, key);
  return row && entryOf(key, row);
}

/** Reads entries in input order, with as many statements as their values need. */
export async function readEntries(session: Session, keys: readonly KvKey[]): Promise<readonly (KvEntry | null)[]> {
  const entries: (KvEntry | null)[] = [];
  while (entries.length < keys.length) {
    const found = await session.run(foundEntries(keys.slice(entries.length, entries.length + batchItemsMax)));
    for (const row of found) if (row !== undefined) entries.push(row && entryOf(keys[entries.length] as KvKey, row));
  }
  return entries;
}

/** Whether entries exist, in input order. */
export function readPresence(keys: readonly KvKey[]): Plan<readonly boolean[]> {
  return mapPlan(entriesExist(namesOf(keys)), (rows) => rows.map((row) => row.exists));
}

/** Like {@link readPresence}, for any number of entries. */
export async function readPresenceOfMany(session: Session, keys: readonly KvKey[]): Promise<readonly boolean[]> {
  const found: (readonly boolean[])[] = [];
  for (let from = 0; from < keys.length; from += batchItemsMax) {
    found.push(await session.run(readPresence(keys.slice(from, from + batchItemsMax))));
  }
  return found.flat();
}

/** Which entries of a prefix: those within a range of keys, with all of the labels. */
export interface KvFilter extends KvRange {
  /** As in `search`: each label equal to a value, which an index serves, or within a range. */
  readonly labels?: LabelFilter | undefined;
}

/** The entries of a prefix to list. The cursor of an entry is its key. */
export interface KvListRequest extends KvFilter, PageRequest {}

/** A list request for one prefix among several. */
export interface KvPrefixListRequest extends KvListRequest {
  readonly prefix: PrefixName;
}

/** The most prefixes of one call. */
const prefixesMax = 100;

const filterNames = { gt: true, gte: true, lt: true, lte: true, labels: true } as const;

const listNames = { ...filterNames, ...pageNames } as const;

const filterFields: Fields<KvFilter> = fieldsOf<KvFilter>(filterNames);

/** Reads requests for entries of a prefix. */
export const listRequest: Fields<KvListRequest> = fieldsOf<KvListRequest>(listNames);

const prefixListRequest: Fields<KvPrefixListRequest> = fieldsOf<KvPrefixListRequest>({ prefix: true, ...listNames });

/** Requests for pages of several prefixes, checked. */
export function checkRequests(requests: readonly KvPrefixListRequest[]): readonly KvPrefixListRequest[] {
  return encodeEach(requests, "requests", (request, place) => prefixListRequest.read(request, place), prefixesMax);
}

/** Pages of several prefixes, which share the byte limit of one page. */
export function pagesOfEntries(requests: readonly KvPrefixListRequest[]): Plan<readonly Page<KvEntry>[]> {
  const bytesMax = Math.ceil(readBytesMax / Math.max(requests.length, 1));
  return combinePlans(requests.map(({ prefix, ...request }) => pageOfEntries(prefix, request, bytesMax)));
}

/** A page of the entries of exactly one prefix. */
export function pageOfEntries(
  given: PrefixName,
  request: KvListRequest,
  bytesMax: number = readBytesMax,
): Plan<Page<KvEntry>> {
  const order = checkOrder(request.order);
  const limit = checkLimit(request.limit);
  const prefix = checkPrefix(given);
  const bounds = boundsOf(request, order);
  const columns = { limit: limit + 1, bytesMax };
  const toEntry = (row: EntryRow): KvEntry => entryOf({ prefix, key: row.key }, row);
  const toRead = (rows: readonly EntryRow[]): Page<KvEntry> =>
    toPageOfEntries(rows, limit, toEntry, (entry) => entry.key);
  const conditions = conditionColumns(request.labels);
  if (conditions === null) return mapPlan(listEntries[order]({ prefix, ...bounds, ...columns }), toRead);
  const { lower, upper, withLower, withUpper } = bounds;
  const ends = { lowerPrefix: prefix, lowerKey: lower, upperPrefix: prefix, upperKey: upper };
  // A search within one prefix.
  const place = { start: prefix, ...ends, withLower, withUpper: withUpper || upper === null };
  return mapPlan(searchEntries[order]({ ...place, ...columns, ...conditions }), toRead);
}

/** How many entries of exactly one prefix pass a filter. */
export function countOfEntries(given: PrefixName, filter: KvFilter | undefined): Plan<number> {
  const { labels, ...range } = filterFields.readOptional(filter, "filter");
  const columns = { prefix: checkPrefix(given), ...boundsOf(range, "asc") };
  const conditions = conditionColumns(labels);
  const plan = conditions === null ? countEntries(columns) : countLabeledEntries({ ...columns, ...conditions });
  return mapPlan(plan, ({ count }) => count);
}

/** A page of the entries of all prefixes that start with a text. */
export function pageUnder(prefixStart: string, page: PageRequest): Plan<Page<KvEntry>> {
  const { order, limit, columns } = pagePlace(prefixStart, page);
  const toEntry = (row: EntryRow & KvKey): KvEntry => entryOf(row, row);
  return mapPlan(scanEntries[order](columns), (rows) => toPageOfEntries(rows, limit, toEntry, cursorOf));
}

/** Where a page below several prefixes begins and ends. */
export interface PagePlace {
  readonly order: Order;
  readonly limit: number;
  readonly columns: ScanEntriesParameters;
}

/** The place of a page below all prefixes that start with a text. */
export function pagePlace(prefixStart: string, page: PageRequest): PagePlace {
  const start = checkKeyText(prefixStart, "prefixStart");
  const limit = checkLimit(page.limit);
  const order = checkOrder(page.order);
  const after = page.after === undefined ? null : positionOf(page.after, start);
  const lower = order === "asc" ? after : null;
  const upper = order === "desc" ? after : null;
  const columns = {
    start,
    lowerPrefix: lower?.prefix ?? start,
    lowerKey: lower?.key ?? "",
    withLower: lower === null,
    upperPrefix: upper?.prefix ?? null,
    upperKey: upper?.key ?? null,
    withUpper: upper === null,
    limit: limit + 1,
    bytesMax: readBytesMax,
  };
  return { order, limit, columns };
}

/** A page of the prefixes that start with a text. */
export function pageOfPrefixes(prefixStart: string, page: PageRequest): Plan<Page<string>> {
  const start = checkKeyText(prefixStart, "prefixStart");
  const limit = checkLimit(page.limit);
  const order = checkOrder(page.order);
  const after = page.after === undefined ? null : checkKeyText(page.after, "after");
  if (after?.startsWith(start) === false) throw notACursor();
  const first = order === "asc" ? start : lastText;
  const plan = listPrefixes[order]({
    start,
    after: after ?? first,
    withStart: after === null && order === "asc",
    limit: limit + 1,
  });
  return mapPlan(plan, (rows) =>
    toPage(
      rows,
      limit,
      (row) => row.prefix,
      (row) => row.prefix,
    ),
  );
}

/** Combines an entry's name with the row of a statement. */
export function entryOf(
  { prefix, key }: KvKey,
  { version, createdAt, updatedAt, expiresAt, value }: Omit<KvEntry, keyof KvKey>,
): KvEntry {
  return { prefix, key, version, createdAt, updatedAt, expiresAt, value };
}

/** The row of an entry in a page. */
export interface EntryRow extends Omit<KvEntry, "prefix"> {
  /** Whether it comes before the page's values would be too large. */
  readonly isWithin: boolean;
}

/** The page of rows: it ends where their values would be too large. */
export function toPageOfEntries<R extends EntryRow, E extends KvEntry>(
  rows: readonly R[],
  limit: number,
  toEntry: (row: R) => E,
  cursorOf: (entry: E) => string,
): Page<E> {
  const end = rows.findIndex((row, i) => i === limit || !row.isWithin);
  const items = (end < 0 ? rows : rows.slice(0, end)).map(toEntry);
  const cursors = items.map(cursorOf);
  return { items, next: end < 0 ? null : (cursors.at(-1) ?? null), cursors };
}

/** The cursor of an entry in a scan is its prefix and its key. */
export function cursorOf({ prefix, key }: KvKey): string {
  return JSON.stringify([prefix, key]);
}

/** Also refuses a cursor of other prefixes, which a scan would otherwise begin with. */
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
    // Reported below: the exact fault does not matter.
  }
  throw notACursor();
}
