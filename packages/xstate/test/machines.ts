import { assign, fromPromise, setup } from "xstate";

/** Pays an order, with a child that counts, a reminder after an hour, and a promise that ships. */
export function orderMachine(ship: (input: { readonly id: string; readonly signal: AbortSignal }) => Promise<string>) {
  const counter = setup({ types: { context: {} as { count: number }, events: {} as { type: "ADD" } } }).createMachine({
    context: { count: 0 },
    on: { ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
  });
  return setup({
    types: {
      context: {} as { id: string; log: readonly string[] },
      input: {} as { id: string },
      events: {} as { type: "ITEM"; name: string } | { type: "PAY" } | { type: "CANCEL" },
      output: {} as { tracking: string; log: readonly string[] },
    },
    actors: {
      counter,
      ship: fromPromise<string, { id: string }>(async ({ input, signal }) => ship({ id: input.id, signal })),
    },
    actions: {
      log: assign({ log: ({ context }, params: { text: string }) => [...context.log, params.text] }),
    },
    delays: { reminder: 3_600_000 },
  }).createMachine({
    id: "order",
    context: ({ input }) => ({ id: input.id, log: [] }),
    invoke: { src: "counter", id: "counter" },
    initial: "open",
    output: ({ context, event }) => ({ tracking: String("output" in event ? event.output : ""), log: context.log }),
    on: {
      ITEM: {
        actions: [
          { type: "log", params: ({ event }) => ({ text: event.name }) },
          ({ self }) => self.getSnapshot().children["counter"]?.send({ type: "ADD" }),
        ],
      },
    },
    states: {
      open: {
        on: { PAY: "shipping", CANCEL: "canceled" },
        after: { reminder: { target: "reminded", actions: { type: "log", params: { text: "reminded" } } } },
      },
      reminded: { on: { PAY: "shipping", CANCEL: "canceled" }, after: { reminder: "canceled" } },
      shipping: {
        invoke: {
          src: "ship",
          input: ({ context }) => ({ id: context.id }),
          onDone: { target: "shipped", actions: { type: "log", params: { text: "shipped" } } },
        },
      },
      shipped: { type: "final", output: ({ event }) => ("output" in event ? event.output : null) },
      canceled: { type: "final" },
    },
  });
}
