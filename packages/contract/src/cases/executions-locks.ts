import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** How executions are locked. */
export const executionsLockCases: readonly ContractCase[] = [
  {
    name: "a lock gives the execution as it is, in every mode",
    async run({ store }) {
      await store.executions.create({ id: "e", state: 1 });
      const read = await store.executions.require("e");
      await store.transaction(async (tx) => {
        for (const mode of ["wait", "nowait", "skip_locked"] as const) {
          assert.deepEqual(await tx.executions.lock("e", { mode }), read);
        }
        assert.deepEqual(await tx.executions.lock("e"), read);
      });
    },
  },
  {
    name: "a lock outside a transaction is refused",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await assert.rejects(store.executions.lock("e"), { code: "invalid_input" });
      await assert.rejects(
        store.transaction((tx) => tx.executions.lock("e", { mode: "soon" as "wait" })),
        { code: "invalid_input" },
      );
    },
  },
  {
    name: "a lock of what does not exist is an error, in every mode",
    async run({ store }) {
      for (const mode of ["wait", "nowait", "skip_locked"] as const) {
        await assert.rejects(
          store.transaction((tx) => tx.executions.lock("none", { mode })),
          { code: "not_found" },
        );
      }
    },
  },
  {
    name: "what is read under a lock and written back loses no other's write",
    async run({ store }) {
      await store.executions.create({ id: "e", state: 0 });
      const addOne = store.transaction.bind(store, async (tx) => {
        const { state } = await tx.executions.lock("e", { mode: "wait" });
        await tx.executions.save({ id: "e", state: Number(state) + 1 });
      });
      await Promise.all(Array.from({ length: 15 }, () => addOne()));
      assert.equal((await store.executions.require("e")).state, 15);
    },
  },
];
