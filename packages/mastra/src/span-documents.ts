import { BRANCH_SPAN_TYPE_SET, computeTraceStatus, type SpanRecord } from "@mastra/core/storage";
import { InvalidInputError } from "holdfast/errors";
import type { Labels } from "holdfast/executions";
import type { NewDocument } from "./documents.ts";
import { discoveredLabels, never, observedLabels, type ObservedShape } from "./observed.ts";
import { momentOf, plain } from "./text.ts";

/** What is stored of a trace, besides its spans. Its labels are those of its root. */
export interface TraceRecord {
  readonly id: string;
  /** The id of its root, once that is known. */
  readonly root: string | null;
}

/** How lists of traces and branches filter. */
export const spanShape: ObservedShape = { names: ["source", "status", "hasChildError"], maps: ["metadata", "scope"] };

/** A span as a document. One that begins a branch is listed, and any other is only discovered. */
export function spanDocument(span: SpanRecord, parentId: string): NewDocument<SpanRecord> {
  const isBranch = BRANCH_SPAN_TYPE_SET.has(span.spanType);
  return {
    id: spanId(span),
    value: plain(span),
    labels: {
      ...(isBranch ? { ...spanLabels(span), isBranch } : discoveredLabels(span)),
      ...(isGiven(span.error) && { isFailed: true }),
    },
    sorts: isBranch ? spanSorts(span) : {},
    parentId,
  };
}

/** A trace whose root is known. */
export function rootedTrace(root: SpanRecord, hasChildError: boolean): NewDocument<TraceRecord> {
  const sorts = spanSorts(root);
  return {
    id: root.traceId,
    value: { id: root.traceId, root: root.spanId },
    labels: { ...spanLabels(root), isRooted: true, hasChildError },
    sorts: { ...sorts, firstAt: sorts["startedAt"] ?? 0 },
  };
}

/** A trace whose root is not known yet. */
export function newTrace(span: SpanRecord, hasChildError: boolean): NewDocument<TraceRecord> {
  const firstAt = spanSorts(span)["startedAt"] ?? 0;
  return { id: span.traceId, value: { id: span.traceId, root: null }, labels: { hasChildError }, sorts: { firstAt } };
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

function spanSorts(span: SpanRecord): Record<string, number> {
  return {
    startedAt: momentOf(span.startedAt, "startedAt")?.getTime() ?? 0,
    endedAt: momentOf(span.endedAt ?? undefined, "endedAt")?.getTime() ?? never,
  };
}
