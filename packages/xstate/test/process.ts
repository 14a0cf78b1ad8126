// A process of its own. `hang` runs actors, and never ends a shipment. `compete` sends events that each expect what it has seen.
import { openStore } from "holdfast";
import { ConflictError } from "holdfast/errors";
import { HoldfastActors, startActors } from "../dist/index.js";
import { orderMachine } from "./machines.ts";

const [url = "", what, id = ""] = process.argv.slice(2);
const store = await openStore({ url });
const machines = {
  order: {
    logic: orderMachine(async () => {
      process.stdout.write("shipping\n");
      return new Promise<string>(() => undefined);
    }),
  },
};
if (what === "hang") await startActors(store, machines);
else {
  const actors = new HoldfastActors(store, machines);
  for (let { applied } = await actors.require(id); applied < 10; { applied } = await actors.require(id)) {
    try {
      await actors.send(id, { type: "ITEM", name: String(applied) }, { applied });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  await store.close();
}
