import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** When versions may go. */
export const definitionsRemoveCases: readonly ContractCase[] = [
  {
    name: "a version without executions is removed once",
    async run({ store: { definitions } }) {
      await definitions.publish({ name: "n", document: 1 });
      assert.equal(await definitions.remove("n", 1), true);
      assert.equal(await definitions.remove("n", 1), false);
      assert.equal(await definitions.get("n", 1), null);
    },
  },
  {
    name: "a version with executions stays, unless they go with it",
    async run({ store: { definitions, executions, tasks } }) {
      await definitions.publish({ name: "n", document: 1 });
      await definitions.publish({ name: "n", document: 2 });
      await executions.create({ id: "one", definition: { name: "n", version: 1 } });
      await executions.create({ id: "two", definition: { name: "n", version: 2 } });
      await tasks.save({ id: "t", executionId: "one", name: "t" });
      await assert.rejects(definitions.remove("n", 1), {
        code: "conflict",
        facts: { reason: "references", entity: "definition", name: "n", version: 1, executions: 1 },
      });
      const unsaid = { cascade: "false" as unknown as boolean };
      await assert.rejects(definitions.remove("n", 1, unsaid), { code: "invalid_input", facts: { field: "cascade" } });
      assert.equal(await definitions.remove("n", 1, { cascade: true }), true);
      assert.equal(await executions.get("one"), null);
      assert.equal(await tasks.get("t"), null);
      assert.ok(await executions.get("two"));
    },
  },
  {
    name: "an execution never outlives the version that is removed at the same time",
    async run({ store }) {
      for (let round = 0; round < 10; round++) {
        const name = `n${round}`;
        await store.definitions.publish({ name, document: 1 });
        const [removed, created] = await Promise.allSettled([
          store.transaction((tx) => tx.definitions.remove(name, 1)),
          store.transaction((tx) => tx.executions.create({ id: name, definition: { name, version: 1 } })),
        ]);
        assert.ok(removed.status !== created.status);
        assert.equal((await store.definitions.get(name, 1)) !== null, created.status === "fulfilled");
      }
    },
  },
];
