import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

async function idsFor(store: Store, capabilities: readonly string[], limit = 100): Promise<readonly string[]> {
  return (await store.jobs.claim({ queues: ["q"], limit, capabilities })).map((claim) => claim.id);
}

/** What capabilities promise. */
export const jobsRoutingCases: readonly ContractCase[] = [
  {
    name: "a job goes only to a claim with every capability that it requires",
    async run({ store }) {
      await store.jobs.pushMany([
        { queue: "q", id: "both", requires: ["gpu", 'large "memory"', "gpu"] },
        { queue: "q", id: "gpu", requires: ["gpu"] },
        { queue: "q", id: "none", priority: 1 },
        { queue: "q", id: "other", requires: ["*"], priority: -1 },
      ]);
      assert.deepEqual((await store.jobs.require("both")).requires, ["gpu", 'large "memory"']);
      assert.deepEqual(await idsFor(store, []), ["none"]);
      assert.deepEqual(await idsFor(store, ["large", 'large "memory"']), []);
      assert.deepEqual(await idsFor(store, ["gpu", "more"]), ["gpu"]);
      assert.deepEqual(await idsFor(store, ['large "memory"', "*", "gpu"]), ["other", "both"]);
    },
  },
  {
    name: "jobs that become due or whose lease runs out still go only to those who can",
    async run({ store, clock }) {
      await store.jobs.pushMany([
        { queue: "q", id: "later", requires: ["gpu"], delayMs: 30_000 },
        { queue: "q", id: "lost", requires: ["gpu"] },
      ]);
      assert.deepEqual(await idsFor(store, ["gpu"], 1), ["lost"]);
      await clock.advance(60_000);
      assert.deepEqual(await idsFor(store, []), []);
      assert.deepEqual((await idsFor(store, ["gpu"])).toSorted(), ["later", "lost"]);
    },
  },
  {
    name: "in a group with a limit a job that nobody can do holds up those behind it, and no other group",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 1 });
      await store.jobs.pushMany([
        { queue: "q", id: "a-gpu", group: "a", requires: ["gpu"] },
        { queue: "q", id: "b", group: "b" },
      ]);
      await store.jobs.push({ queue: "q", id: "a", group: "a" });
      assert.deepEqual(await idsFor(store, []), ["b"]);
      assert.deepEqual(await idsFor(store, []), []);
      await store.jobs.cancel("a-gpu");
      assert.deepEqual(await idsFor(store, []), ["a"]);
      await store.jobs.push({ queue: "q", id: "c-gpu", group: "c", requires: ["gpu"] });
      assert.deepEqual(await idsFor(store, []), []);
      assert.deepEqual(await idsFor(store, ["gpu"]), ["c-gpu"]);
    },
  },
];
