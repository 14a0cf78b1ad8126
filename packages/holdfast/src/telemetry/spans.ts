import type { Context, Link, Span, SpanOptions, Tracer } from "@opentelemetry/api";
import { isError } from "../core/thrown.ts";
import { openTelemetry, scope } from "./open-telemetry.ts";
import type { LinkedTrace, SpanParts, TelemetryAttributes } from "./span-parts.ts";
import { contextOf, traceOf } from "./trace-context.ts";

/** Whether spans are recorded at all. */
export function isTracing(): boolean {
  return tracerNow() !== null;
}

/** Whether calls get no spans: in the upkeep of a worker, and inside a span that says all. */
export function isQuiet(): boolean {
  const api = openTelemetry();
  return api === null || api.context.active().getValue(quietKey(api)) === true;
}

/** Runs upkeep: outside of any trace, and without spans for its calls. */
export function inBackground<T>(work: () => T): T {
  const api = openTelemetry();
  return api === null ? work() : api.context.with(api.ROOT_CONTEXT.setValue(quietKey(api), true), work);
}

/** Runs work whose calls get no spans of their own. */
export function quietly<T>(work: () => T): T {
  const api = openTelemetry();
  return api === null ? work() : api.context.with(api.context.active().setValue(quietKey(api), true), work);
}

/**
 * Runs work in a span, if spans are recorded. `work` gets the trace of that span to store, or else null. If it throws, the span says so,
 * by `failed`.
 */
export async function inSpan<T>(
  parts: () => SpanParts,
  work: (trace: string | null) => Promise<T>,
  failed: (span: Span, error: unknown) => void = markFailed,
): Promise<T> {
  const api = openTelemetry();
  const tracer = tracerNow();
  if (api === null || tracer === null) return work(null);
  const { span, context } = startSpan(tracer, parts());
  try {
    return await api.context.with(context, () => work(traceOf(span)));
  } catch (error) {
    failed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Records a span that has ended. */
export function recordSpan(parts: () => SpanParts): void {
  const tracer = tracerNow();
  if (tracer !== null) startSpan(tracer, parts()).span.end();
}

/** Marks a span as failed by the class of its error. Never by its message, which may quote a value. */
export function markFailed(span: Span, error: unknown): void {
  const api = openTelemetry();
  if (api === null) return;
  span.setStatus({ code: api.SpanStatusCode.ERROR });
  span.setAttribute("error.type", errorType(error));
}

/** Marks a span as failed, with the error of the user's own handler. */
export function markThrown(span: Span, error: unknown): void {
  markFailed(span, error);
  span.recordException(isError(error) ? error : String(error));
}

/** The class of an error: a Holdfast error's code, or its name. */
export function errorType(error: unknown): string {
  if (!isError(error)) return "_OTHER";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

function startSpan(tracer: Tracer, parts: SpanParts): { readonly span: Span; readonly context: Context } {
  const api = openTelemetry();
  if (api === null) throw new TypeError("A tracer without OpenTelemetry.");
  const { name, kind, attributes, parent, links = [], startedAt } = parts;
  const around = parent === undefined ? api.context.active() : contextOf(parent, api.ROOT_CONTEXT);
  const options: SpanOptions = {
    kind: api.SpanKind[kind],
    attributes: defined(attributes),
    links: links.flatMap((link) => linkOf(link, api.ROOT_CONTEXT)),
    ...(startedAt === undefined ? {} : { startTime: startedAt }),
  };
  const span = tracer.startSpan(name, options, around);
  return { span, context: api.trace.setSpan(around, span) };
}

function linkOf({ trace, attributes = {} }: LinkedTrace, root: Context): readonly Link[] {
  const context = trace && openTelemetry()?.trace.getSpanContext(contextOf(trace, root));
  return context ? [{ context, attributes: defined(attributes) }] : [];
}

/** The attributes that have a value. */
export function defined(attributes: TelemetryAttributes): Record<string, string | number> {
  const known: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) known[name] = value;
  return known;
}

/** The tracer of the registered SDK; null without one, so that nothing is created for nobody. */
function tracerNow(): Tracer | null {
  const api = openTelemetry();
  if (api === null) return null;
  const provider = api.trace.getTracerProvider();
  // Nothing else says whether an SDK is registered.
  // oxlint-disable-next-line typescript/no-deprecated
  if (provider instanceof api.ProxyTracerProvider) return provider.getDelegateTracer(scope) ?? null;
  return provider.getTracer(scope);
}

let quiet: symbol | undefined;

function quietKey(api: NonNullable<ReturnType<typeof openTelemetry>>): symbol {
  return (quiet ??= api.createContextKey("holdfast: no spans"));
}
