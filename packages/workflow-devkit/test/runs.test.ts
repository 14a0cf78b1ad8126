import { randomUUID } from "node:crypto";
import { ulid } from "ulid";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { bytes, worldsOn } from "./support/worlds.ts";

describeOnEach("runs", (database) => {
  const worlds = worldsOn(database);

  test("a run has what it was created with, and what it ends with", async () => {
    const world = await worlds.fresh();
    const runId = await world.begin({ shop: "\u0041" });
    const running = await world.runs.get(runId);
    expect(running).toMatchObject({
      status: "running",
      workflowName: "w",
      deploymentId: "d",
      attributes: { shop: "A" },
    });
    expect(running.input).toEqual(bytes("in"));
    const { run } = await world.add(runId, { eventType: "run_completed", eventData: { output: bytes("\0out") } });
    expect(run).toEqual(await world.runs.get(runId));
    expect(run).toMatchObject({ status: "completed", output: bytes("\0out") });
    expect(run?.completedAt).toBeInstanceOf(Date);
    const { input, output } = await world.runs.get(runId, { resolveData: "none" });
    expect([input, output]).toEqual([undefined, undefined]);
    await expect(world.runs.get("wrun_none")).rejects.toMatchObject({ name: "WorkflowRunNotFoundError" });
  });

  test("a start counts once, creates a run that is missing, and brings the log along", async () => {
    const world = await worlds.fresh();
    const runId = `wrun_${ulid()}`;
    const eventData = { deploymentId: "d", workflowName: "w", input: bytes("in") };
    const missing = world.add(runId, { eventType: "run_started" });
    await expect(missing).rejects.toMatchObject({ name: "WorkflowRunNotFoundError" });
    const starts = await Promise.all([1, 2, 3].map(() => world.add(runId, { eventType: "run_started", eventData })));
    expect(starts.map(({ run }) => run?.status)).toEqual(["running", "running", "running"]);
    const [first, ...others] = starts.filter(({ event }) => event !== undefined);
    expect(others).toEqual([]);
    const listed = await world.events.list({ runId });
    expect(first).toMatchObject({ events: listed.data, cursor: listed.cursor, hasMore: false });
    expect(listed.data.map(({ eventType }) => eventType)).toEqual(["run_created", "run_started"]);
    const late = world.events.create(runId, { eventType: "run_created", eventData });
    await expect(late).rejects.toMatchObject({ name: "EntityConflictError" });
    await world.add(runId, { eventType: "run_completed", eventData: {} });
    await expect(world.add(runId, { eventType: "run_started" })).rejects.toMatchObject({ name: "RunExpiredError" });
  });

  test("an ended run takes nothing more, and a canceled one may be canceled again", async () => {
    const world = await worlds.fresh();
    const runId = await world.begin();
    await world.step(runId, `step_${ulid()}`);
    const running = `step_${ulid()}`;
    await world.step(runId, running);
    const canceled = await world.add(runId, { eventType: "run_cancelled", eventData: { cancelReason: "enough" } });
    expect(await world.add(runId, { eventType: "run_cancelled" })).toEqual({
      event: canceled.event,
      run: canceled.run,
    });
    const before = await world.types(runId);
    const completed = world.add(runId, { eventType: "run_completed", eventData: {} });
    await expect(completed).rejects.toMatchObject({ name: "EntityConflictError" });
    await expect(world.step(runId, `step_${ulid()}`)).rejects.toMatchObject({ name: "EntityConflictError" });
    const late = world.add(runId, { eventType: "step_completed", correlationId: running, eventData: { result: 1 } });
    await expect(late).rejects.toMatchObject({ name: "RunExpiredError" });
    expect(await world.types(runId)).toEqual(before);
  });

  test("attributes merge, count once a workflow's change, and keep their limit", async () => {
    const world = await worlds.fresh();
    const runId = await world.begin({ kept: "1", gone: "1" });
    const correlationId = `attr_${ulid()}`;
    const set = (changes: { key: string; value: string | null }[], id = correlationId) =>
      world.add(runId, {
        eventType: "attr_set",
        correlationId: id,
        eventData: { changes, writer: { type: "workflow" } },
      });
    const changes = [
      { key: "gone", value: null },
      { key: "new", value: "2" },
    ];
    expect((await set(changes)).run?.attributes).toEqual({ kept: "1", new: "2" });
    await expect(set(changes)).rejects.toMatchObject({ name: "EntityConflictError" });
    await Promise.all(["a", "b", "c"].map((key) => set([{ key, value: key }], `attr_${ulid()}`)));
    expect((await world.runs.get(runId)).attributes).toEqual({ kept: "1", new: "2", a: "a", b: "b", c: "c" });
    const many = Array.from({ length: 64 }, (_, i) => ({ key: `k${i}`, value: "" }));
    await expect(set(many, `attr_${ulid()}`)).rejects.toMatchObject({ name: "AttributeValidationError" });
  });

  test("lists have the runs of one World, newest first, by workflow and status, in pages", async () => {
    const [world, other] = [await worlds.fresh(), await worlds.fresh()];
    await other.begin();
    const ids = [await world.begin(), await world.begin(), await world.begin()];
    await world.add(ids[1] ?? "", {
      eventType: "run_failed",
      eventData: { error: bytes("e"), errorCode: "USER_ERROR" },
    });
    const first = await world.runs.list({ workflowName: "w", pagination: { limit: 2 } });
    const rest = { limit: 2, ...(first.cursor !== null && { cursor: first.cursor }) };
    const second = await world.runs.list({ pagination: rest });
    expect([...first.data, ...second.data].map(({ runId }) => runId)).toEqual(ids.toReversed());
    expect([first.hasMore, second.hasMore]).toEqual([true, false]);
    const { data } = await world.runs.list({ status: "failed" });
    expect(data).toMatchObject([{ runId: ids[1], error: bytes("e"), errorCode: "USER_ERROR" }]);
    expect((await world.runs.list({ workflowName: randomUUID() })).data).toEqual([]);
  });

  test("a run that is created in a transaction is there with the transaction's other writes, or not at all", async () => {
    const world = await worlds.fresh();
    const eventData = { deploymentId: "d", workflowName: "w", input: bytes("in") };
    const create = async (key: string, isKept: boolean) =>
      world.store.transaction(async (tx) => {
        await tx.kv.set({ prefix: "orders", key, value: bytes("1") });
        const inside = world.within(tx);
        const { run } = await inside.events.create(null, { eventType: "run_created", eventData });
        await inside.queue("__wkf_workflow_w", { runId: run?.runId ?? "" });
        if (!isKept) throw new Error("undone");
      });
    const [kept, undone] = [randomUUID(), randomUUID()];
    await create(kept, true);
    await expect(create(undone, false)).rejects.toThrow("undone");
    expect((await world.runs.list()).data).toHaveLength(1);
    expect([await world.store.kv.has("orders", kept), await world.store.kv.has("orders", undone)]).toEqual([
      true,
      false,
    ]);
  });
});
