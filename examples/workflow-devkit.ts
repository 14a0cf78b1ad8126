// Vercel's Workflow DevKit on Holdfast. An order and the first message of its workflow are one commit, and one that is rolled back never
// starts. The workflow's second step fails once and is repeated; its first is not.
//
//   npx tsx examples/workflow-devkit.ts                in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/workflow-devkit.ts
import { randomUUID } from "node:crypto";
import { createWorld } from "@holdfast/workflow-devkit";
import { start } from "workflow/api";
import { setWorld, workflowEntrypoint } from "workflow/runtime";
import { compile } from "./workflow-devkit/compile.ts";
import type * as workflows from "./workflow-devkit/order.ts";

const { code, module } = await compile<typeof workflows>(`${import.meta.dirname}/workflow-devkit/order.ts`);

const url = process.env["DATABASE_URL"];
const world = await createWorld({
  ...(url === undefined ? { memory: true } : { url }),
  // Each run of this program has runs of its own.
  namespace: randomUUID(),
  // In an application, the engine's route gets the messages: leave it out there.
  deliver: workflowEntrypoint(code),
});
setWorld(world);
await world.start();

const table = `orders_${randomUUID().replaceAll("-", "_")}`;
await world.store.transaction((tx) => tx.query(`create table ${table} (id text primary key)`));

const run = await world.store.transaction(async (tx) => {
  await tx.query(`insert into ${table} values ('1')`);
  return start(module.order, ["1"], { world: world.within(tx) });
});
console.log(`order 1: ${await run.returnValue}`);

await world.store
  .transaction(async (tx) => {
    await tx.query(`insert into ${table} values ('2')`);
    await start(module.order, ["2"], { world: world.within(tx) });
    throw new Error("The card was refused.");
  })
  .catch((error: Error) => console.log(`order 2: ${error.message}`));
const { data } = await world.runs.list();
console.log(`runs: ${data.map(({ status }) => status).join()}`);

const { data: events } = await world.events.list({ runId: run.runId });
console.log(events.map(({ eventType }) => eventType).join(" "));
await world.store.transaction((tx) => tx.query(`drop table ${table}`));
await world.close();
