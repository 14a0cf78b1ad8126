import { BRANCH_SPAN_TYPE_SET, computeTraceStatus, type SpanRecord } from "@mastra/core/storage";
import { InvalidInputError } from "holdfast/errors";
import type { Labels } from "holdfast/executions";
import type { NewDocument } from "./document.ts";
import { discoveredFacets, never, observedLabels, type ObservedShape } from "./observed.ts";
import { labelOf, momentOf, plain } from "./text.ts";

/** What is stored of a trace, besides its spans. Its labels are those of its root. */
export interface TraceRecord {
  readonly id: string;
  /** The id of the span that was written first. */
  readonly first: string;
  /** The id of its root, once that is known. */
  readonly root: string | null;
  /** Whether any of its spans failed. */
  readonly hasChildError: boolean;
}

/** How lists of traces and branches filter. */
export const spanShape: ObservedShape = { names: ["source", "status", "hasChildError"], maps: ["metadata", "scope"] };

/** A span as a document. One that begins a branch is listed among all, and any other in its trace only. */
export function spanDocument(span: SpanRecord): NewDocument<SpanRecord> {
  const isBranch = BRANCH_SPAN_TYPE_SET.has(span.spanType);
  const own = spanSorts(span);
  const { startedAt: inTrace } = own;
  return {
    id: spanId(span),
    value: plain(span),
    labels: {
      ...(isBranch && spanLabels(span)),
      traceId: labelOf(span.traceId),
      ...(isGiven(span.error) && { isFailed: true }),
    },
    sorts: { ...(isBranch && own), inTrace },
    facets: discoveredFacets(span),
  };
}

/** A trace whose root is known. */
export function rootedTrace(trace: TraceRecord, root: SpanRecord): NewDocument<TraceRecord> {
  const sorts = spanSorts(root);
  return {
    id: trace.id,
    value: { ...trace, root: root.spanId },
    labels: { ...spanLabels(root), hasChildError: trace.hasChildError },
    sorts: { ...sorts, firstAt: sorts.startedAt },
  };
}

/** A trace whose root is not known yet. */
export function rootlessTrace(trace: TraceRecord, span: SpanRecord): NewDocument<TraceRecord> {
  return { id: trace.id, value: trace, labels: {}, sorts: { firstAt: spanSorts(span).startedAt } };
}

/** The id of a span's document. A span's own id is unique within its trace only. */
export function spanId({ traceId, spanId: id }: Pick<SpanRecord, "traceId" | "spanId">): string {
  for (const [field, value] of Object.entries({ traceId, spanId: id })) {
    if (typeof value !== "string" || value === "") {
      throw new InvalidInputError(`${field} must be a string that is not empty.`, { facts: { field } });
    }
  }
  return JSON.stringify([traceId, id]);
}

/** Whether an optional field of a span holds something. */
export function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** A span from its document. */
export function toSpan(stored: SpanRecord): SpanRecord {
  return {
    ...stored,
    startedAt: new Date(stored.startedAt),
    ...(stored.endedAt && { endedAt: new Date(stored.endedAt) }),
    createdAt: new Date(stored.createdAt),
    updatedAt: new Date(stored.updatedAt ?? stored.createdAt),
  };
}

function spanLabels(span: SpanRecord): Labels {
  return {
    ...observedLabels(span, spanShape),
    status: computeTraceStatus({ error: span.error, endedAt: span.endedAt ?? null }),
  };
}

function spanSorts(span: SpanRecord) {
  return {
    startedAt: momentOf(span.startedAt, "startedAt")?.getTime() ?? 0,
    endedAt: momentOf(span.endedAt ?? undefined, "endedAt")?.getTime() ?? never,
  };
}
