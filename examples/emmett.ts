// Event sourcing with Emmett: its command handler decides and appends, two shoppers race for one cart, and a reader follows all streams.
//
//   npx tsx examples/emmett.ts                in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/emmett.ts
import { CommandHandler, type Event, STREAM_DOES_NOT_EXIST } from "@event-driven-io/emmett";
import { HoldfastEventStore } from "@holdfast/emmett";
import { newId, openStore } from "holdfast";

type CartEvent =
  | Event<"ProductAdded", { readonly product: string; readonly cents: number }>
  | Event<"Confirmed", { readonly by: string }>;
interface Cart {
  readonly products: readonly string[];
  readonly cents: number;
  readonly isConfirmed: boolean;
}

const initialState = (): Cart => ({ products: [], cents: 0, isConfirmed: false });
const evolve = (cart: Cart, { type, data }: CartEvent): Cart =>
  type === "Confirmed"
    ? { ...cart, isConfirmed: true }
    : { ...cart, products: [...cart.products, data.product], cents: cart.cents + data.cents };

const add =
  (product: string, cents: number) =>
  ({ isConfirmed }: Cart): CartEvent => {
    if (isConfirmed) throw new Error("The cart is confirmed.");
    return { type: "ProductAdded", data: { product, cents } };
  };

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });
const events = new HoldfastEventStore(store);
const handle = CommandHandler<Cart, CartEvent>({ evolve, initialState, retry: { onVersionConflict: 10 } });

const cart = `cart-${newId()}`;
await handle(events, cart, add("book", 1200), { expectedStreamVersion: STREAM_DOES_NOT_EXIST });
// Both read the same version. The one that comes second reads again.
await Promise.all([handle(events, cart, add("lamp", 3000)), handle(events, cart, add("pen", 300))]);

const { state, currentStreamVersion } = await events.aggregateStream<Cart, CartEvent>(cart, { evolve, initialState });
console.log(`version ${currentStreamVersion}: ${state.products.toSorted().join(", ")} for ${state.cents}`);
const before = await events.aggregateStream<Cart, CartEvent>(cart, { evolve, initialState, read: { to: 1n } });
console.log(`version ${before.currentStreamVersion}: ${before.state.products.join(", ")}`);

// An event and the application's own write, in one transaction.
await store.transaction(async (tx) => {
  const confirmed = { type: "Confirmed", data: { by: "ada" } } as const;
  await new HoldfastEventStore(tx).appendToStream<CartEvent>(cart, [confirmed], { expectedStreamVersion: 3n });
  await tx.jobs.push({ queue: "ship", payload: { cart } });
});
await handle(events, cart, add("ink", 100)).catch((error: unknown) => console.log(String(error)));

for await (const { event } of events.follow()) {
  if (event.metadata.streamName !== cart) continue;
  console.log(`followed: ${event.metadata.streamPosition} ${event.type}`);
  if (event.type === "Confirmed") break;
}
await store.close();
