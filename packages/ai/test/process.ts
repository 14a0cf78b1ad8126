// Starts a run, unless it exists, and runs it to its end. It says what it does, and hangs at the place that is its second argument. Its clock
// is ahead by the fourth.
import { appendFileSync } from "node:fs";
import { generateText, isStepCount, tool } from "ai";
import { openStore, startWorker } from "holdfast";
import { DuplicateError } from "holdfast/errors";
import { z } from "zod";
import { agent, AgentRuns } from "../dist/index.js";
import { mockModel } from "./models.ts";

const [options = "{}", hangsAt, effects = "", ahead = "0"] = process.argv.slice(2);
const store = await openStore(JSON.parse(options) as { url: string } | { folder: string });
const reached = async (place: string): Promise<void> => {
  process.stdout.write(`${place}\n`);
  if (place === hangsAt) await new Promise(() => undefined);
};
const inputSchema = z.object({ item: z.string() });
const handler = agent(store, (run) => {
  const tools = {
    order: tool({
      inputSchema,
      onInputAvailable: async ({ input }) => reached(`before order ${input.item}`),
      execute: async ({ item }) => {
        appendFileSync(effects, `ordered ${item}\n`);
        await reached(`ordered ${item}`);
        return `ordered ${item}`;
      },
    }),
    pay: tool({
      inputSchema,
      execute: async ({ item }, { toolCallId }) => {
        const output = await run.transaction(toolCallId, async (tx) => {
          await tx.query("insert into payments values ($1)", [item]);
          await reached(`before the commit of ${item}`);
          return `paid ${item}`;
        });
        await reached(`paid ${item}`);
        return output;
      },
    }),
  };
  const model = mockModel(
    [
      [
        { id: "1", tool: "order", input: { item: "lamp" } },
        { id: "2", tool: "order", input: { item: "book" } },
      ],
      [{ id: "3", tool: "pay", input: { item: "all" } }],
      "Done.",
    ],
    (number) => reached(`answer ${number}`),
  );
  return generateText({
    model: run.model(model),
    tools: run.tools(tools, { repeatable: ["pay"] }),
    toolCallConcurrency: 1,
    messages: run.messages,
    stopWhen: isStepCount(5),
  });
});
await store.transaction(async (tx) => {
  await tx.query("create table if not exists payments (item text)");
  // The leases of the processes that died are over.
  await tx.query(`create or replace function holdfast.now() returns timestamptz language sql stable parallel safe
    as 'select pg_catalog.statement_timestamp() + interval ''${Number(ahead)} milliseconds'''`);
});
const runs = new AgentRuns(store);
await runs.start({ queue: "agents", id: "run", prompt: "Buy." }).catch((error: unknown) => {
  if (!(error instanceof DuplicateError)) throw error;
});
const worker = await startWorker(store, { executions: { agents: handler } });
const record = await runs.result("run");
const paid = await store.transaction((tx) => tx.query("select item from payments"));
await worker.stop();
await store.close();
process.stdout.write(`ended ${JSON.stringify({ record, paid: paid.rows })}\n`);
