import type { Context, Link, Span, SpanOptions, Tracer } from "@opentelemetry/api";
import { isError } from "../core/thrown.ts";
import { openTelemetry, scope } from "./open-telemetry.ts";
import type { LinkedTrace, SpanParts, TelemetryAttributes } from "./span-parts.ts";
import { contextOf, spanContextOf, traceOf } from "./trace-context.ts";

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

/** What is called when the work of a span has ended. */
export interface SpanEnds {
  /** Marks the span with what the work threw; by default, with the class of the error. */
  readonly failed?: (span: Span, error: unknown) => void;
  /** Called once, also if no spans are recorded. Undefined without a failure. */
  readonly ended?: (failure: string | undefined) => void;
}

/**
 * Runs work in a span, if spans are recorded. `work` gets a function that returns the trace of that span to store, or else null. It adds
 * one promise, because each costs much under a context manager.
 */
export function inSpan<T>(
  parts: () => SpanParts,
  work: (trace: () => string | null) => PromiseLike<T> | T,
  { failed = markFailed, ended }: SpanEnds = {},
): Promise<T> {
  const api = openTelemetry();
  const tracer = tracerNow();
  const started = api === null || tracer === null ? null : startSpan(tracer, parts());
  const end = (failure: string | undefined): void => {
    started?.span.end();
    ended?.(failure);
  };
  const fail = (error: unknown): never => {
    if (started !== null) failed(started.span, error);
    end(errorType(error));
    throw error;
  };
  try {
    const done =
      api === null || started === null
        ? work(() => null)
        : api.context.with(started.context, work, undefined, () => traceOf(started.span));
    return Promise.resolve(done).then((value) => {
      end(undefined);
      return value;
    }, fail);
  } catch (error) {
    return new Promise(() => fail(error));
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
    ...(links.length === 0 ? {} : { links: links.flatMap(linkOf) }),
    ...(startedAt === undefined ? {} : { startTime: startedAt }),
  };
  const span = tracer.startSpan(name, options, around);
  return { span, context: api.trace.setSpan(around, span) };
}

function linkOf({ trace, attributes = {} }: LinkedTrace): readonly Link[] {
  const context = spanContextOf(trace);
  return context !== null ? [{ context, attributes: defined(attributes) }] : [];
}

/** The attributes that have a value. */
export function defined(attributes: TelemetryAttributes): Record<string, string | number> {
  const known: Record<string, string | number> = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) known[name] = value;
  }
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
