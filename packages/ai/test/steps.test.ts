import { generateText, isStepCount, Output, simulateReadableStream, streamText, tool, type ToolSet } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { openStore, type Store, startWorker } from "holdfast";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { agent, type AgentHandler, type AgentRecord, type AgentRun, AgentRuns } from "../src/index.ts";
import { type Answer, mockModel, type Part, type Saying, streamed, usage } from "./models.ts";

const stopWhen = isStepCount(5);
const nothing = z.object({});
const call = (name: string, id = "call") => ({ id, tool: name, input: {} });
/** A model that fails once, before it says the last thing. So what was said before is read again. */
const failingOnce = (sayings: readonly Saying[]): MockLanguageModelV4 => {
  let isAway = true;
  return mockModel(sayings, (number) => {
    if (number < sayings.length - 1 || !isAway) return;
    isAway = false;
    throw new Error("The model is away.");
  });
};

describeOnEach("a run", (database) => {
  let store: Store;
  let runs: AgentRuns;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
    runs = new AgentRuns(store);
  });
  afterAll(() => store.close());

  /** Runs a handler to its end, by at most two attempts. */
  async function ended(queue: string, handler: AgentHandler): Promise<AgentRecord> {
    const worker = await startWorker(store, {
      executions: { [queue]: agent(store, handler) },
      onError: () => undefined,
    });
    onTestFinished(() => worker.stop({ graceMs: 0 }));
    const id = await runs.start({ queue, prompt: "Go.", maxAttempts: 2 });
    const record = await runs.result(id, { timeoutMs: 10_000 });
    expect(record).not.toBeNull();
    return record as AgentRecord;
  }

  const withTools =
    (model: MockLanguageModelV4, tools: ToolSet | ((run: AgentRun) => ToolSet)): AgentHandler =>
    async (run) => {
      const made = run.tools(typeof tools === "function" ? tools(run) : tools);
      const { messages } = run;
      return generateText({ model: run.model(model), tools: made, messages, stopWhen, maxRetries: 0 });
    };
  const tasksOf = async ({ id }: AgentRecord) => (await store.tasks.list({ executionId: id })).items;
  const resultsOf = ({ messages }: AgentRecord) =>
    messages.flatMap(({ role, content }) =>
      role === "tool" ? content.map((part) => (part.type === "tool-result" ? part.output : null)) : [],
    );

  for (const way of ["generateText", "streamText"] as const) {
    test(`keeps the models that a tool calls apart from its own, by ${way}`, async () => {
      const outer = failingOnce([[call("ask", "1"), call("ask", "2")], "outer"]);
      let asked = 0;
      const inner = mockModel(["inner"], () => (asked += 1));
      const text = async (settings: Parameters<typeof generateText>[0]) => {
        if (way === "generateText") return generateText(settings);
        const result = streamText({ ...settings, onError: () => undefined });
        await result.consumeStream();
        return result;
      };
      const record = await ended(`inner-${way}`, async (run) => {
        // One is made where it is used, the other before.
        const early = run.model(inner);
        const execute = async (_: object, { toolCallId }: { toolCallId: string }) => {
          const model = toolCallId === "1" ? early : run.model(inner);
          return (await text({ model, prompt: "Say." })).text;
        };
        const tools = run.tools({ ask: tool({ inputSchema: nothing, execute }) });
        return text({ model: run.model(outer), tools, messages: run.messages, stopWhen, maxRetries: 0 });
      });
      expect(record).toMatchObject({ status: "succeeded", output: "outer" });
      expect(resultsOf(record)).toMatchObject([{ value: "inner" }, { value: "inner" }]);
      expect(asked).toBe(2);
      expect(record.usage).toEqual({ modelCalls: 4, inputTokens: 12, outputTokens: 8 });
    });
  }

  test("gives a tool's output as JSON, at once and after a failure", async () => {
    const output = { at: new Date(0), bytes: new Uint8Array([1, 2]), list: [undefined, Number.NaN, -0], no: undefined };
    const seen: unknown[] = [];
    const tools = {
      look: tool({
        inputSchema: nothing,
        execute: (): unknown => output,
        toModelOutput: ({ output: given }) => {
          seen.push(given);
          return { type: "text", value: "seen" };
        },
      }),
    };
    const record = await ended("json", withTools(failingOnce([[call("look")], "Done."]), tools));
    expect(record.status).toBe("succeeded");
    const json = { at: "1970-01-01T00:00:00.000Z", bytes: "AQI=", list: [null, null, 0] };
    expect(seen.length).toBeGreaterThanOrEqual(2);
    for (const each of seen) expect(each).toEqual(json);
    const [, task] = await tasksOf(record);
    expect(task).toMatchObject({ status: "succeeded", output: json });
  });

  test("says of a tool that has run, but whose output cannot be stored, just that, and calls it once", async () => {
    let calls = 0;
    const count = tool({ inputSchema: nothing, execute: () => ({ count: BigInt((calls += 1)) }) });
    const record = await ended("odd", withTools(failingOnce([[call("count")], "Done."]), { count }));
    expect(calls).toBe(1);
    const value = expect.stringContaining("count has run, but its output cannot be stored: output.count cannot");
    expect(resultsOf(record)).toEqual([{ type: "error-text", value }]);
  });

  test("keeps whatever a tool throws", async () => {
    const thrown = [5n, "text", undefined, { code: 7 }];
    const fail = tool({
      inputSchema: nothing,
      execute: (_, { toolCallId }): string => {
        // As any code may.
        // oxlint-disable-next-line typescript/only-throw-error
        throw thrown[Number(toolCallId)];
      },
    });
    const calls = thrown.map((_, i) => call("fail", String(i)));
    const record = await ended("thrown", withTools(failingOnce([calls, "Done."]), { fail }));
    const texts = ["Error: 5n", "Error: text", "Error: fail failed.", "Error: { code: 7 }"];
    expect(resultsOf(record)).toMatchObject(texts.map((value) => ({ type: "error-text", value })));
    expect((await tasksOf(record)).map(({ status }) => status)).toEqual([
      "succeeded",
      "failed",
      "failed",
      "failed",
      "failed",
      "succeeded",
    ]);
  });

  test("tells two calls with one id in one answer apart", async () => {
    let calls = 0;
    const count = tool({ inputSchema: nothing, execute: () => (calls += 1) });
    const record = await ended("twins", withTools(failingOnce([[call("count"), call("count")], "Done."]), { count }));
    expect(resultsOf(record)).toMatchObject([{ value: 1 }, { value: 2 }]);
    expect(calls).toBe(2);
  });

  test("fails if its models are called at once, since nobody could tell their answers apart later", async () => {
    const record = await ended("overlapping", async (run) => {
      const ask = async (text: string) => generateText({ model: run.model(mockModel([text])), prompt: "Say." });
      const [first] = await Promise.all([ask("one"), ask("two")]);
      return first;
    });
    expect(record).toMatchObject({ status: "failed", error: { code: "invalid_input" } });
  });

  test("asks again for an answer whose stream was cut off, and runs no tool for it", async () => {
    const calls: string[] = [];
    const finish: Part = { type: "finish", finishReason: { unified: "tool-calls", raw: undefined }, usage };
    const start: Part = { type: "stream-start", warnings: [] };
    const asked = (toolCallId: string): Part => ({ type: "tool-call", toolCallId, toolName: "note", input: "{}" });
    const answers: readonly (readonly Part[])[] = [
      [start, asked("cut")],
      [start, asked("whole"), finish],
    ];
    const model = new MockLanguageModelV4({
      doStream: async () => {
        const chunks = [...(answers[model.doStreamCalls.length - 1] ?? streamed("Done."))];
        return { stream: simulateReadableStream({ chunks, initialDelayInMs: null, chunkDelayInMs: null }) };
      },
    });
    const note = tool({ inputSchema: nothing, execute: (_, { toolCallId }) => calls.push(toolCallId) });
    const record = await ended("cut", async (run) => {
      const { messages } = run;
      return streamText({
        model: run.model(model),
        tools: run.tools({ note }),
        messages,
        stopWhen,
        onError: () => undefined,
      });
    });
    expect(record).toMatchObject({ status: "succeeded", output: "Done." });
    expect(calls).toEqual(["whole"]);
  });

  test("ends, and waits for nobody, if the SDK leaves a call alone because the answer was too long", async () => {
    const model = new MockLanguageModelV4({
      doGenerate: {
        content: [{ type: "tool-call", toolCallId: "1", toolName: "note", input: "{}" }],
        finishReason: { unified: "length", raw: undefined },
        usage,
        warnings: [],
      } satisfies Answer,
    });
    const note = tool({ inputSchema: nothing, execute: () => "noted" });
    const record = await ended("length", withTools(model, { note }));
    expect(record).toMatchObject({ status: "succeeded", pending: [] });
  });

  test("asks again for an answer that the SDK refuses", async () => {
    const texts = ["no JSON", '{"size":5}'];
    let asked = 0;
    const model = new MockLanguageModelV4({
      doGenerate: async () => ({
        content: [{ type: "text", text: texts[asked++] ?? "" }],
        finishReason: { unified: "stop", raw: undefined },
        usage,
        warnings: [],
      }),
    });
    const output = Output.object({ schema: z.object({ size: z.number() }) });
    const record = await ended("refused", async (run) => {
      const result = await generateText({ model: run.model(model), messages: run.messages, output });
      return { responseMessages: result.responseMessages, text: result.output };
    });
    expect(record).toMatchObject({ status: "succeeded", output: { size: 5 } });
    expect(asked).toBe(2);
    expect((await tasksOf(record)).map(({ name }) => name)).toEqual(["answer", "refused answer", "answer"]);
  });

  test("takes what a tool has committed as its output, whatever it does then", async () => {
    const results: unknown[] = [];
    const pay = (run: AgentRun) => ({
      pay: tool({
        inputSchema: nothing,
        execute: async (_, { toolCallId }): Promise<string> => {
          await run.transaction(toolCallId, async () => "paid");
          await run.transaction(toolCallId, async () => "again").catch((error: unknown) => results.push(error));
          await run.transaction("other", async () => "other").catch((error: unknown) => results.push(error));
          throw new Error("after its commit");
        },
      }),
    });
    const record = await ended("committed", withTools(failingOnce([[call("pay")], "Done."]), pay));
    expect(resultsOf(record)).toEqual([{ type: "text", value: "paid" }]);
    expect(results).toMatchObject(["toolCallId", "toolCallId"].map((field) => ({ facts: { field } })));
  });
});
