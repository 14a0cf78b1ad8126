import type { Event, STREAM_EXISTS } from "@event-driven-io/emmett";
import { newId, openStore, type Store } from "holdfast";
import { richCodec } from "holdfast/codecs";
import { CorruptError, InvalidInputError } from "holdfast/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastEventStore } from "../src/index.ts";

type Added = Event<"Added", { readonly item: string }>;

const added = (item: string): Added => ({ type: "Added", data: { item } });

describeOnEach("the events of a caller", (database) => {
  let store: Store;
  let events: HoldfastEventStore;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
    events = new HoldfastEventStore(store);
  });
  afterAll(() => store.close());

  test("are copied to another stream, with the metadata and the id that they have", async () => {
    const [name, copy] = [newId(), newId()];
    const metadata = { by: "ada", messageId: newId() };
    await events.appendToStream(name, [added("book"), { ...added("lamp"), metadata } as Event]);
    const { events: read } = await events.readStream<Added>(name, { from: 2n });
    expect(read[0]?.metadata).toMatchObject({ ...metadata, streamName: name, streamPosition: 2n });
    await events.appendToStream(copy, read);
    const { events: copied } = await events.readStream<Added>(copy);
    expect(copied[0]).toMatchObject({ data: { item: "lamp" }, metadata: { ...metadata, streamName: copy } });
    expect(copied[0]?.metadata.streamPosition).toBe(1n);
    expect(copied[0]?.metadata.globalPosition).toBeGreaterThan(read[0]?.metadata.globalPosition ?? 0n);
  });

  test("keep what the store's codec keeps", async (context) => {
    const rich = await openStore({ ...(await database.options()), schema: "rich", codec: richCodec });
    context.onTestFinished(() => rich.close());
    const data = { at: new Date(5), cents: 2n ** 70n, tags: new Set(["a"]), none: [undefined] };
    await new HoldfastEventStore(rich).appendToStream("rich", [{ type: "Rich", data }]);
    expect((await new HoldfastEventStore(rich).readStream("rich")).events[0]?.data).toEqual(data);
  });

  test("are refused by the name of the field, before a write, if they are wrong", async () => {
    const fieldOf = async (call: Promise<unknown>) =>
      call.catch((error: unknown) => (error instanceof InvalidInputError ? error.facts["field"] : error));
    const name = newId();
    expect(await fieldOf(events.readStream(""))).toBe("streamName");
    expect(await fieldOf(events.appendToStream(name, []))).toBe("events");
    expect(await fieldOf(events.appendToStream(name, [added("x"), { type: "", data: {} }]))).toBe("events[1].type");
    expect(await fieldOf(events.appendToStream(name, [{ type: "x" } as unknown as Event]))).toBe("events[0].data");
    const odd = "STREAM_EXSITS" as typeof STREAM_EXISTS;
    expect(await fieldOf(events.appendToStream(name, [added("x")], { expectedStreamVersion: odd }))).toBe(
      "expectedStreamVersion",
    );
    expect(await fieldOf(events.readStream(name, { from: -1n }))).toBe("from");
    expect(await fieldOf(events.readStream(name, { maxCount: 1 as unknown as bigint }))).toBe("maxCount");
    const badEvents: readonly (readonly [event: unknown, field: string])[] = [
      [{ type: "At", data: { at: new Date(0) } }, "events[0].data.at"],
      [{ type: "Big", data: { n: 1n } }, "events[0].data.n"],
      [{ type: "Array", data: { n: [undefined] } }, "events[0].data.n[0]"],
      [{ type: "\u0000", data: {} }, "events[0].type"],
      [{ type: "x".repeat(256), data: {} }, "events[0].type"],
      [{ ...added("x"), meta: { by: "ada" } }, "events[0].meta"],
      [{ ...added("x"), metadata: "ada" }, "events[0].metadata"],
      [{ ...added("x"), metadata: { at: new Date(0) } }, "events[0].metadata.at"],
      [{ ...added("x"), metadata: { messageId: 5 } }, "events[0].metadata.messageId"],
      [{ ...added("x"), kind: "Command" }, "events[0].kind"],
      [null, "events[0]"],
    ];
    for (const [event, field] of badEvents) {
      expect(await fieldOf(events.appendToStream(name, [event as Event])), field).toBe(field);
    }
    for (const bad of ["a\u0000", "a\ud800", "a".repeat(249), 5 as unknown as string]) {
      expect(await fieldOf(events.appendToStream(bad, [added("x")]))).toBe("streamName");
    }
    const many = Array.from({ length: 10_001 }, () => added("x"));
    expect(await fieldOf(events.appendToStream(name, many))).toBe("events");
    expect(await fieldOf(events.readStream(name, { maxcount: 1n } as object))).toBe("options.maxcount");
    expect(await fieldOf(events.readStream(name, null as unknown as object))).toBe("options");
    const versioning = { upcast: 5 } as never;
    expect(await fieldOf(events.readStream(name, { schema: { versioning } }))).toBe("options.schema.versioning.upcast");
    const aggregate = events.aggregateStream(name, { initialState: () => 0 } as never);
    expect(await fieldOf(aggregate)).toBe("evolve");
    expect(await events.streamExists(name)).toBe(false);

    await store.executions.create({ id: `stream/${name}` });
    await store.history.append(`stream/${name}`, [{ kind: "no event" }]);
    await expect(events.readStream(name)).rejects.toThrow(CorruptError);
  });
});
