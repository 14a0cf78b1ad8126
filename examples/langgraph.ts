// A LangGraph agent on Holdfast: it asks before it pays, its state survives the process, and a second branch tries another answer.
//
//   npx tsx examples/langgraph.ts         in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/langgraph.ts
import { HoldfastSaver, HoldfastStore } from "@holdfast/langgraph";
import { Annotation, Command, END, getStore, interrupt, START, StateGraph } from "@langchain/langgraph";
import { newId, openStore } from "holdfast";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });

const State = Annotation.Root({
  order: Annotation<string>(),
  log: Annotation<string[]>({ reducer: (log, lines) => [...log, ...lines], default: () => [] }),
});

/** A new saver each time, as in a process that has just started. */
const agent = () =>
  new StateGraph(State)
    .addNode("price", async ({ order }) => {
      await getStore()?.put(["orders"], order, { price: 42 });
      return { log: [`priced ${order}`] };
    })
    .addNode("pay", () => ({ log: [interrupt<string, string>("Pay 42?") === "yes" ? "paid" : "refused"] }))
    .addNode("ship", ({ log }) => ({ log: [log.includes("paid") ? "shipped" : "kept"] }))
    .addEdge(START, "price")
    .addEdge("price", "pay")
    .addEdge("pay", "ship")
    .addEdge("ship", END)
    .compile({ checkpointer: new HoldfastSaver(store), store: new HoldfastStore(store) });

const config = { configurable: { thread_id: `order ${newId()}` } }; // Another run on the same server has a thread of its own.
await agent().invoke({ order: "three books" }, config);
const asked = await agent().getState(config);
console.log(`it asks: ${String(asked.tasks[0]?.interrupts[0]?.value)}`);

const first = await agent().invoke(new Command({ resume: "yes" }), config);
console.log(`first: ${first.log.join(", ")}`);

// Back to the question, and another answer: a branch of the same thread.
const branch = await agent().updateState(asked.config, { order: "two books" }, "price");
await agent().invoke(null, branch);
const second = await agent().invoke(new Command({ resume: "no" }), branch);
console.log(`second: ${second.log.join(", ")}`);

const { thread_id: thread } = config.configurable;
console.log(`checkpoints: ${await store.checkpoints.count({ thread })}`);
console.log(`remembered: ${JSON.stringify((await new HoldfastStore(store).get(["orders"], "three books"))?.value)}`);

await new HoldfastSaver(store).prune([thread]);
console.log(`after pruning: ${await store.checkpoints.count({ thread })}`);
await store.close();
