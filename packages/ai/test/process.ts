// A worker that says what it does. It hangs at the place that is its argument: in its second tool call, or in the model's third answer.
import { generateText, isStepCount, tool } from "ai";
import { openStore, startWorker } from "holdfast";
import { z } from "zod";
import { agent } from "../dist/index.js";
import { mockModel } from "./models.ts";

const [url = "", hangsAt] = process.argv.slice(2);
const store = await openStore({ url });
const reached = async (place: string): Promise<void> => {
  process.stdout.write(`${place}\n`);
  if (place === hangsAt) await new Promise(() => undefined);
};
const tools = {
  charge: tool({
    inputSchema: z.object({ cents: z.number() }),
    execute: async ({ cents }) => {
      await reached(`charge ${cents}`);
      return `charged ${cents}`;
    },
  }),
};
const model = mockModel(
  [
    [{ id: "first", tool: "charge", input: { cents: 1 } }],
    [{ id: "second", tool: "charge", input: { cents: 2 } }],
    "Both are charged.",
  ],
  (number) => reached(`answer ${number}`),
);
const handler = agent(store, (run) => {
  const { messages } = run;
  return generateText({ model: run.model(model), tools: run.tools(tools), messages, stopWhen: isStepCount(5) });
});
await startWorker(store, { executions: { agents: handler } });
