// Runs a workflow whose second step says that it has begun, and never ends when told to hang. Resumed, it waits for the run's end.
import { createWorld } from "@holdfast/workflow-devkit";
import type { ConnectionOptions } from "holdfast";
import { getRun, start } from "workflow/api";
import { setWorld, workflowEntrypoint } from "workflow/runtime";
import { compile } from "../../../../examples/workflow-devkit/compile.ts";
import type * as workflows from "./shipping.ts";

const [connection = "{}", what] = process.argv.slice(2);
const { code, module } = await compile<typeof workflows>(`${import.meta.dirname}/shipping.ts`);
const leaseMs = what === "hang" ? 10_000 : 30_000;
const world = await createWorld({
  ...(JSON.parse(connection) as ConnectionOptions),
  leaseMs,
  deliver: workflowEntrypoint(code),
});
setWorld(world);
await world.start();
if (what === "hang") await start(module.shipping);
const { data } = await world.runs.list();
const [run] = data;
process.stdout.write(`ended: ${await getRun<string>(run?.runId ?? "").returnValue}\n`);
const { data: events } = await world.events.list({ runId: run?.runId ?? "" });
process.stdout.write(`${events.map(({ eventType }) => eventType).join(" ")}\n`);
await world.close();
