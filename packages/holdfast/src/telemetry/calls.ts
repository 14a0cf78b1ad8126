import type { Span } from "@opentelemetry/api";
import { sqlStateOf } from "../core/thrown.ts";
import { instruments } from "./instruments.ts";
import type { TelemetryAttributes } from "./span-parts.ts";
import { defined, errorType, inSpan, isQuiet, isTracing, markFailed } from "./spans.ts";

/** What a call of a store does. */
export interface CallParts {
  /** The noun, a point and the method; or the statement. */
  readonly operation: string;
  /** The names of its statements, if they are known before it travels with others. */
  readonly statements?: readonly string[];
}

/** The longest summary of a query, by the semantic conventions. */
const summaryCharsMax = 255;

/** Makes a call of a store in a span, and measures it, by the semantic conventions of databases. */
export function tracedCall<T>(target: TelemetryAttributes, parts: () => CallParts, call: () => Promise<T>): Promise<T> {
  const isTraced = !isQuiet() && isTracing();
  if (!isTraced && instruments() === null) return call();
  return measured(target, parts(), isTraced, call);
}

async function measured<T>(
  target: TelemetryAttributes,
  { operation, statements = [operation] }: CallParts,
  isTraced: boolean,
  call: () => Promise<T>,
): Promise<T> {
  const summary = statements.join(" ").slice(0, summaryCharsMax);
  const startedAt = performance.now();
  const named = { ...target, "db.operation.name": operation, "db.query.summary": summary };
  const batch = { "db.operation.batch.size": statements.length > 1 ? statements.length : undefined };
  let failure: string | undefined;
  try {
    if (!isTraced) return await call();
    return await inSpan(
      () => ({ name: summary, kind: "CLIENT", attributes: { ...named, ...batch } }),
      call,
      markRefused,
    );
  } catch (error) {
    failure = errorType(error);
    throw error;
  } finally {
    const seconds = (performance.now() - startedAt) / 1000;
    instruments()?.call.record(seconds, defined({ ...named, "error.type": failure }));
  }
}

function markRefused(span: Span, error: unknown): void {
  markFailed(span, error);
  const state = sqlStateOf(error);
  if (state !== null) span.setAttribute("db.response.status_code", state);
}

/** Runs a transaction in a span. Its calls are children of that span. */
export function tracedTransaction<T>(target: TelemetryAttributes, work: () => Promise<T>): Promise<T> {
  if (isQuiet() || !isTracing()) return work();
  return inSpan(() => ({ name: "transaction", kind: "INTERNAL", attributes: target }), work);
}
