import { type LanguageModelMiddleware, simulateReadableStream } from "ai";
import type { Steps } from "./steps.ts";

type Generated = Awaited<ReturnType<NonNullable<LanguageModelMiddleware["wrapGenerate"]>>>;
type Streamed = Awaited<ReturnType<NonNullable<LanguageModelMiddleware["wrapStream"]>>>;
type Part = Streamed["stream"] extends ReadableStream<infer P> ? P : never;

/** Stores each answer of a model, and gives a stored one instead of calling the model again. */
export function recording(steps: Steps, signal: AbortSignal): LanguageModelMiddleware {
  return {
    specificationVersion: "v4",
    wrapGenerate: async ({ doGenerate, model }) => {
      signal.throwIfAborted();
      const stored = steps.nextAnswer();
      if (stored !== undefined) {
        steps.skipAnswer();
        return restored(stored as Generated);
      }
      // What the provider sent and received is for telemetry only.
      const { request: _, response, ...answer } = await observed(steps, doGenerate());
      const { headers: _headers, body: _body, ...metadata } = response ?? {};
      const kept = { ...answer, response: metadata };
      await steps.addAnswer(model.modelId, kept);
      return kept;
    },
    wrapStream: async ({ doStream, model }) => {
      signal.throwIfAborted();
      const stored = steps.nextAnswer();
      if (stored !== undefined) {
        steps.skipAnswer();
        const chunks = (stored as { parts: Part[] }).parts.map(restoredPart);
        return { stream: simulateReadableStream({ chunks, initialDelayInMs: null, chunkDelayInMs: null }) };
      }
      const { stream } = await observed(steps, doStream());
      return { stream: stream.pipeThrough(recorder(steps, model.modelId)) };
    },
  };
}

async function observed<T>(steps: Steps, call: PromiseLike<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    steps.failed(error);
    throw error;
  }
}

/**
 * Stores the parts of a stream at its end. Text passes at once, but tool calls, and what follows them, wait until the answer is stored.
 * Otherwise a tool could run for an answer that the model gives differently after a crash.
 */
function recorder(steps: Steps, modelId: string): TransformStream<Part, Part> {
  const parts: Part[] = [];
  let held: Part[] = [];
  let isBroken = false;
  return new TransformStream<Part, Part>({
    transform: (part, controller) => {
      if (part.type === "error") {
        isBroken = true;
        steps.failed(part.error);
      }
      if (part.type !== "raw" && part.type !== "ping") parts.push(part);
      if (part.type === "tool-call" || held.length > 0) held.push(part);
      else controller.enqueue(part);
    },
    flush: async (controller) => {
      if (isBroken) held = held.filter(({ type }) => type !== "tool-call");
      else await steps.addAnswer(modelId, { parts });
      for (const part of held) controller.enqueue(part);
    },
  });
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
