import type { LabelRange, Labels } from "holdfast/executions";
import type { DocumentFilter } from "./document.ts";
import type { Facet } from "./places.ts";
import { labelOf, plain } from "./text.ts";

/** The fields of observability's records that every list filters by. */
const contextNames = [
  "traceId",
  "spanId",
  "spanType",
  "entityType",
  "entityId",
  "entityName",
  "entityVersionId",
  "parentEntityType",
  "parentEntityId",
  "parentEntityName",
  "parentEntityVersionId",
  "rootEntityType",
  "rootEntityId",
  "rootEntityName",
  "rootEntityVersionId",
  "userId",
  "organizationId",
  "resourceId",
  "runId",
  "sessionId",
  "threadId",
  "requestId",
  "environment",
  "serviceName",
  "experimentId",
] as const;

/** The fields that discovery lists. */
const discoveredNames = ["entityType", "entityName", "serviceName", "environment"] as const;

/** The fields that hold further fields, each a label, and the beginnings of their labels' names. */
const maps = { metadata: "metadata", scope: "scope", labels: "label" } as const;

/** A range of times, as filters have it. */
interface DateRange {
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
  readonly startExclusive?: boolean | undefined;
  readonly endExclusive?: boolean | undefined;
}

/** How the lists of one kind of record filter. */
export interface ObservedShape {
  /** Fields besides those of the context. */
  readonly names: readonly string[];
  /** Fields whose own fields are filtered by. */
  readonly maps: readonly (keyof typeof maps)[];
  /** Filters that go by another field's name. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** The labels of a record: one for each field that lists filter by, and for each tag. */
export function observedLabels(record: object, { names, maps: mapNames }: ObservedShape): Labels {
  const given = plain(record) as Readonly<Record<string, unknown>>;
  const fields = [...contextNames, ...names].flatMap((name) => entryOf(name, given[name]));
  const inner = mapNames.flatMap((name) => mapEntries(name, given[name]));
  return { ...Object.fromEntries([...fields, ...inner]), ...tagLabels(given["tags"]) };
}

/** What discovery finds of a record: some fields and the tags, of all records and of those of the same type of entity. */
export function discoveredFacets(record: object): Facet[] {
  const given = plain(record) as Readonly<Record<string, unknown>>;
  const { entityType, tags } = given;
  const values = [
    ...discoveredNames.map((field) => ({ field, value: given[field] })),
    ...(Array.isArray(tags) ? tags.map((value: unknown) => ({ field: "tags", value })) : []),
  ];
  const scopes = [undefined, ...(typeof entityType === "string" ? [entityType] : [])];
  return values.flatMap(({ field, value }) =>
    typeof value === "string" && value !== "" ? scopes.map((scope) => ({ field, scope, value })) : [],
  );
}

/**
 * A filter of Mastra's as filters of documents: several for a field with several values, and no two pass the same document. As in SQL,
 * nothing equals null: a caller without a tenant sees no tenant's records. Null for several values or fields is no filter.
 */
export function observedFilters(filters: object | undefined, { aliases = {} }: ObservedShape): DocumentFilter[] {
  if (contextNames.some((name) => (filters as Readonly<Record<string, unknown>> | undefined)?.[name] === null)) {
    return [];
  }
  const labels: [string, string | number | boolean][] = [];
  const ranges: [string, LabelRange][] = [];
  const choices: [string, unknown[]][] = [];
  for (const [name, value] of Object.entries(filters ?? {}) as [string, unknown][]) {
    if (value === undefined || value === null) continue;
    if (name === "startedAt" || name === "endedAt" || name === "timestamp") {
      ranges.push([name, rangeOf(name, value)]);
    } else if (name === "tags") {
      for (const tag of value as readonly unknown[]) labels.push([tagName(tag), true]);
    } else if (isMap(name)) {
      labels.push(...mapEntries(name, plain(value)));
    } else if (Array.isArray(value)) {
      choices.push([name === "traceIds" ? "traceId" : name, [...new Set(value as unknown[])]]);
    } else {
      labels.push(...entryOf(aliases[name] ?? name, value));
    }
  }
  const common = { labels: Object.fromEntries(labels), ranges: Object.fromEntries(ranges) };
  return choices.reduce<DocumentFilter[]>(
    (all, [name, values]) => all.flatMap((each) => choose(each, name, values)),
    [common],
  );
}

/** A filter for each of the values. */
function choose(filter: DocumentFilter, name: string, values: readonly unknown[]): DocumentFilter[] {
  return values.flatMap((value) => {
    const label = labelOf(value);
    const given = filter.labels[name];
    if (given !== undefined && given !== label) return [];
    return [{ ...filter, labels: { ...filter.labels, [name]: label } }];
  });
}

function entryOf(name: string, value: unknown): [string, string | number | boolean][] {
  return value === undefined || value === null ? [] : [[name, labelOf(value)]];
}

function isMap(name: string): name is keyof typeof maps {
  return Object.hasOwn(maps, name);
}

function mapEntries(name: keyof typeof maps, value: unknown): [string, string | number | boolean][] {
  const entries = Object.entries(value ?? {}) as [string, unknown][];
  return entries.map(([key, each]) => [`${maps[name]} ${String(labelOf(key))}`, labelOf(each)]);
}

function tagName(tag: unknown): string {
  return `tag ${String(labelOf(tag))}`;
}

function tagLabels(tags: unknown): Labels {
  return Array.isArray(tags) ? Object.fromEntries(tags.map((tag) => [tagName(tag), true])) : {};
}

/** The place of a time that has not come yet: after all others. */
export const never: number = Number.MAX_VALUE;

function rangeOf(name: string, value: unknown): LabelRange {
  const { start, end, startExclusive, endExclusive } = value as DateRange;
  const [low, high] = [start?.getTime(), end?.getTime()];
  return {
    ...(low === undefined ? { gte: -never } : { [startExclusive ? "gt" : "gte"]: low }),
    ...(high !== undefined && { [endExclusive ? "lt" : "lte"]: high }),
    // What has not ended is in no range of ends.
    ...(high === undefined && name === "endedAt" && { lt: never }),
  };
}
