// A process of its own with an SDK of its own. It pushes a job in a span, or works on one; then it prints its spans.
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { openStore, startWorker } from "../../src/index.ts";
import { withResolvers } from "../support/waiting.ts";

const [what, url = ""] = process.argv.slice(2);
const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
const application = trace.getTracer("the application");

const store = await openStore({ url });
if (what === "push") {
  await application.startActiveSpan("order", async (span) => {
    await store.jobs.push({ queue: "far" });
    span.end();
  });
} else {
  const done = withResolvers();
  const worker = await startWorker(store, {
    queues: {
      far: () => {
        application.startActiveSpan("charge", (span) => span.end());
        done.resolve();
      },
    },
  });
  await done.promise;
  await worker.stop();
}
await store.close();
const spans = exporter.getFinishedSpans().map((span) => ({
  name: span.name,
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentId: span.parentSpanContext?.spanId ?? null,
}));
process.stdout.write(JSON.stringify(spans));
