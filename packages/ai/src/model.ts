import { type LanguageModelMiddleware, simulateReadableStream } from "ai";
import type { ModelStep, Steps } from "./steps.ts";

type Generated = Awaited<ReturnType<NonNullable<LanguageModelMiddleware["wrapGenerate"]>>>;
type Streamed = Awaited<ReturnType<NonNullable<LanguageModelMiddleware["wrapStream"]>>>;
type Part = Streamed["stream"] extends ReadableStream<infer P> ? P : never;

/** Stores each answer of a model, and gives a stored one instead of calling the model again. */
export function recording(steps: Steps): LanguageModelMiddleware {
  const scope = steps.scope();
  return {
    specificationVersion: "v4",
    wrapGenerate: async ({ doGenerate, model: { modelId } }) => {
      const step = steps.model(scope);
      if (step.stored !== undefined) return restored(step.stored as Generated);
      // What the provider sent and received is for telemetry only.
      const { request: _, response, ...answer } = await observed(step, doGenerate());
      const { headers: _headers, body: _body, ...metadata } = response ?? {};
      const kept = { ...answer, response: metadata };
      await step.add({ modelId, answer: kept, usage: countersOf(answer.usage) });
      return kept;
    },
    wrapStream: async ({ doStream, model: { modelId } }) => {
      const step = steps.model(scope);
      if (step.stored !== undefined) {
        const chunks = (step.stored as { parts: Part[] }).parts.map(restoredPart);
        return { stream: simulateReadableStream({ chunks, initialDelayInMs: null, chunkDelayInMs: null }) };
      }
      const { stream } = await observed(step, doStream());
      return { stream: stream.pipeThrough(recorder(step, modelId)) };
    },
  };
}

async function observed<T>(step: ModelStep, call: PromiseLike<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    step.failed(error);
    throw error;
  }
}

/**
 * Stores the parts of a stream at its end. Text passes at once, but tool calls, and what follows them, wait until the answer is stored.
 * Otherwise a tool could run for an answer that the model gives differently after a crash.
 */
function recorder(step: ModelStep, modelId: string): TransformStream<Part, Part> {
  const parts: Part[] = [];
  let held: Part[] = [];
  let isBroken = false;
  return new TransformStream<Part, Part>({
    transform: (part, controller) => {
      if (part.type === "error") {
        isBroken = true;
        step.failed(part.error);
      }
      if (part.type !== "raw" && part.type !== "ping") parts.push(part);
      if (part.type === "tool-call" || held.length > 0) held.push(part);
      else controller.enqueue(part);
    },
    flush: async (controller) => {
      const finish = parts.find((part) => part.type === "finish");
      if (!isBroken && finish) await step.add({ modelId, answer: { parts }, usage: countersOf(finish.usage) });
      else held = held.filter(({ type }) => type !== "tool-call");
      for (const part of held) controller.enqueue(part);
      if (isBroken || finish) return;
      const error = new Error(`The stream of ${modelId} ended before its answer did.`);
      step.failed(error);
      controller.enqueue({ type: "error", error });
    },
  });
}

/** What an answer adds to the counters of its run. */
function countersOf(usage: Generated["usage"] | undefined): Readonly<Record<string, number>> {
  const { inputTokens, outputTokens } = usage ?? {};
  const counters = { modelCalls: 1, inputTokens: inputTokens?.total, outputTokens: outputTokens?.total };
  return Object.fromEntries(
    Object.entries(counters).filter(
      (each): each is [string, number] => Number.isSafeInteger(each[1]) && Number(each[1]) >= 0,
    ),
  );
}

function restored({ response, ...answer }: Generated): Generated {
  return { ...answer, ...(response && { response: withDate(response) }) };
}

function restoredPart(part: Part): Part {
  return part.type === "response-metadata" ? withDate(part) : part;
}

function withDate<Metadata extends { readonly timestamp?: Date }>(metadata: Metadata): Metadata {
  return metadata.timestamp === undefined ? metadata : { ...metadata, timestamp: new Date(metadata.timestamp) };
}
