// Types that public declarations refer to: without OpenTelemetry's own, which a program need not have.

/** The trace that was active when something was pushed, created, scheduled or delivered, as W3C writes it in HTTP headers. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The attributes of a span or a metric. Undefined ones are left out. Never payloads. */
export type TelemetryAttributes = Readonly<Record<string, string | number | undefined>>;

/** A trace that a span refers to without being its child. */
export interface LinkedTrace {
  readonly trace: TraceContext | null;
  readonly attributes?: TelemetryAttributes;
}

/** What a span says. */
export interface SpanParts {
  readonly name: string;
  readonly kind: "CLIENT" | "CONSUMER" | "INTERNAL" | "PRODUCER";
  readonly attributes: TelemetryAttributes;
  /** Its parent, which may be of another process; the active span if left out, and none for null. */
  readonly parent?: TraceContext | null;
  readonly links?: readonly LinkedTrace[];
  /** By `Date.now()`; now if left out. */
  readonly startedAt?: number;
}
