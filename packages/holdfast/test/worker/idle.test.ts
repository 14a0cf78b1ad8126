import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { openStore, startWorker, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until } from "../support/waiting.ts";

describeOnEach("an idle worker", (database) => {
  // A loop sleeps by this timer, so that the worker stands still until a test lets time pass.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  async function started() {
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
    const worker = await startWorker({ ...store, jobs: watched }, { queues: { q: async () => "done" } });
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
    const { store, askedAfter } = await started();
    expect(await askedAfter(2)).toEqual(["claim", "next"]);
    const { id } = await store.jobs.push({ queue: "q" });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    expect(await askedAfter(3)).toEqual(["claim", "next", "claim"]);
    await vi.advanceTimersByTimeAsync(10);
    expect(await askedAfter(5)).toEqual(["claim", "next", "claim", "claim", "next"]);
  });
});
