import type { CreateSpanRecord, SpanRecord } from "@mastra/core/storage";
import type { Store, Transaction } from "holdfast";
import { NotFoundError } from "holdfast/errors";
import type { ExecutionHead } from "holdfast/executions";
import type { Args } from "./analytics.ts";
import { type DocumentFilter, Documents, type NewDocument, valueOf } from "./documents.ts";
import { observedFilters } from "./observed.ts";
import { isWithin, type Listed, listObserved, type TenantScope } from "./signals.ts";
import {
  isGiven,
  newTrace,
  rootedTrace,
  spanDocument,
  spanId,
  spanShape,
  toSpan,
  type TraceRecord,
} from "./span-documents.ts";
import { plain } from "./text.ts";

/** A change of a span. */
type SpanUpdate = Args<"batchUpdateSpans">["records"][number];

type ListArgs = Parameters<typeof listObserved>[2] & { readonly filters?: object | undefined };

/**
 * Traces and their spans. A trace is an execution, and its spans are children of it. Writers of one trace wait for each other, so that
 * it always knows its root, and whether any of its spans failed.
 */
export class Spans {
  readonly #place: Store | Transaction;
  readonly #traces: Documents<TraceRecord>;
  readonly documents: Documents<SpanRecord>;

  constructor(place: Store | Transaction) {
    this.#place = place;
    this.#traces = new Documents(place, "trace");
    this.documents = new Documents(place, "span");
  }

