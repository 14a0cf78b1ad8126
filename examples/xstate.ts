// An order as a durable actor of XState. Its events wait while nothing runs it, and its delay outlives the process that began it. The carrier
// of the first version never answers; a newer version of the machine takes the order over.
//
//   npx tsx examples/xstate.ts                in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/xstate.ts
import { HoldfastActors, type Machines, startActors } from "@holdfast/xstate";
import { openStore } from "holdfast";
import { assign, fromPromise, setup } from "xstate";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });

const orderMachine = setup({
  types: {
    context: {} as { items: readonly string[] },
    events: {} as { type: "ADD"; item: string } | { type: "PAY" },
    output: {} as string,
  },
  actors: { ship: fromPromise<string, number>(async ({ input }) => `parcel of ${input}`) },
}).createMachine({
  context: { items: [] },
  initial: "open",
  states: {
    open: {
      on: {
        ADD: { actions: assign({ items: ({ context, event }) => [...context.items, event.item] }) },
        PAY: "coolingOff",
      },
    },
    coolingOff: { after: { 50: "shipping" } },
    shipping: {
      invoke: { src: "ship", input: ({ context }) => context.items.length, onDone: "shipped" },
    },
    shipped: { type: "final", output: ({ event }) => ("output" in event ? event.output : null) },
  },
  output: ({ event }) => String("output" in event ? event.output : ""),
});

const silent = fromPromise<string, number>(async () => new Promise(() => undefined));
const machines: Machines = { order: { logic: orderMachine.provide({ actors: { ship: silent } }) } };
const actors = new HoldfastActors(store, machines);

// Nothing runs yet: the events wait.
const id = await actors.create({ machine: "order" });
await actors.send(id, { type: "ADD", item: "book" });
const applied = await actors.send(id, { type: "ADD", item: "lamp" });
console.log(`before: ${(await actors.require(id)).status}`);

const worker = await startActors(store, machines);
// Two people act on what they have seen, which is both items: one of them comes first.
const sent = await Promise.allSettled([1, 2].map(async () => actors.send(id, { type: "PAY" }, { applied })));
console.log(`payments: ${sent.filter(({ status }) => status === "fulfilled").length} of 2`);
await worker.stop();

// The next process has a newer version of the machine, whose carrier answers.
const newer = await startActors(store, {
  order: { logic: orderMachine, version: 2, migrate: (snapshot) => snapshot },
});
const ended = await actors.result(id);
console.log(`${ended?.status} by version ${ended?.version}: ${String(ended?.output)}`);
await newer.stop();
await store.close();
