import { context, metrics, type SpanContext, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { onTestFinished } from "vitest";

/** An OpenTelemetry SDK that keeps what it gets in memory, until the test has finished. */
export class Sdk {
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#metrics, exportIntervalMillis: 3_600_000 });

  constructor({ withMetrics = false } = {}) {
    const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] });
    const measuring = new MeterProvider({ readers: [this.#reader] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(tracing);
    if (withMetrics) metrics.setGlobalMeterProvider(measuring);
    onTestFinished(async () => {
      for (const api of [trace, metrics, context]) api.disable();
      await tracing.shutdown();
      await measuring.shutdown();
    });
  }

  /** The ended spans, in the order of their ends. */
  get spans(): readonly ReadableSpan[] {
    return this.#spans.getFinishedSpans();
  }

  /** The ended spans of a name. */
  named(name: string): readonly ReadableSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** The only ended span of a name. */
  only(name: string): ReadableSpan {
    const [span, ...others] = this.named(name);
    if (span === undefined || others.length > 0) {
      throw new Error(
        `There are ${others.length + (span ? 1 : 0)} spans ${name} among ${this.spans.map((each) => each.name).join(", ")}`,
      );
    }
    return span;
  }

  /** Forgets the spans. */
  reset(): void {
    this.#spans.reset();
  }

  /** Collects the metrics: the data points of each, by name. */
  async collect(): Promise<ReadonlyMap<string, readonly { readonly attributes: object; readonly value: unknown }[]>> {
    this.#metrics.reset();
    await this.#reader.forceFlush();
    const found = this.#metrics.getMetrics().at(-1)?.scopeMetrics ?? [];
    return new Map(
      found.flatMap(({ metrics: all }) =>
        all.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints] as const),
      ),
    );
  }
}

/** Runs work in a span of the application's own. Returns its context. */
export async function within(name: string, work: () => Promise<unknown>): Promise<SpanContext> {
  return trace.getTracer("the application").startActiveSpan(name, async (span) => {
    try {
      await work();
      return span.spanContext();
    } finally {
      span.end();
    }
  });
}

/** The `traceparent` of a span. */
export function traceparent({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** The id of a span's parent. */
export function parentOf({ parentSpanContext }: ReadableSpan): string | undefined {
  return parentSpanContext?.spanId;
}
