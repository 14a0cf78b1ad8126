import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** How executions change. */
export const executionsWriteCases: readonly ContractCase[] = [
  {
    name: "a save creates or updates, and keeps what it leaves out",
    async run({ store: { executions }, clock }) {
      const first = await executions.save({
        id: "e",
        strategy: "race",
        labels: { a: 1 },
        input: 1,
        state: { n: 1 },
        error: null,
      });
      assert.equal(first.version, 1);
      assert.equal(first.status, "pending");
      await clock.advance(1000);
      const second = await executions.save({ id: "e", status: "running", state: { n: 2 } });
      const read = await executions.require("e");
      assert.deepEqual({ ...second, input: 1, state: { n: 2 }, output: undefined, error: null }, read);
      assert.equal(read.version, 2);
      assert.equal(read.strategy, "race");
      assert.deepEqual(read.labels, { a: 1 });
      assert.deepEqual(read.createdAt, first.createdAt);
      assert.ok(read.updatedAt > first.updatedAt);
      await executions.save({ ...read, labels: {} });
      assert.deepEqual((await executions.require("e")).labels, {});
    },
  },
  {
    name: "many are saved at once, alike or not, and each keeps what it leaves out",
    async run({ store: { executions } }) {
      const given = { status: "running", strategy: "race", labels: { a: 1 } } as const;
      for (const ids of [
        ["a", "b", "c"],
        ["z", "y", "\u{1f600}", "\uff5e"],
      ]) {
        const inputs = ids.map((id, i) => ({ ...given, id, input: i, state: i }));
        await executions.saveMany(inputs);
        // Those of one moment are listed as they were created.
        const listed = (await executions.list()).items.map(({ id }) => id);
        assert.deepEqual(
          listed.filter((id) => ids.includes(id)),
          ids,
        );
        const [first = "", ...others] = ids;
        const changes = [{ id: first, status: "waiting" as const }, ...others.map((id) => ({ id, state: "new" }))];
        for (const saves of [others.map((id) => ({ id, state: "new" })), changes]) {
          const saved = await Promise.all(saves.map((save) => executions.save(save)));
          assert.deepEqual(
            saved.map(({ id }) => id),
            saves.map(({ id }) => id),
          );
        }
        for (const [i, id] of others.entries()) {
          const { version, status, strategy, labels, input, state } = await executions.require(id);
          assert.deepEqual(
            { version, status, strategy, labels, input, state },
            { version: 3, ...given, input: i + 1, state: "new" },
          );
        }
        assert.equal((await executions.require(first)).status, "waiting");
      }
    },
  },
  {
    name: "an expected version that does not fit changes nothing",
    async run({ store: { executions } }) {
      await executions.save({ id: "e", state: 1, expectedVersion: 0 });
      const conflict =
        (actual: number): ((error: unknown) => boolean) =>
        (error) => {
          const { code, facts } = error as { code: string; facts: Record<string, unknown> };
          return code === "conflict" && Number(facts["actual"]) === actual;
        };
      await assert.rejects(executions.save({ id: "e", state: 2, expectedVersion: 0 }), conflict(1));
      await assert.rejects(executions.save({ id: "e", state: 2, expectedVersion: 2 }), conflict(1));
      await assert.rejects(executions.save({ id: "none", expectedVersion: 1 }), conflict(0));
      await assert.rejects(executions.setStatus("e", "running", { expectedVersion: 5 }), conflict(1));
      await assert.rejects(executions.saveMany([{ id: "f" }, { id: "e", expectedVersion: 7 }]), conflict(1));
      assert.equal((await executions.require("e")).state, 1);
      assert.equal(await executions.get("f"), null);
    },
  },
  {
    name: "of concurrent saves that expect one version, one wins",
    async run({ store }) {
      for (const expectedVersion of [0, 1, 2]) {
        const settled = await Promise.allSettled(
          Array.from({ length: 12 }, (_, i) =>
            store.transaction((tx) => tx.executions.save({ id: "e", state: i, expectedVersion })),
          ),
        );
        assert.equal(settled.filter((each) => each.status === "fulfilled").length, 1);
      }
      assert.equal((await store.executions.require("e")).version, 3);
    },
  },
  {
    name: "statuses move forward, and say when they started and ended",
    async run({ store: { executions } }) {
      await executions.create({ id: "e" });
      assert.equal((await executions.require("e")).startedAt, null);
      const running = await executions.setStatus("e", "running");
      assert.ok(running.startedAt);
      assert.equal(running.finishedAt, null);
      await executions.setStatus("e", "waiting");
      const failed = await executions.setStatus("e", "failed", { error: { reason: "x" } });
      assert.deepEqual(failed.startedAt, running.startedAt);
      assert.ok(failed.finishedAt);
      assert.deepEqual((await executions.require("e")).error, { reason: "x" });
      assert.deepEqual((await executions.setStatus("e", "failed")).finishedAt, failed.finishedAt);
      await assert.rejects(executions.setStatus("e", "running"), { code: "conflict" });
      await assert.rejects(executions.save({ id: "e", status: "pending" }), { code: "conflict" });
      await executions.create({ id: "f" });
      const canceled = await executions.setStatus("f", "canceled");
      assert.equal(canceled.startedAt, null);
      assert.ok(canceled.finishedAt);
      await assert.rejects(executions.setStatus("none", "running"), { code: "not_found" });
    },
  },
  {
    name: "a parent is set once",
    async run({ store: { executions } }) {
      await executions.createMany([{ id: "p" }, { id: "q" }, { id: "e", parentId: "p" }]);
      await executions.save({ id: "e", parentId: "p", state: 1 });
      await assert.rejects(executions.save({ id: "e", parentId: "q" }), { code: "invalid_input" });
      await assert.rejects(executions.save({ id: "p", parentId: "e" }), { code: "invalid_input" });
      assert.equal((await executions.require("e")).parentId, "p");
    },
  },
  {
    name: "many are saved together with parents that come before them, and never a cycle",
    async run({ store: { executions } }) {
      const saved = await executions.saveMany([{ id: "p" }, { id: "b", parentId: "p" }, { id: "a", parentId: "b" }]);
      assert.deepEqual(
        saved.map(({ parentId }) => parentId),
        [null, "p", "b"],
      );
      const crosswise = [
        { id: "x", parentId: "y" },
        { id: "y", parentId: "x" },
      ];
      await assert.rejects(executions.saveMany(crosswise), { code: "not_found" });
      await assert.rejects(executions.save({ id: "z", parentId: "z" }), { code: "not_found" });
    },
  },
  {
    name: "many are saved together, answered in the order of the input",
    async run({ store: { executions } }) {
      const ids = ["c", "a", "b", "d"];
      await executions.save({ id: "a", state: 0 });
      const saved = await executions.saveMany(ids.map((id, state) => ({ id, state, status: "running" as const })));
      assert.deepEqual(
        saved.map(({ id, version }) => [id, version]),
        [
          ["c", 1],
          ["a", 2],
          ["b", 1],
          ["d", 1],
        ],
      );
      await assert.rejects(executions.saveMany([{ id: "x" }, { id: "x" }]), { code: "invalid_input" });
    },
  },
  {
    name: "usage that would not be exact any more is refused",
    async run({ store: { executions } }) {
      await executions.create({ id: "e" });
      await executions.addUsage("e", { tokens: Number.MAX_SAFE_INTEGER });
      await assert.rejects(executions.addUsage("e", { calls: 1, tokens: 1 }), {
        code: "invalid_input",
        facts: { field: "usage.tokens" },
      });
      assert.deepEqual((await executions.require("e")).usage, { tokens: Number.MAX_SAFE_INTEGER });
    },
  },
  {
    name: "usage of concurrent callers adds up, and leaves the version",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "e" });
      await Promise.all([
        ...Array.from({ length: 100 }, () => executions.addUsage("e", { tokens: 3, cost: 0.1 })),
        ...Array.from({ length: 10 }, () => store.transaction((tx) => tx.executions.addUsage("e", { tokens: 1 }))),
      ]);
      assert.deepEqual(await executions.addUsage("e", { calls: 1 }), { tokens: 310, cost: 10, calls: 1 });
      assert.deepEqual(await executions.addUsage("e", {}), { tokens: 310, cost: 10, calls: 1 });
      const { usage, version } = await executions.require("e");
      assert.deepEqual(usage, { tokens: 310, cost: 10, calls: 1 });
      assert.equal(version, 1);
      await assert.rejects(executions.addUsage("e", { tokens: -1 }), { code: "invalid_input" });
      await assert.rejects(executions.addUsage("e", { tokens: "1" as unknown as number }), { code: "invalid_input" });
      await assert.rejects(executions.addUsage("none", { tokens: 1 }), { code: "not_found" });
    },
  },
  {
    name: "a removed execution takes everything that is its own along",
    async run({ store: { executions, tasks, components, history } }) {
      await executions.createMany([{ id: "e" }, { id: "child", parentId: "e" }, { id: "other" }]);
      await tasks.save({ id: "t", executionId: "e", name: "t" });
      await components.save({ executionId: "child", component: "c", state: 1 });
      await history.append("e", [{ kind: "k", payload: 1 }]);
      assert.equal(await executions.remove("e"), true);
      assert.equal(await executions.remove("e"), false);
      assert.equal(await executions.get("child"), null);
      assert.equal(await tasks.get("t"), null);
      assert.equal(await components.get("child", "c"), null);
      assert.ok(await executions.get("other"));
    },
  },
];
