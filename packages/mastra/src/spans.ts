import type { CreateSpanRecord, SpanRecord } from "@mastra/core/storage";
import type { Transaction } from "holdfast";
import { NotFoundError } from "holdfast/errors";
import type { Args } from "./analytics.ts";
import type { Home, NewDocument } from "./document.ts";
import { Documents } from "./documents.ts";
import { observedFilters } from "./observed.ts";
import { isWithin, type Listed, listObserved, type TenantScope } from "./signals.ts";
import {
  isGiven,
  rootlessTrace,
  rootedTrace,
  spanDocument,
  spanId,
  spanShape,
  toSpan,
  type TraceRecord,
} from "./span-documents.ts";
import { labelOf, plain } from "./text.ts";

/** A change of a span. */
type SpanUpdate = Args<"batchUpdateSpans">["records"][number];

type ListArgs = Parameters<typeof listObserved>[2] & { readonly filters?: object | undefined };

/**
 * Traces and their spans, each a document. Writers of one trace wait for each other, so that it always knows its root, and whether any of
 * its spans failed.
 */
export class Spans {
  readonly #home: Home;
  readonly #traces: Documents<TraceRecord>;
  readonly documents: Documents<SpanRecord>;

  constructor(home: Home) {
    this.#home = home;
    this.#traces = new Documents(home, "trace");
    this.documents = new Documents(home, "span");
  }

  /** Writes spans, all or none. One with the ids of an earlier span replaces it. */
  async create(given: readonly CreateSpanRecord[]): Promise<void> {
    if (given.length === 0) return;
    const now = new Date();
    const spans = given.map((span) => ({ ...span, createdAt: now, updatedAt: now }));
    await this.#home.place.transaction(async (tx) => this.#write(tx, spans));
  }

  /**
   * Changes spans, all or none.
   *
   * @throws NotFoundError if one of them does not exist.
   */
  async update(given: readonly SpanUpdate[]): Promise<void> {
    if (given.length === 0) return;
    await this.#home.place.transaction(async (tx) => {
      const documents = this.documents.on(tx);
      // To lock their traces, which every writer of a span does first.
      await this.#traces.on(tx).ensure(tracesOf([...(await found(documents, given)).values()]));
      const spans = await found(documents, given);
      const updatedAt = new Date();
      for (const { updates, ...key } of given) {
        const id = spanId(key);
        // A change has fields of a span, and none of them undefined.
        spans.set(id, { ...(spans.get(id) as SpanRecord), ...(plain(updates) as Partial<SpanRecord>), updatedAt });
      }
      await this.#write(tx, [...spans.values()]);
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
    for await (const span of this.documents.iterate({ labels: { traceId: labelOf(traceId) } }, "inTrace")) {
      spans.push(toSpan(span));
    }
    return spans;
  }

  /** The roots of the traces that pass the filters. */
  async listTraces(args: ListArgs): Promise<Listed<SpanRecord>> {
    const filters = observedFilters(args.filters, spanShape);
    const { records, pagination } = await listObserved(this.#traces, filters, args);
    const ids = records.map(({ id, root }) => spanId({ traceId: id, spanId: root ?? "" }));
    return { records: (await this.documents.getMany(ids)).map(toSpan), pagination };
  }

  /** The spans that pass the filters, of those that begin a branch. */
  async listBranches(args: ListArgs): Promise<Listed<SpanRecord>> {
    const filters = observedFilters(args.filters, spanShape);
    const { records, pagination } = await listObserved(this.documents, filters, args);
    return { records: records.map(toSpan), pagination };
  }

  /** Removes the traces whose roots are in the scope, with their spans. */
  async removeTraces(traceIds: readonly string[], scope: TenantScope = {}): Promise<void> {
    const isScoped = scope.organizationId !== undefined || scope.resourceId !== undefined;
    for (const traceId of [...new Set(traceIds)].toSorted()) {
      if (isScoped) {
        const trace = await this.#traces.get(traceId);
        const reference = trace && (await this.get(traceId, trace.root ?? trace.first));
        if (!reference || !isWithin(reference, scope)) continue;
      }
      await this.#home.place.transaction(async (tx) => {
        await this.#traces.on(tx).removeMany([traceId]);
        await this.documents.on(tx).removeAll({ labels: { traceId: labelOf(traceId) } }, "inTrace");
      });
    }
  }

  /** Removes at most `limit` traces that started before a time. Returns how many it removed. */
  async removeBefore(before: number, limit: number): Promise<number> {
    const traces = await this.#traces.listBefore("firstAt", before, limit);
    await this.removeTraces(traces.map(({ id }) => id));
    return traces.length;
  }

  async removeAll(): Promise<void> {
    while ((await this.removeBefore(Infinity, 1000)) > 0);
  }

  /** Writes spans, once their traces are locked. */
  async #write(tx: Transaction, spans: readonly SpanRecord[]): Promise<void> {
    const [traces, documents] = [this.#traces.on(tx), this.documents.on(tx)];
    const heads = await traces.ensure(tracesOf(spans));
    await documents.putMany([...new Map(spans.map((span) => [spanId(span), spanDocument(span)])).values()]);
    const changed: NewDocument<TraceRecord>[] = [];
    for (const head of heads) {
      const own = spans.filter(({ traceId }) => traceId === head.id);
      const hasOwn = own.some(({ error }) => isGiven(error));
      const hasChildError = hasOwn || (head.hasChildError && (await hasFailedSpan(documents, head)));
      const isOther = hasChildError !== head.hasChildError;
      const trace = { ...head, hasChildError };
      const root =
        own.findLast(({ parentSpanId }) => !isGiven(parentSpanId)) ?? (isOther ? await rootOf(documents, head) : null);
      if (root) changed.push(rootedTrace(trace, root));
      else if (isOther) changed.push(rootlessTrace(trace, own[0] as SpanRecord));
    }
    await traces.putMany(changed);
  }
}

/** The traces of spans as they begin, in one order. */
function tracesOf(spans: readonly SpanRecord[]): NewDocument<TraceRecord>[] {
  const first = new Map(spans.toReversed().map((span) => [span.traceId, span]));
  return [...first.values()].map((span) => {
    return rootlessTrace({ id: span.traceId, first: span.spanId, root: null, hasChildError: false }, span);
  });
}

async function hasFailedSpan(documents: Documents<SpanRecord>, { id }: TraceRecord): Promise<boolean> {
  return (await documents.count({ labels: { traceId: labelOf(id), isFailed: true } }, "inTrace")) > 0;
}

/** The stored root of a trace; null while it is not known. */
async function rootOf(documents: Documents<SpanRecord>, { id, root }: TraceRecord): Promise<SpanRecord | null> {
  return root === null ? null : documents.get(spanId({ traceId: id, spanId: root }));
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
