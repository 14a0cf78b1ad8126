import assert from "node:assert/strict";
import { InvalidInputError } from "holdfast";
import type { JobInput } from "holdfast/jobs";
import type { ContractCase } from "../case.ts";

async function refuses(field: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof InvalidInputError, String(error));
    assert.equal(error.facts.field, field);
    return true;
  });
}

const badJobs: readonly (readonly [field: string, input: Partial<Record<keyof JobInput, unknown>>])[] = [
  ["queue", { queue: "" }],
  ["queue", { queue: "a\u0000b" }],
  ["queue", { queue: 7 }],
  ["id", { id: "x".repeat(256) }],
  ["id", { id: "\ud800" }],
  ["payload", { payload: Number.NaN }],
  ["payload.at", { payload: { at: new Date() } }],
  ["priority", { priority: 1.5 }],
  ["priority", { priority: 2 ** 31 }],
  ["runAt", { runAt: new Date(Number.NaN) }],
  ["runAt", { runAt: "2026-01-01" }],
  ["delayMs", { delayMs: -1 }],
  ["delayMs", { delayMs: 1, runAt: new Date() }],
  ["maxAttempts", { maxAttempts: 0 }],
  ["backoff", { backoff: null }],
  ["backoff.initialMs", { backoff: { initialMs: -1, maxMs: 1 } }],
  ["backoff.maxMs", { backoff: { initialMs: 10, maxMs: 9 } }],
  ["timeoutMs", { timeoutMs: 0 }],
  ["timeoutMs", { timeoutMs: 2 ** 31 }],
  ["uniqueKey", { uniqueKey: "" }],
  ["onConflict", { onConflict: "debounce" }],
  ["onRunning", { uniqueKey: "k", onRunning: "follow" }],
  ["onRunning", { onRunning: "after" }],
  ["failsExecution", { failsExecution: true }],
  ["failsExecution", { failsExecution: 1, executionId: "e" }],
  ["after", { uniqueKey: "k", onRunning: "after", after: ["a"] }],
  ["onDependencyFailure", { uniqueKey: "k", onRunning: "after", onDependencyFailure: "cancel" }],
  ["executionId", { executionId: "" }],
  ["after", { after: "a" }],
  ["after[1]", { after: ["a", ""] }],
  ["after", { id: "j", after: ["j"] }],
  ["onDependencyFailure", { onDependencyFailure: "wait" }],
];

/** What bad input meets: an error that names the field, before anything is written. */
export const jobsInputCases: readonly ContractCase[] = [
  {
    name: "a bad job is refused by the name of its field",
    async run({ store }) {
      for (const [field, input] of badJobs) {
        // What a caller without types may pass.
        const job = { queue: "q", ...input } as JobInput;
        await refuses(field, store.jobs.push(job));
        await assert.rejects(store.jobs.pushMany([{ queue: "q" }, job]), InvalidInputError);
      }
      assert.equal((await store.queues.counts()).ready, 0);
    },
  },
  {
    name: "a bad batch, claim or page is refused by the name of its field",
    async run({ store }) {
      const { jobs } = store;
      await refuses(
        "inputs[1]",
        jobs.pushMany([
          { queue: "q", id: "a" },
          { queue: "q", id: "a" },
        ]),
      );
      await refuses("queues", jobs.claim({ queues: [], limit: 1 }));
      await refuses("queues[0]", jobs.claim({ queues: [""], limit: 1 }));
      await refuses("limit", jobs.claim({ queues: ["q"], limit: 0 }));
      await refuses("limit", jobs.claim({ queues: ["q"], limit: 1001 }));
      await refuses("leaseMs", jobs.claim({ queues: ["q"], limit: 1, leaseMs: 1 }));
      await refuses("holder", jobs.claim({ queues: ["q"], limit: 1, holder: "" }));
      const claim = { id: "j", token: 1 };
      await refuses("claims[1]", jobs.heartbeat([claim, claim], { leaseMs: 1000 }));
      await refuses("leaseMs", jobs.heartbeat([claim], { leaseMs: 0 }));
      await refuses("claim.token", jobs.complete({ id: "j", token: -1 }));
      await refuses("completions[1]", jobs.completeMany([{ claim }, { claim }]));
      await refuses("result", jobs.complete(claim, { result: 1n }));
      await refuses("error", jobs.fail(claim, { error: () => 1 }));
      await refuses("retryAfterMs", jobs.fail(claim, { retryAfterMs: -1 }));
      await refuses("final", jobs.fail(claim, { final: "no" as unknown as boolean }));
      await refuses("releases[1]", jobs.releaseMany([{ claim }, { claim }]));
      await refuses("delayMs", jobs.release(claim, { runAt: new Date(), delayMs: 1 }));
      await refuses("delayMs", jobs.release(claim, { delayMs: -1 }));
      await refuses("priority", jobs.release(claim, { priority: 1.5 }));
      await refuses("id", jobs.get(""));
      await refuses("id", jobs.cancel(""));
      await refuses("id", jobs.retry(""));
      await refuses("limit", jobs.list({ limit: 0 }));
      await refuses("queue", jobs.deadLetters(""));
      await refuses("limit", jobs.rescue({ limit: 0 }));
      await refuses("queues", jobs.rescue({ queues: [] }));
      await refuses("queues", jobs.next([]));
      await refuses("queue", store.queues.pause(""));
    },
  },
];
