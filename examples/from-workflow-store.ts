// What the README of the workflow engine's PostgreSQL store does, done with Holdfast; docs/coming-from/workflow-store.md has
// the calls side by side.
//
//   npx tsx examples/from-workflow-store.ts     in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/from-workflow-store.ts
import { openStore } from "holdfast";
import { workflowStore } from "holdfast/store";

const url = process.env["DATABASE_URL"];
// NewPostgresStore, NewPostgresStoreWithDB and the environment: one call, which makes the table too.
const store = await openStore(url === undefined ? { memory: true } : { url });

// The engine gets the four methods that it knows.
const flows = workflowStore(store);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | null | undefined): string =>
  value ? new TextDecoder().decode(value) : String(value);

await flows.set("flow", "b", bytes("running"));
await flows.set("flow", "a", bytes("done"));
await flows.set("flow", "B", null);
console.log(`a is ${text(await flows.get("flow", "a"))}`);

// A value of null is there, and no value is not.
console.log(`B is ${text(await flows.get("flow", "B"))}, c is ${text(await flows.get("flow", "c"))}`);

// Keys that are alike for 255 characters are two.
const long = "k".repeat(255);
await flows.set("long", `${long}1`, bytes("one"));
await flows.set("long", `${long}2`, bytes("two"));
console.log(`long keys: ${text(await flows.get("long", `${long}1`))}, ${text(await flows.get("long", `${long}2`))}`);

// List: in byte order, until the iterator answers false; it may call the store, even where that has one connection.
const seen: string[] = [];
await flows.list("flow", async (key) => {
  seen.push(`${key}=${text(await flows.get("flow", key))}`);
  return key !== "a";
});
console.log(`listed until a: ${seen.join(", ")}`);

// Several changes at once, which the engine's interface has no word for.
await store.transaction(async (tx) => {
  const inside = workflowStore(tx);
  await inside.remove("flow", "a");
  await inside.remove("flow", "never set");
  await inside.set("flow", "b", bytes("done"));
});
console.log(`a is ${text(await flows.get("flow", "a"))}, b is ${text(await flows.get("flow", "b"))}`);

await store.close();
