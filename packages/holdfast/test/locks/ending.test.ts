import { expect, test } from "vitest";
import { ConflictError, NotReadyError, type Store, type Transaction } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, type Observer, openWithObserver } from "./support.ts";

/** Whatever is added to the execution "e", or changed in it. */
const additions: readonly (readonly [string, (to: Store | Transaction) => Promise<unknown>])[] = [
  ["a new task", ({ tasks }) => tasks.save({ executionId: "e", name: "new" })],
  ["a stored task", ({ tasks }) => tasks.save({ id: "t", executionId: "e", name: "t", output: 1 })],
  ["a task's status", ({ tasks }) => tasks.setStatus("t", "running")],
  ["children", ({ tasks }) => tasks.createChildren("t", [{ name: "child" }])],
  ["a component's state", ({ components }) => components.save({ executionId: "e", component: "c", state: 2 })],
  ["a component's removal", ({ components }) => components.remove("e", "c")],
  ["a timer", ({ timers }) => timers.schedule({ executionId: "e", step: "s", afterMs: 0 })],
  ["a keyed timer", ({ timers }) => timers.schedule({ executionId: "e", step: "s", afterMs: 0, dedupeKey: "new" })],
  ["a wait", ({ correlations }) => correlations.wait({ key: "k", executionId: "e", step: "s" })],
  ["a job", ({ jobs }) => jobs.push({ queue: "q", executionId: "e" })],
  ["a job by id", ({ jobs }) => jobs.push({ id: "new", queue: "q", executionId: "e" })],
  ["a unique job", ({ jobs }) => jobs.push({ queue: "q", executionId: "e", uniqueKey: "u" })],
  ["an entry", ({ history }) => history.append("e", [{ kind: "k" }])],
  ["an expected entry", ({ history }) => history.append("e", [{ kind: "k" }], { expectedNext: 2 })],
  ["a step", ({ executions }) => executions.transition("e", { tasks: [{ name: "new" }] })],
];

describeOnServers("the end of an execution", (database) => {
  let store: Store;
  let server: Observer;

  openWithObserver(database, (opened) => {
    ({ store, server } = opened);
  });

  /** The execution "e", anew, with a task, a state and an entry. */
  async function begin(): Promise<void> {
    await store.executions.remove("e");
    await store.executions.create({ id: "e", status: "running" });
    await store.tasks.save({ id: "t", executionId: "e", name: "t" });
    await store.components.save({ executionId: "e", component: "c", state: 1 });
    await store.history.append("e", [{ kind: "first" }]);
  }

  test.each(additions)("is waited for by %s, which is refused then", async (_name, add) => {
    await begin();
    const held = await holding(store, (tx) => tx.executions.setStatus("e", "canceled"));
    const adding = add(store);
    const seen = adding.catch((error: unknown) => error);
    await server.seesWaiting(seen);
    await held.commit();
    await expect(adding).rejects.toThrow(ConflictError);
    expect(await seen).toMatchObject({ facts: { entity: "execution", id: "e", status: "canceled" } });
  });

  test.each(additions)("waits for %s, which is part of it then", async (_name, add) => {
    await begin();
    const held = await holding(store, add);
    const ending = store.executions.setStatus("e", "canceled");
    await server.seesWaiting(ending);
    await held.commit();
    expect((await ending).status).toBe("canceled");
  });

  test("does not come of a completion that had to wait for a new task", async () => {
    await store.executions.create({ id: "late", status: "running" });
    const held = await holding(store, (tx) => tx.tasks.save({ executionId: "late", name: "new" }));
    const completing = store.executions.complete("late");
    const seen = completing.catch((error: unknown) => error);
    await server.seesWaiting(seen);
    await held.commit();
    await expect(completing).rejects.toThrow(NotReadyError);
  });

  test("leaves no task pending in 300 rounds of saves and completions at once, nor a deadlock", async () => {
    let ended = 0;
    for (let round = 0; round < 300; round++) {
      const id = `round-${round}`;
      await store.executions.create({ id, status: "running" });
      const after = async (ms: number, call: () => Promise<unknown>): Promise<void> => {
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        await call().catch((error: unknown) => {
          const isRefusal = error instanceof ConflictError || error instanceof NotReadyError;
          if (!isRefusal || error.retryable) throw error;
        });
      };
      const some = (): number => Math.floor(Math.random() * 3);
      await Promise.all([
        after(some(), () => store.tasks.save({ executionId: id, name: "one" })),
        after(some(), () => store.tasks.saveMany([{ id: `${id} two`, executionId: id, name: "two" }])),
        after(some(), () => store.executions.transition(id, { tasks: [{ name: "three" }], history: [{ kind: "k" }] })),
        after(some(), () => store.executions.complete(id)),
        after(some(), () =>
          store.transaction(async (tx) => {
            await tx.executions.lock(id);
            await tx.executions.complete(id);
          }),
        ),
      ]);
      const [{ status }, tasks] = [await store.executions.require(id), await store.tasks.count({ executionId: id })];
      if (status === "succeeded") ended++;
      expect([id, status === "succeeded" ? tasks : 0]).toEqual([id, 0]);
    }
    expect(ended).toBeGreaterThan(0);
  });
});
