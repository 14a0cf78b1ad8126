import { simulateReadableStream } from "ai";
import { MockLanguageModelV4 } from "ai/test";

/** What a model generates at once. */
export type Answer = Awaited<ReturnType<MockLanguageModelV4["doGenerate"]>>;
type Streamed = Awaited<ReturnType<MockLanguageModelV4["doStream"]>>;
/** A part of what a model streams. */
export type Part = Streamed["stream"] extends ReadableStream<infer P> ? P : never;
interface Call {
  readonly id: string;
  readonly tool: string;
  readonly input: object;
}

/** What an answer of the mock model uses. */
export const usage: Answer["usage"] = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined },
};

/** What a mock model says: a text, or calls of tools. */
export type Saying = string | readonly Call[];

function contentOf(saying: Saying): Answer["content"] {
  if (typeof saying === "string") return [{ type: "text", text: saying }];
  return saying.map(({ id, tool, input }) => {
    return { type: "tool-call", toolCallId: id, toolName: tool, input: JSON.stringify(input) };
  });
}

function reasonOf(saying: Saying): Answer["finishReason"] {
  return { unified: typeof saying === "string" ? "stop" : "tool-calls", raw: undefined };
}

/** The parts of what a model streams. */
export function streamed(saying: Saying): readonly Part[] {
  const content: readonly Part[] =
    typeof saying === "string"
      ? [
          { type: "text-start", id: "t" },
          ...saying.split(/(?<= )/).map((delta) => ({ type: "text-delta" as const, id: "t", delta })),
          { type: "text-end", id: "t" },
        ]
      : contentOf(saying).filter((part) => part.type === "tool-call");
  return [
    { type: "stream-start", warnings: [] },
    { type: "response-metadata", id: "r", timestamp: new Date(5) },
    ...content,
    { type: "finish", finishReason: reasonOf(saying), usage },
  ];
}

/** A model that says one thing after the other, by the number of its answers and tool results in the prompt. */
export function mockModel(sayings: readonly Saying[], onCall: (number: number) => unknown = () => undefined) {
  const next = async (prompt: readonly { readonly role: string }[]): Promise<Saying> => {
    const number = prompt.filter(({ role }) => role === "assistant").length;
    await onCall(number);
    const saying = sayings[number];
    if (saying === undefined) throw new Error(`The model has nothing to say as number ${number}.`);
    return saying;
  };
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      const saying = await next(prompt);
      const response = { id: "r", modelId: "mock", timestamp: new Date(5) };
      return { content: contentOf(saying), finishReason: reasonOf(saying), usage, warnings: [], response };
    },
    doStream: async ({ prompt }) => {
      const saying = await next(prompt);
      const chunks = [...streamed(saying)];
      return { stream: simulateReadableStream({ chunks, initialDelayInMs: null, chunkDelayInMs: null }) };
    },
  });
}
