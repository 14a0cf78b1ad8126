// Creates an actor and sends it events, unless it exists, and runs it to its end. It kills itself, as kill -9 would, at the place that is its
// second argument. Its clock is ahead by the fourth.
import { appendFileSync } from "node:fs";
import { openStore } from "holdfast";
import { assign, fromPromise, setup } from "xstate";
import { HoldfastActors, startActors } from "../dist/index.js";

const [options = "{}", killedAt, effects = "", ahead = "0"] = process.argv.slice(2);
const store = await openStore(JSON.parse(options) as { url: string } | { folder: string });

const reached = (place: string): void => {
  appendFileSync(effects, `${place}\n`);
  if (place !== killedAt) return;
  process.kill(process.pid, "SIGKILL");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

const machine = setup({
  types: {
    context: {} as { items: readonly number[] },
    events: {} as { type: "ADD"; item: number } | { type: "PAY" },
    output: {} as readonly number[],
  },
  actors: {
    ship: fromPromise(async () => {
      reached("shipping");
      return new Promise<void>((resolve) => {
        setTimeout(() => {
          reached("shipped");
          resolve();
        }, 10);
      });
    }),
  },
}).createMachine({
  context: { items: [] },
  initial: "open",
  output: ({ context }) => context.items,
  states: {
    open: {
      on: {
        ADD: {
          actions: [
            assign({ items: ({ context, event }) => [...context.items, event.item] }),
            ({ event }) => reached(`added ${event.item}`),
          ],
        },
        PAY: "cooling",
      },
    },
    cooling: { entry: () => reached("cooling"), after: { 200: "shipping" } },
    shipping: { invoke: { src: "ship", id: "ship", onDone: "done" } },
    done: { type: "final", entry: () => reached("done") },
  },
});
const machines = { order: { logic: machine } };
const actors = new HoldfastActors(store, machines);
await store.transaction(async (tx) => {
  // The leases of the processes that died are over.
  await tx.query(`create or replace function holdfast.now() returns timestamptz language sql stable parallel safe
    as 'select pg_catalog.statement_timestamp() + interval ''${Number(ahead)} milliseconds'''`);
  const inside = new HoldfastActors(tx, machines);
  if (await inside.get("order")) return;
  await inside.create({ machine: "order", id: "order" });
  for (const item of [1, 2]) await inside.send("order", { type: "ADD", item });
  await inside.send("order", { type: "PAY" });
});
const worker = await startActors(store, machines);
const record = await actors.result("order");
await worker.stop();
await store.close();
process.stdout.write(JSON.stringify(record));
