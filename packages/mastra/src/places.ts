import { createHash } from "node:crypto";
import { InvalidInputError } from "holdfast/errors";
import type { LabelFilter, LabelRange, Labels } from "holdfast/executions";
import type { KvKey, KvRange } from "holdfast/kv";
import { escaped } from "./text.ts";

/** What Mastra keeps besides runs. */
export type DocumentKind =
  | "thread"
  | "message"
  | "resource"
  | "thread state"
  | "schedule"
  | "trigger"
  | "observation"
  | "score"
  | "trace"
  | "span"
  | "metric"
  | "log"
  | "observed score"
  | "feedback";

/** How the documents of a kind are found. */
interface Shape {
  /** The order that every document that is listed has. */
  readonly sort: string;
  /** Filters that have an order of their own: those of the most lists, the most selective first. */
  readonly paths: readonly (readonly string[])[];
  /** An order that only the paths have. */
  readonly pathSort?: string;
}

const signal: Shape = { sort: "timestamp", paths: [["traceId"]] };

const shapes: Readonly<Record<DocumentKind, Shape>> = {
  thread: { sort: "createdAt", paths: [["resource"]] },
  message: { sort: "createdAt", paths: [["thread", "resource"], ["thread"], ["resource"]] },
  resource: { sort: "createdAt", paths: [] },
  "thread state": { sort: "updatedAt", paths: [] },
  schedule: { sort: "createdAt", paths: [] },
  trigger: { sort: "actualFireAt", paths: [["schedule"]] },
  observation: { sort: "generation", paths: [["owner"]] },
  score: { sort: "createdAt", paths: [["scorerId"], ["entityId"]] },
  trace: { sort: "firstAt", paths: [] },
  span: { sort: "startedAt", paths: [["traceId"]], pathSort: "inTrace" },
  metric: signal,
  log: signal,
  "observed score": signal,
  feedback: signal,
};

/** A value that discovery lists, of a field within a scope. */
export interface Facet {
  readonly field: string;
  readonly scope?: string | undefined;
  readonly value: string;
}

/** What a list of documents asks for. */
export interface PlaceFilter {
  readonly labels: Labels;
  readonly ranges?: Readonly<Record<string, LabelRange>> | undefined;
}

/** A row of an index of documents: an entry of kv, whose key ends with the document's. */
export interface Place extends KvKey {
  readonly labels?: Labels;
  readonly value: Uint8Array | null;
}

/** The most bytes of a document's key, which follows a number in the keys of its places. */
const keyBytesMax = 1000;

/** The most bytes of the parts of a prefix. Longer ones are found by their digests. */
const partBytesMax = 400;

/** The digits of a number in a key. */
const digits = 16;

/** The prefix of the documents of a kind. */
export function documentPrefix(kind: DocumentKind): string {
  return `mastra ${kind}`;
}

/** The key of a document. */
export function documentKey(kind: DocumentKind, id: string): string {
  const key = escaped(id, `${kind}.id`);
  const bytes = Buffer.byteLength(key);
  if (bytes <= keyBytesMax) return key;
  throw new InvalidInputError(`${kind}.id has ${bytes} bytes when it is escaped, above the limit of ${keyBytesMax}.`, {
    facts: { field: `${kind}.id` },
  });
}

/** Where a document is found: for each of its orders a row, and one more for each path; and a row for each facet. */
export function placesOf(
  kind: DocumentKind,
  key: string,
  {
    labels,
    sorts,
    facets = [],
  }: { labels: Labels; sorts: Readonly<Record<string, number>>; facets?: readonly Facet[] },
): readonly Place[] {
  const { paths, pathSort } = shapes[kind];
  const taken = [[], ...paths].filter((path: readonly string[]) => path.every((name) => labels[name] !== undefined));
  const all: Labels = { ...labels, ...sorts };
  const ordered = Object.entries(sorts).flatMap(([sort, at]) =>
    taken
      .filter((path) => path.length > 0 || sort !== pathSort)
      .map((path) => {
        const rest = without(all, path);
        return { prefix: orderPrefix(kind, sort, path, labels), key: numberKey(at) + key, value: null, labels: rest };
      }),
  );
  const found = facets.map((facet): Place => ({ ...facetPlace(kind, facet), key }));
  return [...new Map([...ordered, ...found].map((place) => [placeName(place), place])).values()];
}

/** A name of a place among those of its document. */
export function placeName({ prefix, key }: KvKey): string {
  return `${prefix}\0${key}`;
}

/** Where the documents that pass a filter are listed in an order: a prefix, a range of its keys, and labels to check. */
export function orderOf(
  kind: DocumentKind,
  { labels, ranges = {} }: PlaceFilter,
  orderBy: string = shapes[kind].sort,
): { prefix: string; filter: KvRange & { labels: LabelFilter } } {
  const path = shapes[kind].paths.find((names) => names.every((name) => labels[name] !== undefined)) ?? [];
  const { [orderBy]: own = {}, ...others } = ranges;
  return {
    prefix: orderPrefix(kind, orderBy, path, labels),
    filter: { ...keyRange(own), labels: { ...without(labels, path), ...others } },
  };
}

/** The key of the document of a place in an order. */
export function keyAt({ key }: Pick<KvKey, "key">): string {
  return key.slice(digits);
}

/** What orders the places of several lists. */
export function numberAt({ key }: Pick<KvKey, "key">): string {
  return key.slice(0, digits);
}

/** The beginning of the prefixes of a facet's values. */
export function facetStart(kind: DocumentKind, { field, scope }: Omit<Facet, "value">): string {
  return `${documentPrefix(kind)} has ${shortened(JSON.stringify([field, ...(scope === undefined ? [] : [scope])]))} `;
}

/** The value of a facet, by the end of a prefix; null if that has only a digest. */
export function facetValue(end: string): string | null {
  return end.startsWith(`"`) ? (JSON.parse(end) as string) : null;
}

function facetPlace(kind: DocumentKind, facet: Facet): Omit<Place, "key"> {
  const text = JSON.stringify(facet.value);
  const end = shortened(text);
  return { prefix: facetStart(kind, facet) + end, value: end === text ? null : new TextEncoder().encode(text) };
}

function orderPrefix(kind: DocumentKind, sort: string, path: readonly string[], labels: Labels): string {
  const of = path.length === 0 ? "" : ` of ${shortened(JSON.stringify(path.map((name) => [name, labels[name]])))}`;
  return `${documentPrefix(kind)} by ${sort}${of}`;
}

function shortened(text: string): string {
  if (Buffer.byteLength(text) <= partBytesMax) return text;
  return `sha256 ${createHash("sha256").update(text).digest("hex")}`;
}

function without(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** A number as digits, whose order is that of the numbers. */
function numberKey(value: number): string {
  return orderedBits(value).toString(16).padStart(digits, "0");
}

function orderedBits(value: number): bigint {
  // The sum makes one zero of both.
  const bits = new BigUint64Array(new Float64Array([value + 0]).buffer)[0] ?? 0n;
  const sign = 1n << 63n;
  return (bits & sign) === 0n ? bits | sign : ~bits & (sign * 2n - 1n);
}

function keyRange({ gt, gte, lt, lte }: LabelRange): KvRange {
  const from = (value: unknown) => numberKey(Number(value));
  const past = (value: unknown) => (orderedBits(Number(value)) + 1n).toString(16).padStart(digits, "0");
  return {
    ...(gte !== undefined && { gte: from(gte) }),
    ...(gt !== undefined && { gte: past(gt) }),
    ...(lt !== undefined && { lt: from(lt) }),
    ...(lte !== undefined && { lt: past(lte) }),
  };
}
