import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** Trees. */
export const tasksTreeCases: readonly ContractCase[] = [
  {
    name: "a tree comes by depth, then in the order of creation, each task once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const parents = { r: null, b: "r", a: "r", a2: "a", b1: "b", a1: "a", b11: "b1", other: null, o1: "other" };
      const inputs = Object.entries(parents).map(([id, parentId]) => ({ id, executionId: "e", name: id, parentId }));
      await store.tasks.saveMany(inputs);
      const tree = await store.tasks.tree("r");
      const places = tree.nodes.map((node) => `${node.depth} ${node.id}`);
      assert.deepEqual(places, ["0 r", "1 b", "1 a", "2 a2", "2 b1", "2 a1", "3 b11"]);
      assert.deepEqual([tree.isTruncated, tree.next], [false, null]);
      assert.deepEqual(
        (await store.tasks.tree("a")).nodes.map((node) => node.id),
        ["a", "a2", "a1"],
      );
      await assert.rejects(store.tasks.tree("x"), { code: "not_found" });
    },
  },
  {
    name: "a tree that is cut by depth or by limit says so, and goes on where it was cut",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const chain = Array.from({ length: 150 }, (_, i) => ({
        id: `t${i}`,
        executionId: "e",
        name: "n",
        parentId: i === 0 ? null : `t${i - 1}`,
      }));
      await store.tasks.saveMany(chain);
      const bounds = [
        [0, 1, true],
        [100, 101, true],
        [148, 149, true],
        [149, 150, false],
        [1000, 150, false],
      ] as const;
      for (const [depthMax, length, isTruncated] of bounds) {
        const tree = await store.tasks.tree("t0", { depthMax });
        assert.deepEqual([tree.nodes.length, tree.isTruncated, tree.next], [length, isTruncated, null]);
      }
      const depths: number[] = [];
      let after: string | undefined;
      do {
        const page = await store.tasks.tree("t0", { limit: 40, after });
        assert.equal(page.isTruncated, page.next !== null);
        depths.push(...page.nodes.map((node) => node.depth));
        after = page.next ?? undefined;
      } while (after !== undefined);
      assert.deepEqual(
        depths,
        chain.map((_, i) => i),
      );
      let walked = 0;
      for await (const node of store.tasks.walk("t0")) assert.equal(node.id, `t${walked++}`);
      assert.equal(walked, 150);
    },
  },
];
