import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const three = ["0", "1", "2"];

/** How statuses travel up. */
export const tasksPropagationCases: readonly ContractCase[] = [
  {
    name: "a status travels up as far as it changes something",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const parents = { r: null, p: "r", q: "r", p1: "p", p2: "p" };
      await store.tasks.saveMany(
        Object.entries(parents).map(([id, parentId]) => ({ id, executionId: "e", name: id, parentId })),
      );
      const changed = async (start: string): Promise<readonly string[]> =>
        (await store.tasks.propagate(start)).map((task) => `${task.id} ${task.status} ${task.version}`);
      assert.deepEqual(await changed("p"), []);
      await store.tasks.setStatus("p1", "running");
      assert.deepEqual(await changed("p1"), ["p running 2", "r running 2"]);
      assert.deepEqual(await changed("p"), []);
      await store.tasks.setStatus("p1", "succeeded");
      assert.deepEqual(await changed("p1"), []);
      await store.tasks.setStatus("p2", "failed");
      assert.deepEqual(await changed("p"), ["p failed 3"]);
      await store.tasks.setStatus("q", "succeeded");
      assert.deepEqual(await changed("q"), ["r failed 3"]);
      const { startedAt, finishedAt } = await store.tasks.require("r");
      assert.ok(startedAt !== null && finishedAt !== null && finishedAt >= startedAt);
      assert.deepEqual(await changed("q"), []);
      await assert.rejects(store.tasks.propagate("x"), { code: "not_found" });
    },
  },
  {
    name: "a task that waits or is paused stays so until its children end, and a terminal task as it is",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const status of ["waiting", "paused", "canceled"] as const) {
        await store.tasks.save({ id: status, executionId: "e", name: status, status });
        await store.tasks.createChildren(status, [{ id: `${status}-child`, name: "c", status: "running" }]);
        assert.deepEqual(await store.tasks.propagate(status), []);
        await store.tasks.setStatus(`${status}-child`, "succeeded");
        await store.tasks.propagate(status);
        const expected = status === "canceled" ? "canceled" : "succeeded";
        assert.equal((await store.tasks.require(status)).status, expected);
      }
    },
  },
  {
    name: "a parent whose children are all canceled is canceled",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      await store.tasks.createChildren(
        "p",
        three.map((name) => ({ name, status: "canceled" })),
      );
      await store.tasks.propagate("p");
      assert.equal((await store.tasks.require("p")).status, "canceled");
    },
  },
  {
    name: "of children that end at once the last one ends the root",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "r", executionId: "e", name: "r" });
      await store.tasks.createChildren(
        "r",
        three.map((id) => ({ id, name: id })),
      );
      for (const id of three) {
        await store.tasks.createChildren(
          id,
          three.map((name) => ({ id: `${id}.${name}`, name })),
        );
      }
      const leaves = three.flatMap((id) => three.map((name) => `${id}.${name}`));
      const isolations = ["read committed", "repeatable read"] as const;
      const finish = (id: string, i: number): Promise<unknown> =>
        store.transaction(
          async (tx) => {
            await tx.tasks.setStatus(id, "succeeded");
            await tx.tasks.propagate(id);
          },
          { isolation: isolations[i % 2] ?? "read committed", retries: 50 },
        );
      await Promise.all(leaves.map(finish));
      const statuses = (await store.tasks.tree("r")).nodes.map((node) => node.status);
      assert.deepEqual(
        statuses,
        Array.from({ length: 13 }, () => "succeeded"),
      );
    },
  },
  {
    name: "callers who propagate at once share their ancestors, and each is told its own way up",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "r", executionId: "e", name: "r" });
      await store.tasks.createChildren(
        "r",
        three.map((id) => ({ id, name: id })),
      );
      const leaves = three.map((id) => `${id}.0`);
      for (const id of three) await store.tasks.createChildren(id, [{ id: `${id}.0`, name: "0" }]);
      await Promise.all(leaves.map((id) => store.tasks.setStatus(id, "succeeded")));
      const ways = await Promise.all([...leaves, "x"].map((id) => store.tasks.propagate(id).catch(() => null)));
      assert.deepEqual(
        ways.map((way) => way?.[0]?.id),
        [...three, undefined],
      );
      assert.equal(ways[3], null);
      assert.equal((await store.tasks.require("r")).status, "succeeded");
    },
  },
  {
    name: "a deep chain is carried to its root",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const chain = Array.from({ length: 300 }, (_, i) => `t${i}`);
      await store.tasks.saveMany(
        chain.map((id, i) => ({ id, executionId: "e", name: id, parentId: chain[i - 1] ?? null })),
      );
      await store.tasks.setStatus("t299", "timed_out");
      assert.equal((await store.tasks.propagate("t299")).length, 299);
      assert.equal((await store.tasks.require("t0")).status, "timed_out");
    },
  },
];
