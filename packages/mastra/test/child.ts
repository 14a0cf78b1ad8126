import { Mastra } from "@mastra/core/mastra";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { type ConnectionOptions, openStore } from "holdfast";
import { z } from "zod";
import { HoldfastStorage } from "../dist/index.js";

// Starts a run that suspends ("start"), and resumes it ("resume").
const [connection = "{}", what] = process.argv.slice(2);
const store = await openStore(JSON.parse(connection) as ConnectionOptions);
const say = (line: string) => process.stdout.write(`${line}\n`);
const text = z.object({ text: z.string() });
const first = createStep({
  id: "first",
  inputSchema: text,
  outputSchema: text,
  execute: async ({ inputData }) => {
    say("first");
    return { text: `${inputData.text}\u0000\ud800` };
  },
});
const second = createStep({
  id: "second",
  inputSchema: text,
  outputSchema: text,
  resumeSchema: text,
  execute: async ({ inputData, resumeData, suspend }) => {
    say("second");
    if (!resumeData) return suspend({});
    return { text: inputData.text + resumeData.text };
  },
});
const workflow = createWorkflow({ id: "w", inputSchema: text, outputSchema: text }).then(first).then(second).commit();
const mastra = new Mastra({ workflows: { w: workflow }, storage: new HoldfastStorage(store), logger: false });
const run = await mastra.getWorkflow("w").createRun({ runId: "r" });
if (what === "start") {
  say((await run.start({ inputData: { text: "a" } })).status);
  await new Promise((resolve) => setTimeout(resolve, 1e9));
} else {
  const ended = await run.resume({ step: "second", resumeData: { text: "b" } });
  say(ended.status === "success" ? JSON.stringify(ended.result) : ended.status);
}
await store.close();
