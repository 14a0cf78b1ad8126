import { expect, test } from "vitest";
import { ConflictError, LeaseLostError, type Store } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, type Observer, openWithObserver } from "./support.ts";

// One session meets the open transaction of another: it waits, as the server reports, and then continues correctly.

describeOnServers("waiting", (database) => {
  let store: Store;
  let server: Observer;
  let ordinal = 0;

  openWithObserver(database, (opened) => {
    ({ store, server } = opened);
  });

  /** A new execution. */
  async function execution(): Promise<string> {
    const { execution: created } = await store.executions.create({ id: `execution-${++ordinal}` });
    return created.id;
  }

  /** Two tasks under a parent that runs. */
  async function family(): Promise<{ readonly parent: string; readonly children: readonly [string, string] }> {
    const executionId = await execution();
    const id = `task-${++ordinal}`;
    const children = [`${id}/1`, `${id}/2`] as const;
    await store.tasks.saveMany([
      { id, executionId, name: "parent", type: "parallel", status: "running" },
      ...children.map((child) => ({ id: child, executionId, parentId: id, name: child, status: "running" as const })),
    ]);
    return { parent: id, children };
  }

  test("a claim of timers passes by those that another is claiming, and waits for nothing", async () => {
    const executionId = await execution();
    for (const step of ["a", "b"]) await store.timers.schedule({ executionId, step, afterMs: 0 });
    const claim = async (from: Pick<Store, "timers">, limit: number): Promise<readonly string[]> =>
      (await from.timers.claim({ limit, leaseMs: 60_000 })).map((timer) => timer.step);
    const held = await holding(store, async (tx) => expect(await claim(tx, 1)).toEqual(["a"]));
    expect(await claim(store, 10)).toEqual(["b"]);
    expect(await claim(store, 10)).toEqual([]);
    await held.rollback();
    expect(await claim(store, 10)).toEqual(["a"]);
  });

  test("a claim of timers passes by the expired waits of an execution that is about to end, and waits for nothing", async () => {
    const [ending, other] = [await execution(), await execution()];
    const wait = { key: `key-${++ordinal}`, step: "s", ttlMs: 0 };
    await store.correlations.waitMany([ending, other].map((executionId) => ({ ...wait, executionId })));
    const claim = async (): Promise<readonly string[]> =>
      (await store.timers.claim({ leaseMs: 60_000 })).map((timer) => timer.executionId);
    const held = await holding(store, (tx) => tx.executions.lock(ending));
    expect(await claim()).toEqual([other]);
    expect(await claim()).toEqual([]);
    await held.rollback();
    expect(await claim()).toEqual([ending]);
  });

  test("a step waits for another of its execution, and then finds another version", async () => {
    const id = await execution();
    const step = { state: "theirs", require: { version: 1 }, history: [{ kind: "step" }] };
    const held = await holding(store, (tx) => tx.executions.transition(id, step));
    const refused = store.executions.transition(id, { ...step, state: "mine" });
    const seen = refused.catch((error: unknown) => error);
    await server.seesWaiting(seen);
    await held.commit();
    await expect(refused).rejects.toThrow(ConflictError);
    expect(await store.executions.require(id)).toMatchObject({ state: "theirs", version: 2 });
    expect(await store.history.count(id)).toBe(1);
  });

  test("saves of a task wait for each other, and both are kept", async () => {
    const { parent, children } = await family();
    const { executionId } = await store.tasks.require(parent);
    const save = (of: Pick<Store, "tasks">, agent: string) =>
      of.tasks.saveMany([...children].map((id) => ({ id, executionId, name: id, agent, action: "act" })));
    const held = await holding(store, (tx) => save(tx, "first"));
    const saving = save(store, "second");
    await server.seesWaiting(saving);
    await held.commit();
    expect((await saving).map(({ version, agent }) => [version, agent])).toEqual([
      [3, "second"],
      [3, "second"],
    ]);
  });

  test("a save waits for the creation of the same task, and changes it then", async () => {
    const executionId = await execution();
    const task = { id: `new-of-${executionId}`, executionId, name: "new" };
    const held = await holding(store, (tx) => tx.tasks.save({ ...task, input: 1 }));
    const saving = store.tasks.save({ ...task, output: 2 });
    await server.seesWaiting(saving);
    await held.commit();
    expect((await saving).version).toBe(2);
    expect(await store.tasks.require(task.id)).toMatchObject({ input: 1, output: 2 });
  });

  test("of two children that end at once, the later carries the status of both up", async () => {
    const { parent, children } = await family();
    const { executionId } = await store.tasks.require(parent);
    const end = (of: Pick<Store, "executions">, id: string) =>
      of.executions.transition(executionId, { taskStatuses: [{ id, status: "succeeded" }] });
    const held = await holding(store, (tx) => end(tx, children[0]));
    const ending = end(store, children[1]);
    await server.seesWaiting(ending);
    await held.commit();
    expect((await ending).propagated).toMatchObject([{ id: parent, status: "succeeded" }]);
  });

  test.each([
    { end: "commit", outcome: { outcome: "delivered" } },
    { end: "rollback", outcome: { outcome: "kept" } },
  ] as const)("a delivery waits for a wait of its key: $end, and it is $outcome.outcome", async ({ end, outcome }) => {
    const executionId = await execution();
    const held = await holding(store, (tx) => tx.correlations.wait({ key: executionId, executionId, step: "s" }));
    const delivering = store.correlations.deliver({ key: executionId });
    expect(await server.seesWaiting(delivering)).toBe("advisory");
    await held[end]();
    expect(await delivering).toMatchObject(outcome);
  });

  test("a wait waits for a delivery of its key, and takes its event", async () => {
    const executionId = await execution();
    const held = await holding(store, (tx) => tx.correlations.deliver({ key: executionId, payload: 7 }));
    const waiting = store.correlations.wait({ key: executionId, executionId, step: "s" });
    await server.seesWaiting(waiting);
    await held.commit();
    expect(await waiting).toMatchObject({ outcome: "delivered", event: { payload: 7 } });
  });

  test("of two deliveries at once, one resumes the wait and the other is kept", async () => {
    const executionId = await execution();
    await store.correlations.wait({ key: executionId, executionId, step: "s" });
    const held = await holding(store, (tx) => tx.correlations.deliver({ key: executionId }));
    const delivering = store.correlations.deliver({ key: executionId });
    await server.seesWaiting(delivering);
    await held.commit();
    expect((await delivering).outcome).toBe("kept");
  });

  test.each([
    { end: "commit", number: 2 },
    { end: "rollback", number: 1 },
  ] as const)("an append waits for another: $end, and its number is $number", async ({ end, number }) => {
    const id = await execution();
    const held = await holding(store, (tx) => tx.history.append(id, [{ kind: "first" }]));
    const appending = store.history.append(id, [{ kind: "second" }]);
    await server.seesWaiting(appending);
    await held[end]();
    expect(await appending).toEqual([number]);
  });

  test("a locked execution is waited for, refused or passed by, as the caller says, and gets nothing new", async () => {
    const id = await execution();
    const held = await holding(store, (tx) => tx.executions.lock(id));
    const lock = (mode: "wait" | "nowait" | "skip_locked") =>
      store.transaction((tx) => tx.executions.lock(id, { mode }));
    await expect(lock("nowait")).rejects.toThrow(ConflictError);
    expect(await lock("skip_locked")).toBeNull();
    const locking = lock("wait");
    await server.seesWaiting(locking);
    const saving = store.tasks.save({ executionId: id, name: "new" });
    await expect.poll(async () => (await server.waits()).length).toBe(2);
    expect(await store.tasks.count({ executionId: id })).toBe(0);
    await held.commit();
    expect(await locking).toMatchObject({ id });
    expect(await saving).toMatchObject({ executionId: id });
  });

  test("a locked task is named where it is refused, and passed by", async () => {
    const { parent: id } = await family();
    const held = await holding(store, (tx) => tx.tasks.lock(id));
    const lock = (mode: "nowait" | "skip_locked") => store.transaction((tx) => tx.tasks.lock(id, { mode }));
    await expect(lock("nowait")).rejects.toMatchObject({
      code: "conflict",
      retryable: true,
      facts: { entity: "task", id },
    });
    expect(await lock("skip_locked")).toBeNull();
    await held.commit();
  });

  test.each([
    { end: "commit", isAcquired: false },
    { end: "rollback", isAcquired: true },
  ] as const)(
    "who wants a lease waits for who is taking it: $end, and gets it: $isAcquired",
    async ({ end, isAcquired }) => {
      const id = await execution();
      const acquire = (of: Pick<Store, "executions">, holder: string) =>
        of.executions.acquireLease(id, { holder, leaseMs: 60_000 });
      const held = await holding(store, (tx) => acquire(tx, "first"));
      const acquiring = acquire(store, "second");
      await server.seesWaiting(acquiring);
      await held[end]();
      expect((await acquiring) !== null).toBe(isAcquired);
    },
  );

  test("a fenced write waits for the release of its lease, and is refused", async () => {
    const id = await execution();
    const lease = await store.executions.acquireLease(id, { holder: "me", leaseMs: 60_000 });
    const token = lease?.token ?? 0;
    const held = await holding(store, (tx) => tx.executions.releaseLease(id, token));
    const writing = store.executions.setStatus(id, "running", { token });
    const seen = writing.catch((error: unknown) => error);
    await server.seesWaiting(seen);
    await held.commit();
    await expect(writing).rejects.toThrow(LeaseLostError);
    expect((await store.executions.require(id)).status).toBe("pending");
  });
});
