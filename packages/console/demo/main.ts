/**
 * Serves a console of a demo store.
 *
 *     npx tsx packages/console/demo/main.ts [--port 4780] [--url postgres://…] [--large 100000] [--actions] [--token …] [--still]
 *
 * Without --still, workers continue its work.
 */
import { parseArgs } from "node:util";
import { serveConsole } from "@holdfast/console";
import { testSchema, testStore, type TestStore } from "holdfast/testing";
import { fillDemo } from "./fill.ts";
import { goOn } from "./going-on.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4780" },
    url: { type: "string" },
    large: { type: "string", default: "0" },
    token: { type: "string" },
    actions: { type: "boolean", default: false },
    still: { type: "boolean", default: false },
  },
});

const { store, clock } = await open(values.url);
await fillDemo(store, clock, { largeTasks: Number(values.large) });
const { url } = await serveConsole(store, {
  port: Number(values.port),
  token: values.token,
  allowActions: values.actions,
  title: "demo",
});
console.log(`The demo is at ${url}`);
if (!values.still) await goOn(store);

/** A store in memory, or in the schema holdfast_demo of a server, which is emptied. */
async function open(database: string | undefined): Promise<TestStore> {
  if (database === undefined) return testStore();
  return (await testSchema({ url: database, schema: "holdfast_demo" })).open();
}
