// A durable agent run of the Vercel AI SDK: its worker dies between two steps, the next one goes on, and a person approves a payment. The
// model is the SDK's own mock; put yours in its place.
//
//   npx tsx examples/ai.ts                in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/ai.ts
import { setTimeout as sleep } from "node:timers/promises";
import { agent, AgentRuns } from "@holdfast/ai";
import { generateText, isStepCount, tool } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { newId, openStore, startWorker } from "holdfast";
import { z } from "zod";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });
const queue = `shop-${newId()}`;

const calls = [
  { toolCallId: "1", toolName: "price", input: '{"item":"lamp"}' },
  { toolCallId: "2", toolName: "pay", input: '{"cents":4200}' },
];
const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined },
};
let outages = 1;
const model = new MockLanguageModelV4({
  doGenerate: async ({ prompt }) => {
    const call = calls[prompt.filter(({ role }) => role === "assistant").length];
    if (call?.toolName === "pay" && outages-- > 0) throw new Error("The model is away.");
    return {
      content: [call ? { type: "tool-call", ...call } : { type: "text", text: "The lamp is yours." }],
      finishReason: { unified: call ? "tool-calls" : "stop", raw: undefined },
      usage,
      warnings: [],
    };
  },
});

const tools = {
  price: tool({
    inputSchema: z.object({ item: z.string() }),
    execute: ({ item }) => {
      console.log(`priced: ${item}`);
      return { cents: 4200 };
    },
  }),
  pay: tool({
    inputSchema: z.object({ cents: z.number() }),
    execute: ({ cents }) => {
      console.log(`paid: ${cents}`);
      return { receipt: 7 };
    },
  }),
};

const worker = await startWorker(store, {
  executions: {
    [queue]: agent(store, (run) =>
      generateText({
        model: run.model(model),
        tools: run.tools(tools),
        toolApproval: { pay: "user-approval" },
        messages: run.messages,
        abortSignal: run.signal,
        stopWhen: isStepCount(10),
        maxRetries: 0,
      }),
    ),
  },
  onError: (error) => console.log(`an attempt failed: ${(error as Error).message}`),
});

const runs = new AgentRuns(store);
const id = await runs.start({ queue, prompt: "Buy a lamp." });
let record = await runs.get(id);
while (record?.status !== "waiting") {
  await sleep(20);
  record = await runs.get(id);
}
for (const { id: approvalId, toolName, input } of record.pending) {
  console.log(`may it ${toolName}? ${JSON.stringify(input)}`);
  await runs.approve(id, approvalId, { approved: true });
}
const ended = await runs.result(id);
console.log(`${ended?.status}: ${String(ended?.output)}`);
console.log(`messages: ${ended?.messages.map(({ role }) => role).join(" ")}`);
await worker.stop();
await store.close();
