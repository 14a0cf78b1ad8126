// One request through two jobs and an execution, as OpenTelemetry sees it, and the figures that Prometheus scrapes.
//
//   npx tsx examples/telemetry.ts             in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/telemetry.ts
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { newId, openStore, startWorker } from "holdfast";

// @opentelemetry/sdk-node does these lines for a service, and exports to its backend. This exporter keeps the spans to print them.
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });
const run = newId(); // Another run on the same server has queues of its own.
const [charges, orders, mails] = [`charges:${run}`, `orders:${run}`, `mails:${run}`];

// The request creates an execution.
const { traceId } = await trace.getTracer("shop").startActiveSpan("POST /orders", async (span) => {
  await store.executions.create({ id: `order:${run}`, queue: orders, input: { total: 12 } });
  span.end();
  return span.spanContext();
});

// The handlers may run on other machines: the trace is stored with the work.
let arrived = (): void => undefined;
const mailed = new Promise<void>((resolve) => (arrived = resolve));
const worker = await startWorker(store, {
  executions: {
    [orders]: async (execution) => {
      await store.jobs.push({ queue: charges, payload: execution.input });
      return { status: "succeeded" };
    },
  },
  queues: {
    [charges]: async () => {
      await store.kv.set({ prefix: run, key: "charged", value: Buffer.from("12") });
      await store.jobs.push({ queue: mails, payload: { to: "ada@example.org" } });
    },
    [mails]: () => arrived(),
  },
});
await mailed;
await worker.stop();

// All spans of the request, each below the one that caused it.
const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
function print(parent: string | undefined, indent: string): void {
  const below = (span: ReadableSpan): boolean => span.parentSpanContext?.spanId === parent;
  for (const span of spans.filter(below)) {
    console.log(`${indent}${span.name.replace(`:${run}`, "")}`);
    print(span.spanContext().spanId, `${indent}  `);
  }
}
print(undefined, "");

// What GET /metrics answers: the jobs that this process has ended.
const { text } = await store.metrics();
const ended = text.split("\n").filter((line) => line.startsWith("holdfast_jobs_ended_total"));
console.log(ended.join("\n"));

await store.close();
await provider.shutdown();
