import type { Context, Span } from "@opentelemetry/api";
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

/** A context whose active span is the one that a trace context names; the given one where there is none. */
export function contextOf(trace: TraceContext | null, otherwise: Context): Context {
  const api = openTelemetry();
  const [, traceId = "", spanId = "", flags = "00"] = traceparent.exec(trace?.traceparent ?? "") ?? [];
  if (api === null || traceId === "") return otherwise;
  const { tracestate } = trace ?? {};
  return api.trace.setSpanContext(otherwise, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: api.createTraceState(tracestate) }),
  });
}
