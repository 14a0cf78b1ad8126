import assert from "node:assert/strict";
import { InvalidInputError } from "holdfast";
import type { JobInput } from "holdfast/jobs";
import type { QueueSettings } from "holdfast/queues";
import type { ContractCase } from "../case.ts";

const key = { uniqueKey: "k" };
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `n${n}`);

const badJobs: readonly (readonly [field: string, input: Partial<Record<keyof JobInput, unknown>>])[] = [
  ["group", { group: "" }],
  ["group", { group: "x".repeat(1025) }],
  ["requires", { requires: "gpu" }],
  ["requires", { requires: names(21) }],
  ["requires", { requires: ["a".repeat(255), "b".repeat(255), "c".repeat(255), "d".repeat(223)] }],
  ["requires[1]", { requires: ["a", ""] }],
  ["debounceMs", { debounceMs: 1 }],
  ["debounceMs", { ...key, debounceMs: 0 }],
  ["debounceMs", { ...key, debounceMs: 1, delayMs: 1 }],
  ["debounceMs", { ...key, debounceMs: 1, onConflict: "keep" }],
  ["debounceMaxMs", { ...key, debounceMs: 2, debounceMaxMs: 1 }],
  ["debounceMaxMs", { ...key, debounceMaxMs: 1 }],
  ["throttleMs", { throttleMs: 1 }],
  ["throttleMs", { ...key, throttleMs: 1.5 }],
  ["throttleMs", { ...key, throttleMs: 1, debounceMs: 1 }],
  ["throttleMs", { ...key, throttleMs: 1, onConflict: "replace" }],
];

const badSettings: readonly (readonly [field: string, settings: unknown])[] = [
  ["settings", null],
  ["concurrency", { concurrency: 0 }],
  ["concurrency", { concurrency: 2 ** 31 }],
  ["concurrencyPerGroup", { concurrencyPerGroup: "1" }],
  ["rate", { rate: 7 }],
  ["rate.limit", { rate: { periodMs: 1 } }],
  ["rate.limit", { rate: { limit: 1_000_001, periodMs: 1 } }],
  ["rate.periodMs", { rate: { limit: 1, periodMs: 0 } }],
  ["agingMs", { agingMs: -1 }],
  ["agingMs", { agingMs: 2 ** 31 }],
  ["timeoutMs", { timeoutMs: 0 }],
  ["timeoutMs", { timeoutMs: 2 ** 31 }],
];

async function refuses(field: string, call: () => Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof InvalidInputError, String(error));
    assert.equal(error.facts.field, field);
    return true;
  });
}

/** What bad input about groups, limits and routes meets, and what is accepted at the edge. */
export const jobsLimitInputCases: readonly ContractCase[] = [
  {
    name: "a bad group, requirement, debounce or throttle is refused by the name of its field",
    async run({ store }) {
      // What a caller without types may pass.
      for (const [field, input] of badJobs) {
        await refuses(field, () => store.jobs.push({ queue: "q", ...input } as JobInput));
      }
      await refuses("capabilities[0]", () => store.jobs.claim({ queues: ["q"], limit: 1, capabilities: [""] }));
      await refuses("capabilities", () => store.jobs.claim({ queues: ["q"], limit: 1, capabilities: names(1001) }));
      assert.equal((await store.queues.counts()).ready, 0);
    },
  },
  {
    name: "bad settings of a queue are refused by the name of their field",
    async run({ store }) {
      for (const [field, settings] of badSettings) {
        await refuses(field, () => store.queues.configure("q", settings as QueueSettings));
      }
      await refuses("queue", () => store.queues.configure("", {}));
      assert.deepEqual((await store.queues.list()).items, []);
    },
  },
  {
    name: "limits are accepted at their edge",
    async run({ store }) {
      const most = 2 ** 31 - 1;
      await store.queues.configure("q", {
        concurrency: most,
        concurrencyPerGroup: most,
        rate: { limit: 1_000_000, periodMs: 366 * 24 * 3_600_000 },
        agingMs: most,
      });
      const requires = ["a".repeat(255), "b".repeat(255), "c".repeat(255), "d".repeat(222)];
      const group = "x".repeat(1024);
      await store.jobs.pushMany([
        { queue: "q", group, requires, priority: most },
        { queue: "q", group, requires: names(20), priority: -most },
      ]);
      const capabilities = [...requires, ...names(900)];
      assert.equal((await store.jobs.claim({ queues: ["q"], limit: 10, capabilities })).length, 2);
    },
  },
];
