import { describe, expect, test } from "vitest";
import { testStore } from "../../src/testing/index.ts";

describe("what callers give", () => {
  test("is refused where a child names a parent, an execution or a version", async () => {
    const opened = await testStore();
    const { store: own } = opened;
    await own.executions.create({ id: "e" });
    await own.tasks.save({ id: "p", executionId: "e", name: "p" });
    for (const other of [{ parentId: "o" }, { executionId: "z" }, { expectedVersion: 7 }]) {
      const child = { name: "c", ...other };
      const [field = ""] = Object.keys(other);
      await expect(own.tasks.createChildren("p", [child])).rejects.toMatchObject({
        code: "invalid_input",
        facts: { field: `children[0].${field}` },
      });
    }
    await expect(
      own.executions.transition("e", { components: [{ component: "c", state: 1, executionId: "z" } as never] }),
    ).rejects.toMatchObject({ facts: { field: "components[0].executionId" } });
    expect(await own.tasks.count()).toBe(1);
    await opened.close();
  });

  test("may be a record that was read, as it is", async () => {
    const opened = await testStore();
    const { store: own } = opened;
    await own.executions.create({ id: "e", status: "running" });
    await own.executions.save(await own.executions.require("e"));
    await own.tasks.save({ id: "t", executionId: "e", name: "t" });
    await own.tasks.save(await own.tasks.require("t"));
    await own.components.save({ executionId: "e", component: "c", state: 1 });
    await own.components.save(await own.components.require("e", "c"));
    await own.kv.set({ prefix: "p", key: "k", value: null });
    await own.kv.set(await own.kv.require("p", "k"));
    await own.schedules.save({ id: "s", queue: "q", everyMs: 1000 });
    await own.schedules.save(await own.schedules.require("s"));
    await own.schedules.save({ id: "r", queue: "q", cron: "@daily", timeZone: "Europe/Berlin" });
    await own.schedules.save(await own.schedules.require("r"));
    await own.snapshots.write({ persistenceId: "p", version: 1n, payload: new Uint8Array(1) });
    expect(await own.snapshots.write(await own.snapshots.require("p"))).toMatchObject({ outcome: "replayed" });
    await own.jobs.push({ queue: "q" });
    const [job] = await own.jobs.claim({ queues: ["q"], limit: 1 });
    if (!job) throw new TypeError("No job was claimed.");
    expect(await own.jobs.heartbeat([job], { leaseMs: 1000 })).toEqual([expect.any(Date)]);
    expect(await own.jobs.completeMany([{ claim: job }])).toEqual([{ ok: true }]);
    await own.timers.schedule({ executionId: "e", step: "s", afterMs: 0 });
    const [timer] = await own.timers.claim();
    if (!timer) throw new TypeError("No timer was claimed.");
    expect(await own.timers.acknowledge(timer)).toEqual({ ok: true });
    await opened.close();
  });
});
