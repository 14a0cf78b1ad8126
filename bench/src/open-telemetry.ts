import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import type { Contender, Trial } from "./bench.ts";

/** How an application has set its OpenTelemetry SDK up. */
export type Tracing = "no span sampled" | "every span sampled" | "every span sampled, and metrics";

/** The contender in a process with an SDK, whose exporter counts spans and drops them. Each operation has at least one span. */
export function withSdk(contender: Contender, tracing: Tracing): Contender {
  return {
    name: `${contender.name}, ${tracing}`,
    isOurs: true,
    open: async (place) => {
      const sdk = new CountingSdk(tracing);
      const trial = await contender.open(place);
      let operations = 0;
      const count = (done: number): number => {
        operations += done;
        return done;
      };
      const observed: Trial = {
        ...(trial.warmUp !== undefined && { warmUp: async () => count((await trial.warmUp?.()) ?? 0) }),
        run: async () => {
          const measured = await trial.run();
          count(measured.operations);
          return measured;
        },
        check: async () => {
          await trial.check();
          const spans = await sdk.countSpans();
          if (tracing === "no span sampled" ? spans > 0 : spans < operations) {
            throw new Error(`The exporter got ${spans} spans of ${operations} operations.`);
          }
        },
        close: async () => {
          await trial.close();
          await sdk.close();
        },
      };
      return observed;
    },
  };
}

/** More spans than a run makes: the processor drops what its queue cannot hold. */
const queueSize = 10_000_000;

/** An SDK that is registered until it is closed. */
class CountingSdk {
  readonly #exporter = new CountingExporter();
  readonly #tracing: BasicTracerProvider;
  readonly #measuring: MeterProvider | null;

  constructor(tracing: Tracing) {
    this.#tracing = new BasicTracerProvider({
      sampler: tracing === "no span sampled" ? new AlwaysOffSampler() : new AlwaysOnSampler(),
      spanProcessors: [new BatchSpanProcessor(this.#exporter, { maxQueueSize: queueSize, maxExportBatchSize: 512 })],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(this.#tracing);
    this.#measuring = tracing === "every span sampled, and metrics" ? measuring() : null;
    if (this.#measuring) metrics.setGlobalMeterProvider(this.#measuring);
  }

  async countSpans(): Promise<number> {
    await this.#tracing.forceFlush();
    return this.#exporter.spans;
  }

  async close(): Promise<void> {
    for (const api of [trace, metrics, context]) api.disable();
    await this.#tracing.shutdown();
    await this.#measuring?.shutdown();
  }
}

function measuring(): MeterProvider {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  return new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
}

class CountingExporter implements SpanExporter {
  spans = 0;

  export(spans: readonly ReadableSpan[], onResult: (result: { code: number }) => void): void {
    this.spans += spans.length;
    onResult({ code: 0 });
  }

  async shutdown(): Promise<void> {}
}
