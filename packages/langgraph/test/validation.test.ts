import { deltaChannelHistoryTests, validate } from "@langchain/langgraph-checkpoint-validation";
import { openStore, type Store } from "holdfast";
import { afterAll, beforeAll } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastSaver } from "../src/index.ts";

describeOnEach("LangGraph's own suite", (database) => {
  let store: Store;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  const initializer = {
    checkpointerName: "@holdfast/langgraph",
    createCheckpointer: () => new HoldfastSaver(store),
    destroyCheckpointer: async () => {
      const { items } = await store.checkpoints.threads({ limit: 1000 });
      await store.checkpoints.removeThreads(items.map(({ thread }) => thread));
    },
  };
  validate(initializer);
  deltaChannelHistoryTests(initializer);
});
