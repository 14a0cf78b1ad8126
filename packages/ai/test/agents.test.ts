import { EventEmitter, once } from "node:events";
import { generateText, isStepCount, streamText, tool } from "ai";
import { openStore, type Store, startWorker } from "holdfast";
import { ConflictError, DuplicateError, InvalidInputError, NotFoundError } from "holdfast/errors";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { storeWithClock } from "../../holdfast/test/support/moved-time.ts";
import { agent, type AgentHandler, type AgentOptions, AgentRuns } from "../src/index.ts";
import { mockModel, type Saying } from "./models.ts";

const add = { id: "call", tool: "add", input: { a: 1, b: 2 } };
const sayings: readonly Saying[] = [[add, { ...add, id: "other", input: { a: 2, b: 2 } }], [add], "It is seven."];
const numbers = z.object({ a: z.number(), b: z.number() });
const stopWhen = isStepCount(10);

/** Runs an agent until the test ends. */
async function running(store: Store, queue: string, handler: AgentHandler, options?: AgentOptions): Promise<void> {
  const worker = await startWorker(store, {
    executions: { [queue]: agent(store, handler, options) },
    onError: () => undefined,
  });
  onTestFinished(() => worker.stop({ graceMs: 0 }));
}

describeOnEach("a run of an agent", (database) => {
  let store: Store;
  let runs: AgentRuns;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
    runs = new AgentRuns(store);
  });
  afterAll(() => store.close());

  for (const way of ["generateText", "streamText"] as const) {
    test(`goes on after its last stored step when ${way} is called again`, async () => {
      const called: unknown[] = [];
      let failures = 0;
      const model = mockModel(sayings, (number) => {
        called.push(number);
        if (number === 2 && failures++ === 0) throw new Error("The model is away.");
      });
      const tools = {
        add: tool({
          inputSchema: numbers,
          execute: ({ a, b }, { toolCallId }) => {
            called.push(toolCallId);
            return a + b;
          },
        }),
      };
      const texts: string[] = [];
      await running(store, way, async (run) => {
        const { messages, signal } = run;
        const settings = {
          model: run.model(model),
          tools: run.tools(tools),
          messages,
          abortSignal: signal,
          stopWhen,
          maxRetries: 0,
        };
        if (way === "generateText") return generateText(settings);
        const result = streamText({ ...settings, onError: () => undefined });
        for await (const text of result.textStream) texts.push(text);
        return result;
      });
      const id = await runs.start({ queue: way, prompt: "Add." });
      const ended = await runs.result(id);
      expect(ended).toMatchObject({ status: "succeeded", output: "It is seven.", pending: [] });
      // Both used the id "call": each counts among the calls of its answer.
      expect(called).toEqual([0, "call", "other", 1, "call", 2, 2]);
      expect(texts).toEqual(way === "streamText" ? ["It ", "is ", "seven."] : []);
      expect(ended?.messages.map(({ role }) => role)).toEqual([
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
      ]);
      const tasks = await store.tasks.list({ executionId: id });
      expect(tasks.items.map(({ name, status, output }) => [name, status, name === "add" ? output : null])).toEqual([
        ["answer", "succeeded", null],
        ["add", "succeeded", 3],
        ["add", "succeeded", 4],
        ["answer", "succeeded", null],
        ["add", "succeeded", 3],
        ["answer", "succeeded", null],
      ]);
    });
  }

  test("waits for approvals and for outputs of people, and tells the model of them", async () => {
    const tools = {
      pay: tool({ inputSchema: z.object({ cents: z.number() }), execute: ({ cents }) => `paid ${cents}` }),
      ask: tool({ inputSchema: z.object({ what: z.string() }), outputSchema: z.object({ color: z.string() }) }),
    };
    const model = mockModel([
      [
        { id: "1", tool: "pay", input: { cents: 5 } },
        { id: "2", tool: "pay", input: { cents: 9 } },
        { id: "3", tool: "ask", input: { what: "color" } },
      ],
      "Done.",
    ]);
    await running(store, "people", (run) =>
      generateText({
        model: run.model(model),
        tools: run.tools(tools),
        toolApproval: { pay: "user-approval" },
        messages: run.messages,
      }),
    );
    const id = await runs.start({ queue: "people", prompt: "Pay." });
    await expect.poll(async () => (await runs.get(id))?.status).toBe("waiting");
    const pending = (await runs.get(id))?.pending ?? [];
    expect(pending.map(({ kind, input }) => [kind, input])).toEqual([
      ["approval", { cents: 5 }],
      ["approval", { cents: 9 }],
      ["output", { what: "color" }],
    ]);
    const [first = "", second = "", third = ""] = pending.map((each) => each.id);
    await expect(runs.answer(id, first, "yes")).rejects.toThrow(ConflictError);
    await runs.answer(id, third, { color: "red" });
    await runs.approve(id, first, { approved: true });
    await expect(runs.approve(id, first, { approved: false })).rejects.toThrow(ConflictError);
    await runs.approve(id, second, { approved: false, reason: "too much" });

    const ended = await runs.result(id);
    expect(ended).toMatchObject({ status: "succeeded", output: "Done.", pending: [] });
    const results = model.doGenerateCalls[1]?.prompt.flatMap(({ role, content }) => (role === "tool" ? content : []));
    expect(results).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ toolCallId: "1", output: { type: "text", value: "paid 5" } }),
        expect.objectContaining({ toolCallId: "2", output: { type: "execution-denied", reason: "too much" } }),
        expect.objectContaining({ toolCallId: "3", output: { type: "json", value: { color: "red" } } }),
      ]),
    );
    await expect(runs.approve(id, second, { approved: true })).rejects.toThrow(ConflictError);
  });

  test("is canceled while a tool runs, and its signal tells the tool", async () => {
    const calls = new EventEmitter();
    const begun = once(calls, "begun");
    const aborted = once(calls, "aborted");
    const tools = {
      add: tool({
        inputSchema: numbers,
        execute: async (_, { abortSignal }) => {
          calls.emit("begun");
          if (abortSignal) await once(abortSignal, "abort");
          calls.emit("aborted", abortSignal?.aborted);
          return 0;
        },
      }),
    };
    await running(store, "canceled", (run) =>
      generateText({
        model: run.model(mockModel([[add]])),
        tools: run.tools(tools),
        messages: run.messages,
        abortSignal: run.signal,
        stopWhen,
      }),
    );
    const id = await runs.start({ queue: "canceled", prompt: "Add." });
    await begun;
    expect(await runs.cancel(id, "not needed")).toBe(true);
    expect(await aborted).toEqual([true]);
    expect((await runs.result(id))?.status).toBe("canceled");
  });

  test("writes the output of a tool together with what the tool writes, once", async () => {
    let attempts = 0;
    const tools = (run: Parameters<AgentHandler>[0]) => ({
      add: tool({
        inputSchema: numbers,
        execute: async ({ a, b }, { toolCallId }) => {
          const sum = await run.transaction(toolCallId, async (tx) => {
            await tx.kv.set({ prefix: "sums", key: `${run.id}/${(attempts += 1)}`, value: Buffer.from(String(a + b)) });
            return a + b;
          });
          if (attempts === 1) throw new Error("after its commit");
          return sum;
        },
      }),
    });
    const model = mockModel([[add], "Three."]);
    await running(store, "transactions", (run) =>
      generateText({
        model: run.model(model),
        tools: run.tools(tools(run), { repeatable: ["add"] }),
        messages: run.messages,
        stopWhen,
      }),
    );
    const id = await runs.start({ queue: "transactions", prompt: "Add." });
    expect((await runs.result(id))?.output).toBe("Three.");
    const { items } = await store.kv.list("sums");
    expect(items.map(({ value }) => String(Buffer.from(value ?? [])))).toEqual(["3"]);
    const [, task] = (await store.tasks.list({ executionId: id })).items;
    expect(task).toMatchObject({ name: "add", status: "succeeded", output: 3 });
  });

  test("is started in a transaction of the application", async () => {
    await expect(
      store.transaction(async (tx) => {
        await new AgentRuns(tx).start({ queue: "none", id: "undone", prompt: "Hello." });
        throw new Error("The application changes its mind.");
      }),
    ).rejects.toThrow("changes its mind");
    expect(await runs.get("undone")).toBeNull();
  });
});

