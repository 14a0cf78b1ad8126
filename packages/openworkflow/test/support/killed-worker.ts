// A worker that is killed in the second step of its run. Its arguments are the database's URL and the namespace.
import { openStore } from "holdfast";
import { OpenWorkflow } from "openworkflow";
import { HoldfastBackend } from "../../dist/index.js";

const [url = "", namespaceId = ""] = process.argv.slice(2);
const engine = new OpenWorkflow({ backend: new HoldfastBackend(await openStore({ url }), { namespaceId }) });
engine.defineWorkflow({ name: "order" }, async ({ step }) => {
  await step.run({ name: "charge" }, async () => ({ charged: 42 }));
  await step.run({ name: "ship" }, async () => {
    process.stdout.write("shipping\n");
    await new Promise(() => undefined);
  });
});
await engine.newWorker().start();
