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

function measured<T>(
  target: TelemetryAttributes,
  { operation, statements = [operation] }: CallParts,
  isTraced: boolean,
  call: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const summary = statements.length === 1 ? operation : statements.join(" ").slice(0, summaryCharsMax);
  const named = namedOf(target, operation, summary);
  const ended = (failure: string | undefined): void => {
    const seconds = (performance.now() - startedAt) / 1000;
    instruments()?.call.record(seconds, failure === undefined ? named : { ...named, "error.type": failure });
  };
  if (!isTraced) return timedCall(call, ended);
  const attributes = statements.length > 1 ? { ...named, "db.operation.batch.size": statements.length } : named;
  return inSpan(() => ({ name: summary, kind: "CLIENT", attributes }), call, { failed: markRefused, ended });
}

async function timedCall<T>(call: () => Promise<T>, ended: (failure: string | undefined) => void): Promise<T> {
  let failure: string | undefined;
  try {
    return await call();
  } catch (error) {
    failure = errorType(error);
    throw error;
  } finally {
    ended(failure);
  }
}

type Attributes = ReturnType<typeof defined>;

/** The attributes of calls by their summary. A program has a few dozen kinds of calls, and makes each many times. */
const made = new WeakMap<TelemetryAttributes, Map<string, Attributes>>();

/** The most summaries whose attributes are kept. */
const madeMax = 1000;

function namedOf(target: TelemetryAttributes, operation: string, summary: string): Attributes {
  const known = made.get(target) ?? new Map<string, Attributes>();
  made.set(target, known);
  const key = `${operation} ${summary}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const named = defined({ ...target, "db.operation.name": operation, "db.query.summary": summary });
  if (known.size < madeMax) known.set(key, named);
  return named;
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
