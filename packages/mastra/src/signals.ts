import type { DocumentFilter, Home, NewDocument } from "./document.ts";
import { Documents } from "./documents.ts";
import { observedFilters, observedLabels, type ObservedShape } from "./observed.ts";
import type { DocumentKind, Facet } from "./places.ts";
import { labelOf, plain } from "./text.ts";

/** Whose records a call may touch. */
export interface TenantScope {
  readonly organizationId?: string | undefined;
  readonly resourceId?: string | undefined;
}

/** The arguments of a list, after Mastra's own checks. */
interface ListArgs {
  readonly filters?: object | undefined;
  readonly pagination: { readonly page: number; readonly perPage: number };
  readonly orderBy: { readonly field: string; readonly direction: "ASC" | "DESC" };
}

/** A page of a list. */
export interface Listed<T> {
  readonly records: T[];
  readonly pagination: { total: number; page: number; perPage: number; hasMore: boolean };
}

interface Signal {
  readonly timestamp: Date;
}

/** What a kind of signals is: its documents, the field of its id, its filters and its orders besides the time. */
export interface SignalShape<T> extends ObservedShape {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly sorts?: readonly string[];
  /** A record with the fields that lists find it by, if they are not its own. */
  readonly indexed?: (record: T) => object;
  /** What discovery finds of a record. */
  readonly facets?: (record: T) => readonly Facet[];
}

/** The records of one kind of signals: metrics, logs, scores or feedback. */
export class Signals<T extends Signal> {
  readonly documents: Documents<T>;
  readonly #shape: SignalShape<T>;

  constructor(home: Home, shape: SignalShape<T>) {
    this.documents = new Documents(home, shape.kind);
    this.#shape = shape;
  }

  /** Writes records. One with the id of an earlier record replaces it. */
  async put(records: readonly T[]): Promise<void> {
    if (records.length === 0) return;
    await this.documents.putMany([
      ...new Map(records.map((record) => [this.#idOf(record), this.toDocument(record)])).values(),
    ]);
  }

  /** A record as a document. */
  toDocument(record: T): NewDocument<T> {
    const fields = record as Readonly<Record<string, unknown>>;
    const sorts = Object.fromEntries((this.#shape.sorts ?? []).map((name) => [name, Number(fields[name])]));
    return {
      id: this.#idOf(record),
      value: plain(record),
      labels: observedLabels(this.#shape.indexed?.(record) ?? record, this.#shape),
      sorts: { ...sorts, timestamp: new Date(record.timestamp).getTime() },
      facets: this.#shape.facets?.(record) ?? [],
    };
  }

  async get(id: string): Promise<T | null> {
    const found = await this.documents.get(id);
    return found && toSignal(found);
  }

  /** Changes a record, and nobody else between reading and writing. Returns null without one. */
  async change(id: string, change: (record: T) => T): Promise<T | null> {
    const changed = await this.documents.change(id, (record) => this.toDocument(change(toSignal(record))));
    return changed && toSignal(changed);
  }

  async list({ filters, pagination, orderBy }: ListArgs): Promise<Listed<T>> {
    const found = await listObserved(this.documents, observedFilters(filters, this.#shape), { pagination, orderBy });
    return { ...found, records: found.records.map(toSignal) };
  }

  /** Every record that passes the filters, by time. */
  async all(filters: object | undefined): Promise<T[]> {
    const found: T[] = [];
    for (const filter of observedFilters(filters, this.#shape)) {
      for await (const record of this.documents.iterate(filter)) found.push(toSignal(record));
    }
    return found;
  }

  /** Removes the records of these ids that are in the scope. */
  async remove(ids: readonly string[], scope: TenantScope): Promise<void> {
    if (Object.keys(scopeLabels(scope)).length === 0) return void (await this.documents.removeMany(ids));
    const found = (await this.documents.getMany(ids)).filter((record) => isWithin(record, scope));
    await this.documents.removeMany(found.map((record) => this.#idOf(record)));
  }

  /** Removes the records of traces that are in the scope. */
  async removeOfTraces(traceIds: readonly string[], scope: TenantScope): Promise<void> {
    for (const traceId of traceIds) {
      await this.documents.removeAll({ labels: { traceId: labelOf(traceId), ...scopeLabels(scope) } });
    }
  }

  #idOf(record: T): string {
    // Refused by the document if it is no string.
    return (record as Readonly<Record<string, unknown>>)[this.#shape.id] as string;
  }
}

/** A page of the documents that pass any of the filters. */
export async function listObserved<T>(
  documents: Documents<T>,
  filters: readonly DocumentFilter[],
  { pagination, orderBy }: Pick<ListArgs, "pagination" | "orderBy">,
): Promise<Listed<T>> {
  const { page, perPage } = pagination;
  const by = { orderBy: orderBy.field, order: orderBy.direction === "DESC" ? "desc" : "asc" } as const;
  const { total, values } = await documents.listAny(filters, by, { offset: page * perPage, limit: perPage });
  return { records: values, pagination: { total, page, perPage, hasMore: (page + 1) * perPage < total } };
}

/** Whether a record is within a tenant's scope. */
export function isWithin(record: object, { organizationId, resourceId }: TenantScope): boolean {
  const given = record as TenantScope;
  if (organizationId !== undefined && given.organizationId !== organizationId) return false;
  return resourceId === undefined || given.resourceId === resourceId;
}

function scopeLabels({ organizationId, resourceId }: TenantScope) {
  return {
    ...(organizationId !== undefined && { organizationId: labelOf(organizationId) }),
    ...(resourceId !== undefined && { resourceId: labelOf(resourceId) }),
  };
}

function toSignal<T extends Signal>(stored: T): T {
  return { ...stored, timestamp: new Date(stored.timestamp) };
}
