import { openStore } from "holdfast";
import { expect, test } from "vitest";
import { createWorld } from "../src/index.ts";

test.each([
  [{ namespace: "" }, "namespace"],
  [{ concurrency: 0 }, "concurrency"],
  [{ leaseMs: 1 }, "leaseMs"],
  [{ baseUrl: "localhost:3000" }, "baseUrl"],
  [{ baseUrl: "http://localhost", deliver: async () => new Response() }, "deliver"],
  [{ url: "mysql://localhost" }, "url"],
])("wrong options are refused by name before anything is opened: %j", async (options, field) => {
  await expect(createWorld(options)).rejects.toMatchObject({ code: "invalid_input", facts: { field } });
});

test("an unknown option is refused, with the nearest known one", async () => {
  const unknown = { urll: "postgres://localhost" };
  await expect(createWorld(unknown)).rejects.toThrow(/urll.*url/u);
});

test("an open store takes no options of a connection, and stays open", async () => {
  await using store = await openStore({ memory: true });
  const both = createWorld({ store, url: "postgres://localhost" });
  await expect(both).rejects.toMatchObject({ code: "invalid_input", facts: { field: "url" } });
  const world = await createWorld({ store });
  await world.close();
  await store.ping();
});
