import {
  InMemoryStore,
  type MastraCompositeStore,
  type Schedule,
  type SchedulesStorage,
  type ThreadStateStorage,
} from "@mastra/core/storage";
import { openStore, type Store } from "holdfast";
import { encryptingCodec } from "holdfast/codecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastSchedules, HoldfastStorage, HoldfastThreadState } from "../src/index.ts";

const odd = 'a"\u0000\ud800é';

const schedule = (id: string, given: Partial<Schedule> = {}): Schedule => ({
  id,
  target: { type: "workflow", workflowId: odd },
  cron: "* * * * *",
  status: "active",
  nextFireAt: 1000,
  createdAt: id.length,
  updatedAt: 1,
  ...given,
});

describeOnEach("Mastra's schedules and the state of its threads", (database) => {
  let store: Store;
  let storage: HoldfastStorage;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    storage = new HoldfastStorage(store);
  });
  afterAll(() => store.close());

  /** What ours answers to the same calls, and what Mastra's own store in memory does. */
  async function both(calls: (tested: MastraCompositeStore) => Promise<unknown>): Promise<[unknown, unknown]> {
    const text = async (tested: MastraCompositeStore) =>
      JSON.stringify(await calls(tested), (key, value: unknown) => (key === "updatedAt" ? 0 : value));
    return [JSON.parse(await text(storage)), JSON.parse(await text(new InMemoryStore()))];
  }

  test("schedules are kept as Mastra's own store in memory does", async () => {
    const [ours, theirs] = await both(async (tested) => {
      const schedules = tested.stores?.schedules as SchedulesStorage;
      const agent = { type: "agent", agentId: "a", prompt: odd } as const;
      await schedules.createSchedule(schedule("a"));
      await schedules.createSchedule(schedule("bb", { status: "paused", metadata: { odd } }));
      await schedules.createSchedule(
        schedule("ccc", { target: agent, ownerType: "agent", ownerId: odd, nextFireAt: 5 }),
      );
      await schedules.recordTrigger({
        id: "1",
        scheduleId: "a",
        runId: odd,
        scheduledFireAt: 1,
        actualFireAt: 2,
        outcome: "published",
      });
      await schedules.recordTrigger({
        id: "2",
        scheduleId: "a",
        runId: null,
        scheduledFireAt: 3,
        actualFireAt: 4,
        outcome: "failed",
      });
      const ids = async (list: Promise<Schedule[]>) => (await list).map(({ id }) => id);
      return [
        await schedules.createSchedule(schedule("a")).catch(() => "exists"),
        await schedules.getSchedule("bb"),
        await schedules.getSchedule("none"),
        await ids(schedules.listSchedules()),
        await ids(schedules.listSchedules({ status: "active" })),
        await ids(schedules.listSchedules({ workflowId: odd })),
        await ids(schedules.listSchedules({ ownerType: null })),
        await ids(schedules.listSchedules({ ownerType: "agent", ownerId: odd })),
        await ids(schedules.listDueSchedules(1000)),
        await ids(schedules.listDueSchedules(1000, 1)),
        await ids(schedules.listDueSchedules(4)),
        await schedules.updateScheduleNextFire("a", 1000, 2000, 1001, odd),
        await schedules.updateScheduleNextFire("a", 1000, 3000, 1001, "late"),
        await schedules.updateScheduleNextFire("bb", 1000, 3000, 1001, "paused"),
        await schedules.updateScheduleNextFire("none", 1000, 3000, 1001, "none"),
        await schedules.getSchedule("a"),
        await schedules.updateSchedule("bb", { status: "active", nextFireAt: 7 }),
        await ids(schedules.listDueSchedules(1000)),
        await schedules.updateSchedule("none", {}).catch(() => "no such schedule"),
        await schedules.listTriggers("a"),
        await schedules.listTriggers("a", { limit: 1 }),
        await schedules.listTriggers("a", { fromActualFireAt: 2, toActualFireAt: 4 }),
        await schedules.deleteSchedule("a"),
        await schedules.listTriggers("a"),
        await ids(schedules.listSchedules()),
      ];
    });
    expect(ours).toEqual(theirs);
  });

  test("what is written by a codec is read by it, and not without", async () => {
    const codec = encryptingCodec({ keys: { k1: new Uint8Array(32).fill(7) }, current: "k1" });
    const key = { threadId: "secret", type: "goal" };
    await new HoldfastThreadState(store, { codec }).setState({ ...key, value: { objective: "plaintext" } });
    const { items } = await store.kv.list("mastra thread state");
    const stored = items.map(({ value }) => Buffer.from(value ?? []).toString()).join();
    expect(stored).not.toContain("plaintext");
    expect(await new HoldfastThreadState(store, { codec }).getState(key)).toEqual({ objective: "plaintext" });
    await new HoldfastThreadState(store, { codec }).deleteState(key);
    expect(await store.kv.count("mastra thread state by updatedAt")).toBe(0);
  });

  test("one of many processes advances a tick", async () => {
    await new HoldfastSchedules(store).createSchedule(schedule("tick"));
    const advance = async (i: number) =>
      new HoldfastSchedules(store).updateScheduleNextFire("tick", 1000, 2000 + i, 1001, `run ${i}`);
    const advanced = await Promise.all(Array.from({ length: 8 }, (_, i) => advance(i)));
    expect(advanced.filter(Boolean)).toHaveLength(1);
  });

  test("the state of threads is kept as Mastra's own store in memory does", async () => {
    const [ours, theirs] = await both(async (tested) => {
      const states = tested.stores?.threadState as ThreadStateStorage;
      const key = { threadId: odd, type: "task" };
      await states.init();
      await states.setState({ ...key, value: [{ id: odd }] });
      await states.setState({ ...key, type: "goal", value: { objective: odd } });
      const before = [await states.getState(key), (await states.getState({ ...key, threadId: "none" })) ?? "none"];
      await states.setState({ ...key, value: null });
      await states.deleteState({ ...key, type: "goal" });
      await states.deleteState({ ...key, type: "missing" });
      return [before, await states.getState(key), (await states.getState({ ...key, type: "goal" })) ?? "gone"];
    });
    expect(ours).toEqual(theirs);
  });
});
