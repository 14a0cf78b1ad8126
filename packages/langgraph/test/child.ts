import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { type ConnectionOptions, openStore } from "holdfast";
import { HoldfastSaver } from "../src/index.ts";

// Runs a graph whose second step says that it has begun, and never ends when told to hang.
const [connection = "{}", what] = process.argv.slice(2);
const store = await openStore(JSON.parse(connection) as ConnectionOptions);
const State = Annotation.Root({
  log: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
});
const graph = new StateGraph(State)
  .addNode("first", () => {
    process.stdout.write("ran first\n");
    return { log: ["first"] };
  })
  .addNode("second", async () => {
    process.stdout.write("ran second\n");
    if (what === "hang") await new Promise((resolve) => setTimeout(resolve, 1e9));
    return { log: ["second"] };
  })
  .addEdge(START, "first")
  .addEdge("first", "second")
  .addEdge("second", END)
  .compile({ checkpointer: new HoldfastSaver(store) });
const config = { configurable: { thread_id: "t" }, durability: "sync" } as const;
const { log } = await graph.invoke(what === "hang" ? { log: [] } : null, config);
process.stdout.write(`ended ${log.join(" ")}\n`);
await store.close();
