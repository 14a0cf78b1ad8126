import { ulid } from "ulid";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { bytes, worldsOn } from "./support/worlds.ts";

describeOnEach("steps, hooks and sleeps", (database) => {
  const worlds = worldsOn(database);

  test("of several that start a step with its input, one creates it", async () => {
    const world = await worlds.fresh();
    const [runId, stepId] = [await world.begin(), `step_${ulid()}`];
    const settled = await Promise.allSettled([1, 2, 3, 4].map(() => world.step(runId, stepId)));
    const won = settled.filter((each) => each.status === "fulfilled");
    expect(won.map(({ value }) => value.stepCreated)).toEqual([true]);
    const lost = settled.flatMap((each) => (each.status === "rejected" ? [(each.reason as Error).name] : []));
    expect(lost).toEqual(Array.from({ length: 3 }, () => "EntityConflictError"));
    expect(await world.types(runId)).toEqual(["run_created", "run_started", "step_created", "step_started"]);
    expect(await world.steps.get(runId, stepId)).toMatchObject({ status: "running", attempt: 1, input: bytes("x") });
  });

  test("the end of a step counts once, and answers the log behind a cursor as a list does", async () => {
    const world = await worlds.fresh();
    const [runId, stepId] = [await world.begin(), `step_${ulid()}`];
    const { cursor } = await world.events.list({ runId });
    await world.step(runId, stepId);
    const end = { eventType: "step_completed", correlationId: stepId, eventData: { result: bytes("r") } } as const;
    const ended = await world.add(runId, end, cursor ?? "");
    const listed = await world.events.list({ runId, pagination: { cursor: cursor ?? "" } });
    expect([ended.events, ended.cursor, ended.hasMore]).toEqual([listed.data, listed.cursor, false]);
    expect(ended.event).toEqual(listed.data.at(-1));
    expect(ended.step).toEqual(await world.steps.get(runId, stepId));
    await expect(world.add(runId, end)).rejects.toMatchObject({ name: "EntityConflictError" });
    const missing = world.add(runId, { ...end, correlationId: "step_none" });
    await expect(missing).rejects.toMatchObject({ name: "WorkflowWorldError" });
    expect((await world.events.list({ runId })).data).toHaveLength(5);
  });

  test("a failed attempt starts again when its time has come, and is counted", async () => {
    const world = await worlds.fresh();
    const [runId, stepId] = [await world.begin(), `step_${ulid()}`];
    await world.step(runId, stepId);
    const retry = (retryAfter: Date) =>
      world.add(runId, {
        eventType: "step_retrying",
        correlationId: stepId,
        eventData: { error: bytes("e"), retryAfter },
      });
    const later = new Date(Date.now() + 60_000);
    const { step } = await retry(later);
    expect(step).toMatchObject({ status: "pending", attempt: 1, error: bytes("e"), retryAfter: later });
    const again = { eventType: "step_started", correlationId: stepId } as const;
    await expect(world.add(runId, again)).rejects.toMatchObject({ name: "TooEarlyError" });
    await retry(new Date(0));
    const started = await world.add(runId, again);
    expect(started.step).toMatchObject({ status: "running", attempt: 2, input: bytes("x") });
    expect(started.step?.retryAfter).toBeUndefined();
  });

  test("a list of events goes both ways in pages, and one is found by its id and by its step", async () => {
    const world = await worlds.fresh();
    const runId = await world.begin();
    const ids = Array.from({ length: 4 }, () => `step_${ulid()}`);
    for (const id of ids) await world.step(runId, id);
    const { data: all } = await world.events.list({ runId });
    expect(all).toHaveLength(10);
    for (const sortOrder of ["asc", "desc"] as const) {
      const read = [];
      let page = await world.events.list({ runId, pagination: { limit: 3, sortOrder } });
      read.push(...page.data);
      while (page.hasMore) {
        page = await world.events.list({ runId, pagination: { limit: 3, sortOrder, cursor: page.cursor ?? "" } });
        read.push(...page.data);
      }
      expect(read).toEqual(sortOrder === "asc" ? all : all.toReversed());
    }
    for (const event of all) expect(await world.events.get(runId, event.eventId)).toEqual(event);
    const of = await world.events.listByCorrelationId({ correlationId: ids[1] ?? "" });
    expect(of.data).toEqual(all.slice(4, 6));
    const { data } = await world.steps.list({ runId, pagination: { sortOrder: "asc" } });
    expect(data.map(({ stepId }) => stepId)).toEqual(ids);
  });

  test("a token belongs to one hook at a time, until it is disposed of or its run ends", async () => {
    const world = await worlds.fresh();
    const token = ulid();
    const runs = await Promise.all(Array.from({ length: 4 }, async () => world.begin()));
    const create = async (runId: string, correlationId: string) =>
      world.add(runId, { eventType: "hook_created", correlationId, eventData: { token, metadata: bytes("m") } });
    const made = await Promise.all(runs.map(async (runId) => ({ runId, ...(await create(runId, `hook_${ulid()}`)) })));
    const [own, ...more] = made.filter(({ hook }) => hook !== undefined);
    expect(more).toEqual([]);
    const conflicts = made.filter(({ event }) => event?.eventType === "hook_conflict");
    expect(conflicts.map(({ event }) => event?.eventData)).toEqual(
      Array.from({ length: 3 }, () => ({ token, conflictingRunId: own?.runId })),
    );
    const hook = await world.hooks.getByToken(token);
    expect(hook).toMatchObject({ runId: own?.runId, token, metadata: bytes("m") });
    expect(await world.hooks.get(hook.hookId)).toEqual(hook);
    expect((await world.hooks.list({ runId: hook.runId })).data).toEqual([hook]);
    await expect(create(hook.runId, hook.hookId)).rejects.toMatchObject({ name: "EntityConflictError" });

    const received = { eventType: "hook_received", correlationId: hook.hookId, eventData: { payload: 1 } } as const;
    await world.add(hook.runId, received);
    await world.add(hook.runId, { eventType: "hook_disposed", correlationId: hook.hookId });
    await expect(world.add(hook.runId, received)).rejects.toMatchObject({ name: "HookNotFoundError" });
    await expect(world.hooks.getByToken(token)).rejects.toMatchObject({ name: "HookNotFoundError" });
    const [, other = ""] = runs.filter((id) => id !== hook.runId);
    const next = `hook_${ulid()}`;
    expect((await create(other, next)).hook).toMatchObject({ runId: other });
    await world.add(other, { eventType: "run_completed", eventData: {} });
    await expect(world.hooks.get(next)).rejects.toMatchObject({ name: "HookNotFoundError" });
    expect((await create(hook.runId, `hook_${ulid()}`)).hook).toMatchObject({ token });
  });

  test("a sleep begins once and ends once", async () => {
    const world = await worlds.fresh();
    const [runId, correlationId] = [await world.begin(), `wait_${ulid()}`];
    const resumeAt = new Date(0);
    const begin = { eventType: "wait_created", correlationId, eventData: { resumeAt } } as const;
    expect((await world.add(runId, begin)).wait).toMatchObject({ status: "waiting", resumeAt });
    await expect(world.add(runId, begin)).rejects.toMatchObject({ name: "EntityConflictError" });
    const end = { eventType: "wait_completed", correlationId } as const;
    expect((await world.add(runId, end)).wait).toMatchObject({ status: "completed", resumeAt });
    await expect(world.add(runId, end)).rejects.toMatchObject({ name: "EntityConflictError" });
    expect((await world.events.list({ runId })).data[2]).toMatchObject({ eventData: { resumeAt } });
  });
});