  /** Writes spans, all or none. One with the ids of an earlier span replaces it. */
  async create(given: readonly CreateSpanRecord[]): Promise<void> {
    if (given.length === 0) return;
    const now = new Date();
    const spans = given.map((span) => ({ ...span, createdAt: now, updatedAt: now }));
    await this.#place.transaction(async (tx) => {
      await this.#write(tx, await this.#lock(tx, spans), spans);
    });
  }

  /**
   * Changes spans, all or none.
   *
   * @throws NotFoundError if one of them does not exist.
   */
  async update(given: readonly SpanUpdate[]): Promise<void> {
    if (given.length === 0) return;
    await this.#place.transaction(async (tx) => {
      const documents = this.documents.on(tx);
      // Before the traces are locked, because that creates those that do not exist.
      await found(documents, given);
      const traces = await this.#lock(tx, given);
      const spans = await found(documents, given);
      const updatedAt = new Date();
      for (const { updates, ...key } of given) {
        const id = spanId(key);
        // A change has fields of a span, and none of them undefined.
        spans.set(id, { ...(spans.get(id) as SpanRecord), ...(plain(updates) as Partial<SpanRecord>), updatedAt });
      }
      await this.#write(tx, traces, [...spans.values()]);
    });
  }

  async get(traceId: string, id: string): Promise<SpanRecord | null> {
    const span = await this.documents.get(spanId({ traceId, spanId: id }));
    return span && toSpan(span);
  }

  /** In the order of the ids, without those that do not exist. */
  async getMany(traceId: string, ids: readonly string[]): Promise<SpanRecord[]> {
    return (await this.documents.getMany(ids.map((id) => spanId({ traceId, spanId: id })))).map(toSpan);
  }

  async rootOf(traceId: string): Promise<SpanRecord | null> {
    const trace = await this.#traces.get(traceId);
    return trace?.root ? this.get(traceId, trace.root) : null;
  }

  /** All spans of a trace, by their start. */
  async ofTrace(traceId: string): Promise<SpanRecord[]> {
    const spans: SpanRecord[] = [];
    const children = this.#place.executions.iterateChildren(this.#traces.idOf(traceId), { limit: 1000 });
    for await (const span of children) spans.push(toSpan(valueOf<SpanRecord>(span)));
    return spans.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  }

  /** The roots of the traces that pass the filters. */
  async listTraces(args: ListArgs): Promise<Listed<SpanRecord>> {
    const filters = filtersOf(args, "isRooted");
    const { records, pagination } = await listObserved(this.#traces, filters, args);
    const ids = records.map(({ id, root }) => spanId({ traceId: id, spanId: root ?? "" }));
    return { records: (await this.documents.getMany(ids)).map(toSpan), pagination };
  }

  /** The spans that pass the filters, of those that begin a branch. */
  async listBranches(args: ListArgs): Promise<Listed<SpanRecord>> {
    const filters = filtersOf(args, "isBranch");
    const { records, pagination } = await listObserved(this.documents, filters, args);
    return { records: records.map(toSpan), pagination };
  }

  /** Removes the traces whose roots are in the scope, with their spans. */
  async removeTraces(traceIds: readonly string[], scope: TenantScope): Promise<void> {
    const isScoped = scope.organizationId !== undefined || scope.resourceId !== undefined;
    for (const traceId of new Set(traceIds)) {
      if (isScoped) {
        const reference = (await this.rootOf(traceId)) ?? (await this.#firstOf(traceId));
        if (!reference || !isWithin(reference, scope)) continue;
      }
      await this.#traces.removeMany([traceId]);
    }
  }

  /** Removes at most `limit` traces that started before a time. Returns how many it removed. */
  async removeBefore(before: number, limit: number): Promise<number> {
    return this.#traces.removeBefore("firstAt", before, limit);
  }

  async removeAll(): Promise<void> {
    await this.#traces.removeAll({ labels: {} });
  }

  /** The span of a trace that was written first. */
  async #firstOf(traceId: string): Promise<SpanRecord | null> {
    const { items } = await this.#place.executions.children(this.#traces.idOf(traceId), { limit: 1 });
    return items[0] ? toSpan(valueOf<SpanRecord>(items[0])) : null;
  }

  /** Locks the traces of spans, in one order, and creates those that do not exist. */
  async #lock(
    tx: Transaction,
    spans: readonly { readonly traceId: string }[],
  ): Promise<ReadonlyMap<string, ExecutionHead>> {
    const ids = [...new Set(spans.map(({ traceId }) => traceId))];
    const heads = await tx.executions.saveMany(ids.map((id) => ({ id: this.#traces.idOf(id) })));
    return new Map(ids.map((id, i) => [id, heads[i] as ExecutionHead]));
  }

  async #write(
    tx: Transaction,
    traces: ReadonlyMap<string, ExecutionHead>,
    spans: readonly SpanRecord[],
  ): Promise<void> {
    const documents = new Map(spans.map((span) => [spanId(span), spanDocument(span, this.#traces.idOf(span.traceId))]));
    await this.documents.on(tx).putMany([...documents.values()]);
    const changed: NewDocument<TraceRecord>[] = [];
    for (const [traceId, head] of traces) {
      const own = spans.filter((span) => span.traceId === traceId);
      const hadError = head.labels["trace hasChildError"] === true;
      const hasError = own.some(({ error }) => isGiven(error)) || (hadError && (await hasFailed(tx, head.id)));
      const root = own.findLast(({ parentSpanId }) => !isGiven(parentSpanId));
      if (root) changed.push(rootedTrace(root, hasError));
      else if (head.labels["mastra"] === undefined) changed.push(newTrace(own[0] as SpanRecord, hasError));
      else if (hasError !== hadError) {
        await tx.executions.save({ id: head.id, labels: { ...head.labels, "trace hasChildError": hasError } });
      }
    }
    if (changed.length > 0) await this.#traces.on(tx).putMany(changed);
  }
}

/** The filters of a list, among the documents with a label. */
function filtersOf({ filters }: ListArgs, label: string): DocumentFilter[] {
  return observedFilters(filters, spanShape).map((each) => ({ ...each, labels: { ...each.labels, [label]: true } }));
}

/** The stored spans of changes, by their ids. */
async function found(
  documents: Documents<SpanRecord>,
  keys: readonly { readonly traceId: string; readonly spanId: string }[],
): Promise<Map<string, SpanRecord>> {
  const ids = [...new Set(keys.map(spanId))];
  const spans = new Map((await documents.getMany(ids)).map((span) => [spanId(span), toSpan(span)]));
  const missing = keys.find((key) => !spans.has(spanId(key)));
  if (!missing) return spans;
  const { traceId, spanId: id } = missing;
  throw new NotFoundError(
    `Span ${JSON.stringify(id)} of trace ${JSON.stringify(traceId)} was not found: create it first.`,
    {
      facts: { entity: "span", traceId, spanId: id },
    },
  );
}

async function hasFailed({ executions }: Transaction, parentId: string): Promise<boolean> {
  const query = { parentId, labels: { "span isFailed": true }, payloads: false, limit: 1 } as const;
  return (await executions.list(query)).items.length > 0;
}
