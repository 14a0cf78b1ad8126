import {
  CommandHandler,
  type Event,
  type EventStore,
  ExpectedVersionConflictError,
  type ExpectedStreamVersion,
  getInMemoryEventStore,
  NO_CONCURRENCY_CHECK,
  type ReadEvent,
  type ReadEventMetadataWithGlobalPosition,
  STREAM_DOES_NOT_EXIST,
  STREAM_EXISTS,
} from "@event-driven-io/emmett";
import { newId, openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastEventStore } from "../src/index.ts";

type Added = Event<"Added", { readonly item: string; readonly cents: number }>;
type Discounted = Event<"Discounted", { readonly percent: number }>;
type CartEvent = Added | Discounted;
interface Cart {
  readonly items: readonly string[];
  readonly cents: number;
}

const added = (item: string, cents = 100): Added => ({ type: "Added", data: { item, cents } });
const empty = (): Cart => ({ items: [], cents: 0 });
const evolve = (cart: Cart, { type, data }: CartEvent): Cart =>
  type === "Added"
    ? { items: [...cart.items, data.item], cents: cart.cents + data.cents }
    : { ...cart, cents: (cart.cents * (100 - data.percent)) / 100 };

describeOnEach("an event store", (database) => {
  let store: Store;
  let events: HoldfastEventStore;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
    events = new HoldfastEventStore(store);
  });
  afterAll(() => store.close());

  test("takes and refuses what Emmett's own store in memory does", async () => {
    const own: EventStore = getInMemoryEventStore();
    const versions: readonly (ExpectedStreamVersion | undefined)[] = [
      undefined,
      NO_CONCURRENCY_CHECK,
      STREAM_EXISTS,
      STREAM_DOES_NOT_EXIST,
      0n,
      1n,
      2n,
      9n,
    ];
    const outcomes = async (target: EventStore) => {
      const seen: unknown[] = [];
      for (const length of [0, 1, 2]) {
        for (const [i, version] of versions.entries()) {
          const name = `${length}-${i}`;
          if (length > 0) {
            await target.appendToStream(
              name,
              Array.from({ length }, () => added("first")),
            );
          }
          const options = version === undefined ? undefined : { expectedStreamVersion: version };
          const outcome = await target.appendToStream(name, [added("a"), added("b")], options).catch(toText);
          // Emmett's own store throws before it returns a promise.
          const reading = Promise.resolve().then(async () => target.readStream(name, options));
          const read = await reading.then(
            (result) => result.events.map(({ type, data, metadata }): unknown => [type, data, metadata.streamPosition]),
            toText,
          );
          seen.push([name, outcome, read, await target.streamExists(name)]);
        }
      }
      return seen;
    };
    const toText = (error: unknown) => {
      expect(error).toBeInstanceOf(ExpectedVersionConflictError);
      return (error as Error).message;
    };
    expect(await outcomes(events)).toEqual(await outcomes(own));
  });

  test("travels in time, with and without the metadata of events", async () => {
    const name = newId();
    await events.appendToStream<CartEvent>(name, [added("book", 300)]);
    await events.appendToStream<CartEvent>(name, [added("lamp", 300)]);
    await events.appendToStream<CartEvent>(name, [{ type: "Discounted", data: { percent: 10 } }]);
    const positions: bigint[] = [];
    const recording = (cart: Cart, event: ReadEvent<CartEvent, ReadEventMetadataWithGlobalPosition>): Cart => {
      positions.push(event.metadata.streamPosition);
      return evolve(cart, event);
    };
    for (const evolving of [evolve, recording]) {
      const states = [];
      for (const to of [1n, 2n, 3n]) {
        const options = { evolve: evolving, initialState: empty, read: { to } };
        states.push(await events.aggregateStream<Cart, CartEvent>(name, options));
      }
      expect(states).toEqual([
        { currentStreamVersion: 1n, state: { items: ["book"], cents: 300 }, streamExists: true },
        { currentStreamVersion: 2n, state: { items: ["book", "lamp"], cents: 600 }, streamExists: true },
        { currentStreamVersion: 3n, state: { items: ["book", "lamp"], cents: 540 }, streamExists: true },
      ]);
    }
    expect(positions).toEqual([1n, 1n, 2n, 1n, 2n, 3n]);
    const nothing = [{ to: 0n }, { maxCount: 0n }, { from: 3n, to: 2n }, { from: 9n }];
    const versions = nothing.map(async (read) => {
      const { currentStreamVersion } = await events.aggregateStream(name, { evolve, initialState: empty, read });
      return currentStreamVersion;
    });
    expect(await Promise.all(versions)).toEqual([0n, 0n, 2n, 3n]);
  });

  test("reads ranges, also of streams longer than a page", async () => {
    const name = newId();
    const length = 2100;
    await events.appendToStream(
      name,
      Array.from({ length }, (_, i) => added(String(i))),
    );
    const ranges: readonly [range: { from?: bigint; to?: bigint; maxCount?: bigint }, first: number, last: number][] = [
      [{}, 1, length],
      [{ from: 0n }, 1, length],
      [{ from: 1050n }, 1050, length],
      [{ to: 5n }, 1, 5],
      [{ from: 2n, to: 6n }, 2, 6],
      [{ maxCount: 3n }, 1, 3],
      [{ from: 2n, to: 1900n, maxCount: 1500n }, 2, 1501],
      [{ from: 2n, maxCount: 3n }, 2, 4],
      [{ from: 5n, to: 4n }, 1, 0],
      [{ maxCount: 0n }, 1, 0],
      [{ from: 9999n }, 1, 0],
    ];
    for (const [range, first, last] of ranges) {
      const { currentStreamVersion, streamExists, events: read } = await events.readStream<Added>(name, range);
      expect([currentStreamVersion, streamExists], String(range.from)).toEqual([BigInt(length), true]);
      const expected = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      expect(read.map(({ metadata }) => Number(metadata.streamPosition))).toEqual(expected);
      expect(read.map(({ data }) => Number(data.item) + 1)).toEqual(expected);
    }
    expect(await events.readStream(newId(), { from: 2n, maxCount: 2n })).toEqual({
      currentStreamVersion: 0n,
      events: [],
      streamExists: false,
    });
  });

  test("lets one of many create a stream, and orders those who do not care", async () => {
    const [once, shared] = [newId(), newId()];
    const creating = Array.from({ length: 8 }, async (_, i) =>
      events.appendToStream(once, [added(String(i))], { expectedStreamVersion: STREAM_DOES_NOT_EXIST }),
    );
    const created = await Promise.allSettled(creating);
    const refused = created.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refused).toHaveLength(7);
    for (const error of refused) expect(error).toBeInstanceOf(ExpectedVersionConflictError);
    const appends = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => events.appendToStream(shared, [added(String(i)), added("x")])),
    );
    const versions = appends.map(({ nextExpectedStreamVersion }) => Number(nextExpectedStreamVersion));
    expect(versions.toSorted((a, b) => a - b)).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
    expect(appends.filter(({ createdNewStream }) => createdNewStream)).toHaveLength(1);
  });

  test("serves Emmett's command handler, which tries again after a conflict", async () => {
    const name = newId();
    const handle = CommandHandler<Cart, CartEvent>({
      evolve,
      initialState: empty,
      retry: { onVersionConflict: { retries: 20, minTimeout: 1, factor: 1 } },
    });
    await handle(events, name, () => added("first"), { expectedStreamVersion: STREAM_DOES_NOT_EXIST });
    await Promise.all(
      Array.from({ length: 5 }, async () => handle(events, name, ({ items }) => added(`number ${items.length}`))),
    );
    const { state } = await events.aggregateStream<Cart, CartEvent>(name, { evolve, initialState: empty });
    expect(state.items).toEqual(["first", "number 1", "number 2", "number 3", "number 4", "number 5"]);

    let tries = 0;
    const impatient = CommandHandler<Cart, CartEvent>({ evolve, initialState: empty });
    const conflict = impatient(events, name, () => {
      tries += 1;
      throw new ExpectedVersionConflictError(0n, 1n);
    });
    await expect(conflict).rejects.toThrow(ExpectedVersionConflictError);
    expect(tries).toBe(1);
  });

  test("orders the commands of two stores, as of two processes", async (context) => {
    const options = await database.prepared();
    // The embedded database has one process only.
    const other = "url" in options ? await openStore(options) : store;
    context.onTestFinished(async () => (other === store ? undefined : other.close()));
    const name = newId();
    const handle = CommandHandler<Cart, CartEvent>({
      evolve,
      initialState: empty,
      retry: { onVersionConflict: { retries: 100, minTimeout: 1, factor: 1 } },
    });
    const run = async (place: Store) => {
      const target = new HoldfastEventStore(place);
      for (let i = 0; i < 20; i++) await handle(target, name, ({ items }) => added(`number ${items.length}`));
    };
    await Promise.all([run(store), run(other)]);
    const { state } = await events.aggregateStream<Cart, CartEvent>(name, { evolve, initialState: empty });
    expect(state.items).toEqual(Array.from({ length: 40 }, (_, i) => `number ${i}`));
  });

  test("appends together with the application's own writes, or not at all", async () => {
    const [name, other] = [newId(), newId()];
    const change = (fails: boolean) =>
      store.transaction(async (tx) => {
        const inside = new HoldfastEventStore(tx);
        await inside.appendToStream(name, [added("book")]);
        await inside.appendToStream(name, [added("lamp")], { expectedStreamVersion: 1n });
        const missing = inside.appendToStream(other, [added("x")], { expectedStreamVersion: STREAM_EXISTS });
        await expect(missing).rejects.toThrow(ExpectedVersionConflictError);
        for (const expectedStreamVersion of [7n, STREAM_DOES_NOT_EXIST] as const) {
          const refused = inside.appendToStream(name, [added("x")], { expectedStreamVersion });
          await expect(refused).rejects.toThrow(ExpectedVersionConflictError);
        }
        await tx.kv.set({ prefix: "carts", key: name, value: Buffer.from("2") });
        expect((await inside.readStream(name)).currentStreamVersion).toBe(2n);
        if (fails) throw new Error("The application changes its mind.");
      });
    await expect(change(true)).rejects.toThrow("changes its mind");
    expect([await events.streamExists(name), await store.kv.get("carts", name)]).toEqual([false, null]);
    await change(false);
    expect([await events.streamExists(name), await events.streamExists(other)]).toEqual([true, false]);
  });

  test("reads old forms of events, and writes them", async () => {
    type Old = Event<"Added", { readonly name: string }>;
    const name = newId();
    await events.appendToStream<Added, Old>(name, [added("book")], {
      schema: { versioning: { downcast: ({ data }) => ({ type: "Added", data: { name: data.item } }) } },
    });
    expect((await events.readStream<Old>(name)).events[0]?.data).toEqual({ name: "book" });
    const { events: read } = await events.readStream<Added, Old>(name, {
      schema: { versioning: { upcast: ({ data }: Old) => added(data.name, 0) } },
    });
    expect(read[0]).toMatchObject({ data: { item: "book", cents: 0 }, metadata: { streamPosition: 1n } });
  });

  test("follows all streams in order, and continues after a cursor", async () => {
    const names = [newId(), newId()];
    const [first = "", second = ""] = names;
    await events.appendToStream(first, [added("1")]);
    await events.appendToStream(second, [{ ...added("2"), metadata: { by: "ada" } } as Event]);
    await store.executions.create({ id: first });
    await store.history.append(first, [{ kind: "no event" }]);
    await events.appendToStream(first, [added("3")]);
    const seen: string[] = [];
    let cursor: string | undefined;
    let last: unknown;
    for (const wanted of [2, 3]) {
      for await (const { event, cursor: at } of events.follow(cursor === undefined ? {} : { after: cursor })) {
        cursor = at;
        if (!names.includes(event.metadata.streamName)) continue;
        if (seen.length === 1) last = event;
        seen.push(`${event.metadata.streamName === first ? "first" : "second"} ${String(event.data["item"])}`);
        if (seen.length === wanted) break;
      }
    }
    expect(seen).toEqual(["first 1", "second 2", "first 3"]);
    expect(last).toMatchObject({ kind: "Event", metadata: { by: "ada", streamName: second, streamPosition: 1n } });
  });
});
