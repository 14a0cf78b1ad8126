import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { JobInput } from "holdfast/jobs";
import type { ContractCase } from "../case.ts";

/** How many executions and jobs there are. */
async function counts({ executions, jobs }: Store): Promise<readonly [executions: number, jobs: number]> {
  const { items } = await jobs.list({});
  return [await executions.count(), items.length];
}

/** Executions that come to be with their first jobs. */
export const executionsStartCases: readonly ContractCase[] = [
  {
    name: "a started execution is there with its jobs, in their order",
    async run({ store }) {
      await store.executions.create({ id: "parent" });
      const request = { id: "e", parentId: "parent", status: "running", input: { a: 1 }, labels: { l: 1 } } as const;
      const second: JobInput = { queue: "q", id: "second", executionId: "e" };
      const started = await store.executions.start({
        ...request,
        jobs: [{ queue: "q", payload: { n: 1 } }, second, { queue: "later", delayMs: 60_000 }],
      });
      assert.equal(started.outcome, "created");
      assert.deepEqual(started.execution, await store.executions.require("e"));
      assert.deepEqual([started.execution.version, started.execution.parentId], [1, "parent"]);
      assert.deepEqual(
        started.jobs.map(({ outcome, status }) => [outcome, status]),
        [
          ["created", "ready"],
          ["created", "ready"],
          ["created", "scheduled"],
        ],
      );
      assert.equal(started.jobs[1]?.id, "second");
      const claimed = await store.jobs.claim({ queues: ["q"], limit: 10 });
      assert.deepEqual(
        claimed.map(({ id, executionId, payload }) => [id, executionId, payload]),
        [
          [started.jobs[0]?.id, "e", { n: 1 }],
          ["second", "e", undefined],
        ],
      );
      await store.executions.remove("e");
      assert.equal(await store.jobs.get("second"), null);
    },
  },
  {
    name: "a start that is refused leaves neither execution nor job",
    async run({ store }) {
      await store.executions.create({ id: "taken" });
      const jobs = [{ queue: "q" }];
      for (const key of [{}, { idempotencyKey: "k" }]) {
        await assert.rejects(store.executions.start({ ...key, id: "taken", jobs }), { code: "duplicate" });
        await assert.rejects(store.executions.start({ ...key, parentId: "none", jobs }), { code: "not_found" });
        const after = [{ queue: "q" }, { queue: "q", after: ["none"] }];
        await assert.rejects(store.executions.start({ ...key, id: "e", jobs: after }), {
          code: "not_found",
          facts: { entity: "job", id: "none", field: "after" },
        });
        assert.deepEqual(await counts(store), [1, 0]);
      }
      assert.equal((await store.executions.start({ id: "e", idempotencyKey: "k", jobs })).outcome, "created");
    },
  },
  {
    name: "where the idempotency key is known, no job is pushed",
    async run({ store }) {
      const request = { idempotencyKey: "k", input: 1, jobs: [{ queue: "q" }] };
      const { execution, jobs } = await store.executions.start(request);
      await store.executions.setStatus(execution.id, "running");
      const current = await store.executions.require(execution.id);
      const again = { outcome: "replayed", execution: current, jobs: [] };
      assert.deepEqual(await store.executions.start(request), again);
      assert.deepEqual(await store.executions.start({ ...request, id: execution.id }), again);
      const linked = [{ queue: "q", id: "own", uniqueKey: "u", after: [jobs[0]?.id ?? ""] }];
      assert.deepEqual(await store.executions.start({ ...request, jobs: linked }), again);
      assert.deepEqual(await store.executions.start({ ...request, input: 2 }), { ...again, outcome: "mismatch" });
      assert.equal((await store.executions.create({ idempotencyKey: "k", input: 1 })).outcome, "replayed");
      assert.deepEqual(await counts(store), [1, 1]);

      await store.executions.create({ idempotencyKey: "created" });
      const late = await store.executions.start({ idempotencyKey: "created", jobs: [{ queue: "q" }] });
      assert.deepEqual([late.outcome, late.jobs], ["replayed", []]);
      assert.deepEqual(await counts(store), [2, 1]);
    },
  },
  {
    name: "a start in a transaction is a part of it",
    async run({ store }) {
      const jobs = [{ queue: "q" }];
      await store.transaction(async (tx) => {
        const { execution } = await tx.executions.start({ id: "e", idempotencyKey: "k", jobs });
        assert.deepEqual(await tx.executions.require("e"), execution);
        assert.equal((await tx.jobs.list({})).items[0]?.executionId, "e");
        const again = await tx.executions.start({ id: "e", idempotencyKey: "k", jobs });
        assert.deepEqual([again.outcome, again.jobs], ["replayed", []]);
        const unknown = { id: "f", jobs: [{ queue: "q", after: ["none"] }] };
        await assert.rejects(tx.transaction((inner) => inner.executions.start(unknown)));
        await assert.rejects(tx.transaction((inner) => inner.executions.start({ ...unknown, idempotencyKey: "l" })));
        assert.equal((await tx.transaction((inner) => inner.executions.start({ id: "f", jobs }))).outcome, "created");
        const beside = tx.executions.start({ id: "beside", idempotencyKey: "b", jobs });
        await assert.rejects(tx.transaction((inner) => inner.executions.start({ ...unknown, id: "g" })));
        assert.equal((await beside).outcome, "created");
      });
      assert.deepEqual(await counts(store), [3, 3]);
      const undone = store.transaction(async (tx) => {
        await tx.executions.start({ id: "g", jobs });
        await tx.executions.start({ id: "h", idempotencyKey: "l", jobs });
        throw new Error("undone");
      });
      await assert.rejects(undone, /undone/);
      assert.deepEqual(await counts(store), [3, 3]);
    },
  },
  {
    name: "of concurrent starts with one key, one creates and pushes",
    async run({ store }) {
      const calls = Array.from({ length: 30 }, (_, i) => {
        const request = { ...(i % 3 ? { id: "e" } : {}), idempotencyKey: "k", input: 1, jobs: [{ queue: "q" }] };
        return i % 2 ? store.executions.start(request) : store.transaction((tx) => tx.executions.start(request));
      });
      const started = await Promise.all(calls);
      const created = started.filter(({ outcome }) => outcome === "created");
      assert.equal(created.length, 1);
      assert.deepEqual(await counts(store), [1, 1]);
      assert.equal(await store.jobs.get(created[0]?.jobs[0]?.id ?? "").then((job) => job?.status), "ready");
      assert.equal(started.flatMap(({ jobs }) => jobs).length, 1);
    },
  },
  {
    name: "each of concurrent starts gets its own execution and jobs, whatever becomes of the others",
    async run({ store }) {
      await store.executions.create({ idempotencyKey: "known" });
      const jobsOf = (i: number): { queue: string; payload: string }[] =>
        Array.from({ length: 1 + (i % 3) }, (_, at) => ({ queue: "q", payload: `${i}/${at}` }));
      const calls = Array.from({ length: 24 }, (_, i) => {
        if (i % 8 === 3) return store.executions.start({ jobs: [{ queue: "q", after: ["none"] }] });
        if (i % 8 === 6) return store.executions.start({ idempotencyKey: "known", jobs: jobsOf(i) });
        return store.executions.start({
          id: `e${i}`,
          ...(i % 2 ? { idempotencyKey: `key ${i}` } : {}),
          jobs: jobsOf(i),
        });
      });
      for (const [i, settled] of (await Promise.allSettled(calls)).entries()) {
        if (i % 8 === 3) {
          assert.equal(settled.status === "rejected" && (settled.reason as { code: string }).code, "not_found");
          continue;
        }
        assert.ok(settled.status === "fulfilled", String(i));
        const { outcome, execution, jobs } = settled.value;
        if (i % 8 === 6) {
          assert.deepEqual([outcome, jobs], ["replayed", []]);
          continue;
        }
        assert.deepEqual([outcome, execution.id], ["created", `e${i}`]);
        const stored = await Promise.all(jobs.map(({ id }) => store.jobs.require(id)));
        assert.deepEqual(
          stored.map(({ executionId, payload }) => [executionId, payload]),
          jobsOf(i).map(({ payload }) => [`e${i}`, payload]),
        );
      }
      const pushed = Array.from({ length: 24 }, (_, i) => (i % 8 === 3 || i % 8 === 6 ? 0 : jobsOf(i).length));
      assert.deepEqual(await counts(store), [19, pushed.reduce((sum, count) => sum + count)]);
    },
  },
  {
    name: "jobs of concurrent starts are claimed in the order of the calls, whatever the executions are called",
    async run({ store: { executions, jobs } }) {
      for (const queue of ["plain", "keyed"]) {
        // As text, the eleventh name comes before the third.
        const calls = Array.from({ length: 12 }, (_, i) => {
          const id = `${queue}-${i}`;
          return executions.start({
            id,
            idempotencyKey: queue === "keyed" ? id : null,
            jobs: [{ queue }, { id, queue }],
          });
        });
        const started = await Promise.all(calls);
        for (const { id } of started.flatMap((start) => start.jobs)) {
          const claimed = await jobs.claim({ queues: [queue], limit: 1 });
          assert.deepEqual(
            claimed.map((job) => job.id),
            [id],
          );
        }
      }
    },
  },
  {
    name: "the jobs of a start are jobs like others: with keys, groups, limits, requirements and an order",
    async run({ store }) {
      const { executions, jobs, queues } = store;
      await queues.configure("q", { concurrencyPerGroup: 1 });
      await jobs.push({ id: "held", queue: "q", uniqueKey: "u" });
      for (const [id, key] of [
        ["e", {}],
        ["f", { idempotencyKey: "f" }],
      ] as const) {
        const started = await executions.start({
          id,
          ...key,
          jobs: [
            { queue: "q", uniqueKey: "u" },
            { queue: "q", id: `${id}1`, group: "g", after: [] },
            { queue: "q", id: `${id}2`, group: "g" },
            { queue: "q", id: `${id}3`, after: [`${id}2`] },
            { queue: "q", id: `${id}4`, requires: ["gpu"] },
            { queue: "q", id: "held" },
          ],
        });
        assert.deepEqual(
          started.jobs.map((job) => [job.id, job.outcome, job.status]),
          [
            ["held", "kept", "ready"],
            [`${id}1`, "created", "ready"],
            [`${id}2`, "created", "ready"],
            [`${id}3`, "created", "blocked"],
            [`${id}4`, "created", "ready"],
            ["held", "kept", "ready"],
          ],
        );
      }
      const claimed = await jobs.claim({ queues: ["q"], limit: 20 });
      assert.deepEqual(claimed.map(({ id }) => id).toSorted(), ["e1", "held"]);
    },
  },
  {
    name: "what is wrong with the jobs of a start is said of the field in its place, and fails no other start",
    async run({ store }) {
      const good = store.executions.start({ id: "good", jobs: [{ queue: "q" }] });
      const wrong: readonly (readonly [string, readonly unknown[]])[] = [
        ["jobs", []],
        ["jobs[0]", ["text"]],
        ["jobs[0].queue", [{}]],
        ["jobs[1].queue", [{ queue: "q" }, { queue: "" }]],
        ["jobs[1].priority", [{ queue: "q" }, { queue: "q", priority: 0.5 }]],
        ["jobs[0].executionId", [{ queue: "q", executionId: "other" }]],
        ["jobs[1].uniqueKey", Array.from({ length: 2 }, () => ({ queue: "q", uniqueKey: "u" }))],
        ["jobs[1]", Array.from({ length: 2 }, () => ({ queue: "q", id: "j" }))],
        ["jobs[0].after", [{ queue: "q", id: "j", after: ["j"] }]],
      ];
      for (const [field, jobs] of wrong) {
        await assert.rejects(store.executions.start({ id: "bad", jobs: jobs as never }), (error) => {
          const { code, message, facts } = error as { code: string; message: string; facts: Record<string, unknown> };
          assert.deepEqual([code, facts["field"], message.startsWith(`${field} `)], ["invalid_input", field, true]);
          return true;
        });
      }
      await assert.rejects(store.executions.start({ id: "bad", status: "x" as never, jobs: [{ queue: "q" }] }), {
        facts: { field: "status" },
      });
      assert.equal((await good).outcome, "created");
      assert.deepEqual(await counts(store), [1, 1]);
    },
  },
  {
    name: "a start tells of its jobs, and one that pushes none does not",
    async run({ store }) {
      const heard = new Set<string | null>();
      const stop = await store.onHint((topic) => heard.add(topic));
      await store.executions.start({ idempotencyKey: "k", jobs: [{ queue: "a" }, { queue: "b" }] });
      assert.ok(heard.has("jobs:a") && heard.has("jobs:b"));
      await store.executions.start({ idempotencyKey: "k", jobs: [{ queue: "never" }] });
      await store.transaction(async (tx) => {
        await tx.executions.start({ jobs: [{ queue: "c" }] });
        assert.ok(!heard.has("jobs:c"));
      });
      assert.ok(heard.has("jobs:c") && !heard.has("jobs:never"));
      await stop();
    },
  },
];