describeOnEach("a run that nobody answers", (database) => {
  test("goes on with a refusal when the time is over", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const runs = new AgentRuns(store);
    const model = mockModel([[{ id: "1", tool: "ask", input: {} }], "Then not."]);
    const tools = { ask: tool({ inputSchema: z.object({}), outputSchema: z.string() }) };
    const handler: AgentHandler = (run) =>
      generateText({ model: run.model(model), tools: run.tools(tools), messages: run.messages });
    await running(store, "late", handler, { answerWithinMs: 60_000 });
    const id = await runs.start({ queue: "late", prompt: "Ask." });
    await expect.poll(async () => (await runs.get(id))?.status).toBe("waiting");
    await clock.advance(60_001);
    expect((await runs.result(id))?.output).toBe("Then not.");
    expect(model.doGenerateCalls[1]?.prompt.at(-1)?.content).toMatchObject([
      { output: { type: "error-text", value: "Nobody answered in time." } },
    ]);
  });
});

describe("bad input", () => {
  test("is an error that names its field", async () => {
    const store = await openStore({ memory: true });
    onTestFinished(() => store.close());
    const runs = new AgentRuns(store);
    const fieldOf = async (call: () => unknown) =>
      Promise.resolve()
        .then(call)
        .catch((error: unknown) => (error instanceof InvalidInputError ? error.facts["field"] : error));
    const queue = "q";
    expect(await fieldOf(() => runs.start({ queue }))).toBe("prompt");
    expect(await fieldOf(() => runs.start({ queue, messages: [] }))).toBe("messages");
    expect(await fieldOf(() => runs.start({ queue, id: "x".repeat(151), prompt: "Hi." }))).toBe("id");
    expect(await fieldOf(() => agent(store, () => ({ responseMessages: [], text: "" }), { answerWithinMs: 0 }))).toBe(
      "answerWithinMs",
    );
    const id = await runs.start({ queue, prompt: "Hi.", id: "a" });
    expect(await fieldOf(() => runs.answer(id, "x", undefined))).toBe("output");
    await expect(runs.start({ queue, prompt: "Hi.", id: "a" })).rejects.toThrow(DuplicateError);
    await expect(runs.approve("none", "x", { approved: true })).rejects.toThrow(NotFoundError);
    await expect(runs.approve(id, "x", { approved: true })).rejects.toThrow(ConflictError);
  });
});
