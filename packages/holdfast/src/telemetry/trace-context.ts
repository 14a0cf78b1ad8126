import type { Context, Span, SpanContext } from "@opentelemetry/api";
import { openTelemetry } from "./open-telemetry.ts";
import type { TraceContext } from "./span-parts.ts";

/** The most characters of a `tracestate`, by W3C; a longer one is left out. */
const stateCharsMax = 512;

/** The active trace as the text that is stored: `traceparent`, and behind a space `tracestate`. Null if no span is active. */
export function activeTrace(): string | null {
  const api = openTelemetry();
  const span = api?.trace.getActiveSpan();
  return span === undefined ? null : traceOf(span);
}

/** The trace of a span, as it is stored. */
export function traceOf(span: Span): string | null {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  if (openTelemetry()?.isSpanContextValid(span.spanContext()) !== true) return null;
  const parent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  const state = traceState?.serialize() ?? "";
  return state === "" || state.length > stateCharsMax ? parent : `${parent} ${state}`;
}

/** Reads a stored trace. */
export function toTraceContext(stored: string | null): TraceContext | null {
  if (stored === null) return null;
  const end = stored.indexOf(" ");
  return end < 0 ? { traceparent: stored } : { traceparent: stored.slice(0, end), tracestate: stored.slice(end + 1) };
}

const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

// A span of a handler refers to the trace of its job twice: as its parent, and by a link.
const read = new WeakMap<TraceContext, SpanContext>();

/** The span that a trace context names; null if it names none. */
export function spanContextOf(trace: TraceContext | null): SpanContext | null {
  const api = openTelemetry();
  if (api === null || trace === null) return null;
  const known = read.get(trace);
  if (known !== undefined) return known;
  const [, traceId = "", spanId = "", flags = "00"] = traceparent.exec(trace.traceparent) ?? [];
  if (traceId === "") return null;
  const { tracestate } = trace;
  const context = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: api.createTraceState(tracestate) }),
  };
  read.set(trace, context);
  return context;
}

/** A context whose active span is the one that a trace context names; the given one where there is none. */
export function contextOf(trace: TraceContext | null, otherwise: Context): Context {
  const named = spanContextOf(trace);
  return named === null ? otherwise : (openTelemetry()?.trace.setSpanContext(otherwise, named) ?? otherwise);
}
