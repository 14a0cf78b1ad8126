import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { openStore, startWorker, type Store, type WorkerOptions } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";

describeOnEach("an idle worker", (database) => {
  // A loop sleeps by this timer, so that the worker stands still until a test lets time pass.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  async function started(options: WorkerOptions) {
    const store = await openStore(await database.prepared());
    const asked: string[] = [];
    const watched: Store["jobs"] = {
      ...store.jobs,
      claim: async (request) => {
        asked.push("claim");
        return store.jobs.claim(request);
      },
      next: async (queues) => {
        const next = await store.jobs.next(queues);
        asked.push("next");
        return next;
      },
    };
    const executions: Store["executions"] = {
      ...store.executions,
      claim: async (request) => {
        asked.push("claim");
        return store.executions.claim(request);
      },
    };
    const worker = await startWorker({ ...store, jobs: watched, executions }, options);
    onTestFinished(async () => {
      await worker.stop();
      await store.close();
    });
    /** Waits for so many questions, and then while other calls go and come: a worker that does not sleep asks more meanwhile. */
    const askedAfter = async (questions: number): Promise<readonly string[]> => {
      await until(() => asked.length >= questions);
      for (let i = 0; i < 20; i++) await store.kv.get("p", "k");
      return asked;
    };
    return { store, askedAfter };
  }

  test("claims once for a push, and then again only when its time has come", async () => {
    const { store, askedAfter } = await started({ queues: { q: async () => "done" } });
    expect(await askedAfter(2)).toEqual(["claim", "next"]);
    const { id } = await store.jobs.push({ queue: "q" });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    expect(await askedAfter(3)).toEqual(["claim", "next", "claim"]);
    await vi.advanceTimersByTimeAsync(10);
    expect(await askedAfter(5)).toEqual(["claim", "next", "claim", "claim", "next"]);
  });

  test("claims once for each job, and not again when their handlers end", async () => {
    const { promise: released, resolve: release } = withResolvers();
    const { store, askedAfter } = await started({ queues: { q: () => released } });
    expect(await askedAfter(2)).toEqual(["claim", "next"]);
    const ids: string[] = [];
    for (const count of [3, 4, 5]) {
      const { id } = await store.jobs.push({ queue: "q" });
      ids.push(id);
      await askedAfter(count);
    }
    release();
    await until(async () => (await store.jobs.getMany(ids)).every((job) => job?.status === "succeeded"));
    expect(await askedAfter(5)).toEqual(["claim", "next", "claim", "claim", "claim"]);
  });

  test("claims once for each of a row of executions, and not again when their handlers end", async () => {
    const { store, askedAfter } = await started({ executions: { q: async () => "done" } });
    expect(await askedAfter(2)).toEqual(["claim", "next"]);
    for (let i = 0; i < 5; i++) {
      const { execution } = await store.executions.create({ queue: "q" });
      await store.executions.result(execution.id);
    }
    expect(await askedAfter(7)).toEqual(["claim", "next", ...Array.from({ length: 5 }, () => "claim")]);
    await vi.advanceTimersByTimeAsync(10);
    expect(await askedAfter(9)).toEqual(["claim", "next", ...Array.from({ length: 6 }, () => "claim"), "next"]);
  });

  test("claims at once what its handler gives back", async () => {
    const attempts: number[] = [];
    const { store } = await started({
      executions: {
        q: async ({ attempts: made }, context) => {
          if (attempts.push(made) < 3) await context.release();
        },
      },
    });
    const { execution } = await store.executions.create({ queue: "q" });
    await store.executions.result(execution.id);
    expect(attempts).toEqual([1, 1, 1]);
  });

  test("claims again where a claim left some for lack of room", async () => {
    const { store } = await started({ executions: { q: async () => "done" }, concurrency: 2 });
    const created = await store.executions.createMany(Array.from({ length: 7 }, () => ({ queue: "q" })));
    const ended = created.map(({ execution }) => store.executions.result(execution.id));
    const statuses = (await Promise.all(ended)).map((execution) => execution?.status);
    expect(statuses).toEqual(created.map(() => "succeeded"));
  });
});
