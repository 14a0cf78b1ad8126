import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** What holds when many act on jobs at once. */
export const jobsRaceCases: readonly ContractCase[] = [
  {
    name: "many workers claim each job once, and complete it once",
    async run({ store }) {
      await store.jobs.pushMany(Array.from({ length: 400 }, (_, n) => ({ queue: `q${n % 3}`, priority: n % 5 })));
      const claimed: string[] = [];
      const work = async (): Promise<void> => {
        for (let empty = 0; empty < 3;) {
          const claims = await store.jobs.claim({ queues: ["q0", "q1", "q2"], limit: 25 });
          assert.ok(claims.length <= 25);
          if (claims.length === 0) empty += 1;
          claimed.push(...claims.map((claim) => claim.id));
          const outcomes = await store.jobs.completeMany(claims.map((claim) => ({ claim })));
          assert.ok(outcomes.every((each) => each.ok));
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
      assert.deepEqual([claimed.length, new Set(claimed).size], [400, 400]);
      assert.equal((await store.queues.counts()).succeeded, 400);
    },
  },
  {
    name: "no push strands a job after one that ends at the same moment",
    async run({ store }) {
      const parents = Array.from({ length: 30 }, (_, n) => `p${n}`);
      await store.jobs.pushMany(parents.map((id) => ({ queue: "first", id })));
      const claims = await store.jobs.claim({ queues: ["first"], limit: 100 });
      const ends = claims.map((claim, n) => {
        if (n % 3 === 0) return store.jobs.cancel(claim.id);
        return n % 3 === 1 ? store.jobs.complete(claim) : store.jobs.fail(claim, { final: true });
      });
      const pushes = parents.map((id, n) =>
        store.transaction((tx) =>
          tx.jobs.push({
            queue: "last",
            id: `c${n}`,
            after: [id, parents[(n * 7 + 3) % 30] ?? id],
            onDependencyFailure: "ignore",
          }),
        ),
      );
      await Promise.all([...ends, ...pushes]);
      assert.equal((await store.queues.counts("last")).ready, 30);
    },
  },
  {
    name: "of many pushes of one unique key or one id, one makes the job",
    async run({ store }) {
      const push = (input: { id?: string; uniqueKey?: string }): Promise<{ outcome: string; id: string }> =>
        store.transaction((tx) => tx.jobs.push({ queue: "q", ...input }));
      for (const pushes of [
        Array.from({ length: 20 }, () => push({ uniqueKey: "k" })),
        Array.from({ length: 20 }, (_, n) => push(n % 2 === 0 ? { id: "i" } : { id: "i", uniqueKey: "i" })),
      ]) {
        const pushed = await Promise.all(pushes);
        assert.equal(pushed.filter((each) => each.outcome === "created").length, 1);
        assert.equal(new Set(pushed.map((each) => each.id)).size, 1);
      }
    },
  },
  {
    name: "of a completion and a cancellation at the same moment one wins, and both know which",
    async run({ store }) {
      await store.jobs.pushMany(Array.from({ length: 30 }, (_, n) => ({ queue: "q", id: `j${n}` })));
      const claims = await store.jobs.claim({ queues: ["q"], limit: 30 });
      await Promise.all(
        claims.map(async (claim) => {
          const [completed, canceled] = await Promise.all([store.jobs.complete(claim), store.jobs.cancel(claim.id)]);
          assert.notEqual(completed.ok, canceled);
          assert.equal((await store.jobs.require(claim.id)).status, completed.ok ? "succeeded" : "canceled");
        }),
      );
    },
  },
  {
    name: "a canceled job that is tried again while what it comes after ends is not left blocked",
    async run({ store }) {
      const numbers = Array.from({ length: 40 }, (_, n) => n);
      await store.jobs.pushMany(
        numbers.flatMap((n) => [
          { queue: "first", id: `a${n}` },
          { queue: "last", id: `b${n}`, after: [`a${n}`] },
        ]),
      );
      const claims = await store.jobs.claim({ queues: ["first"], limit: 40 });
      await Promise.all(numbers.map((n) => store.jobs.cancel(`b${n}`)));
      for (const claim of claims) {
        const ends = claim.id.endsWith("0") ? store.jobs.cancel(claim.id) : store.jobs.complete(claim);
        await Promise.all([ends, store.jobs.retry(claim.id.replace("a", "b"))]);
      }
      const statuses = await Promise.all(numbers.map(async (n) => (await store.jobs.require(`b${n}`)).status));
      assert.ok(!statuses.includes("blocked"), statuses.join());
    },
  },
];
