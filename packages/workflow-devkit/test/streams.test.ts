import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { bytes, worldsOn } from "./support/worlds.ts";

async function textOf(stream: ReadableStream<Uint8Array>): Promise<readonly string[]> {
  const read: string[] = [];
  for await (const chunk of stream) read.push(new TextDecoder().decode(chunk));
  return read;
}

describeOnEach("streams", (database) => {
  const worlds = worldsOn(database);

  test("readers get each chunk in order, from where they begin, as it comes", async () => {
    const world = await worlds.fresh();
    const { streams } = world;
    const [runId, name] = [await world.begin(), randomUUID()];
    const early = textOf(await streams.get(runId, name));
    await streams.write(runId, name, "a");
    await streams.writeMulti?.(runId, name, [bytes("b\0"), "c"]);
    expect(await streams.getInfo(runId, name)).toEqual({ tailIndex: 2, done: false });
    const last = textOf(await streams.get(runId, name, -1));
    await streams.write(runId, name, "d");
    await streams.close(runId, name);
    expect(await early).toEqual(["a", "b\0", "c", "d"]);
    expect(await last).toEqual(["c", "d"]);
    expect(await textOf(await streams.get(runId, name, 2))).toEqual(["c", "d"]);
    expect(await streams.getInfo(runId, name)).toEqual({ tailIndex: 3, done: true });
    expect(await streams.list(runId)).toEqual([name]);
  });

  test("chunks come in pages, and nothing follows the end", async () => {
    const world = await worlds.fresh();
    const { streams } = world;
    const [runId, name] = [await world.begin(), randomUUID()];
    expect(await streams.getInfo(runId, name)).toEqual({ tailIndex: -1, done: false });
    await streams.writeMulti?.(runId, name, ["a", "b", "c"]);
    await streams.close(runId, name);
    await streams.close(runId, name);
    await streams.write(runId, name, "late");
    const first = await streams.getChunks(runId, name, { limit: 2 });
    expect(first).toMatchObject({ data: [{ index: 0 }, { index: 1 }], hasMore: true, done: true });
    const second = await streams.getChunks(runId, name, { limit: 2, cursor: first.cursor ?? "" });
    expect(second).toEqual({ data: [{ index: 2, data: bytes("c") }], cursor: null, hasMore: false, done: true });
  });

  test("a stream of a run that has ended, or that never was, is written and read", async () => {
    const world = await worlds.fresh();
    const { streams } = world;
    const runId = await world.begin();
    await world.add(runId, { eventType: "run_completed", eventData: {} });
    for (const of of [runId, `wrun_${randomUUID()}`]) {
      const name = randomUUID();
      await streams.write(of, name, "late");
      await streams.close(of, name);
      expect(await textOf(await streams.get(of, name))).toEqual(["late"]);
    }
  });
});
