import assert from "node:assert/strict";
import type { ClaimedJob, Store } from "holdfast";
import type { ContractCase } from "../case.ts";

/** Ends a claimed job in one of the ways there are. */
function end(store: Store, claim: ClaimedJob, n: number): Promise<unknown> {
  if (n % 7 === 0) return store.jobs.release(claim);
  if (n % 5 === 0) return store.jobs.cancel(claim.id);
  if (n % 3 === 0) return store.jobs.fail(claim, n % 2 === 0 ? { final: true } : { retryAfterMs: 0 });
  return store.jobs.complete(claim);
}

/** What holds of limits when many claim, end and push at once. */
export const jobsLimitRaceCases: readonly ContractCase[] = [
  {
    name: "no limit is ever exceeded by many who claim at once, and all work is done",
    async run({ store }) {
      await store.queues.configure("q", { concurrency: 7, concurrencyPerGroup: 2 });
      const running = new Map<string, number>();
      const groups = new Map<string, string>();
      const worst = { queue: 0, group: 0 };
      let busy = 0;
      let ended = 0;
      const push = async (from: number): Promise<void> => {
        const jobs = Array.from({ length: 20 }, (_, n) => ({
          queue: "q",
          id: `j${from + n}`,
          group: `g${(from + n) % 5}`,
        }));
        for (const job of jobs) groups.set(job.id, job.group);
        await store.jobs.pushMany(jobs);
      };
      const work = async (): Promise<void> => {
        for (let empty = 0; empty < 5;) {
          const claims = await store.jobs.claim({ queues: ["q"], limit: 3, leaseMs: 60_000 });
          empty = claims.length === 0 ? empty + 1 : 0;
          for (const { id } of claims) {
            const group = groups.get(id) ?? "";
            worst.queue = Math.max(worst.queue, ++busy);
            running.set(group, (running.get(group) ?? 0) + 1);
            worst.group = Math.max(worst.group, running.get(group) ?? 0);
          }
          for (const claim of claims) {
            const group = groups.get(claim.id) ?? "";
            // From here on the place may be another's, before the answer is here.
            busy -= 1;
            running.set(group, (running.get(group) ?? 0) - 1);
            await end(store, claim, ++ended);
          }
        }
      };
      await push(0);
      await Promise.all([...Array.from({ length: 10 }, work), push(20), push(40), push(60)]);
      await Promise.all(Array.from({ length: 3 }, work));
      assert.ok(worst.queue <= 7 && worst.group <= 2, JSON.stringify(worst));
      const counts = await store.queues.counts("q");
      assert.deepEqual([counts.ready, counts.running, counts.scheduled], [0, 0, 0]);
      assert.equal(counts.succeeded + counts.dead + counts.canceled, 80);
    },
  },
  {
    name: "a push that meets the end of the last job of its group is claimed",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 1 });
      await store.jobs.push({ queue: "q", group: "g" });
      for (let n = 0; n < 15; n++) {
        const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
        assert.ok(claim, `round ${n}`);
        await Promise.all([
          store.jobs.complete(claim),
          store.transaction((tx) => tx.jobs.push({ queue: "q", group: "g" })),
          store.jobs.claim({ queues: ["q"], limit: 1 }).then(async (claims) => {
            for (const other of claims) await store.jobs.release(other);
          }),
        ]);
      }
    },
  },
];
