import { expect, test } from "vitest";
import { ConflictError, openStore, type Store } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, Observer } from "./support.ts";

const many = ["lower", "Upper"].map((id) => ({ id }));
const writes: readonly [string, (store: Store) => Promise<unknown>, unknown][] = [
  ["saves", async ({ executions }) => (await executions.saveMany(many)).map(({ version }) => version), [2, 2]],
  [
    "additions to counters",
    ({ executions }) => Promise.all(many.map(({ id }) => executions.addUsage(id, { tokens: 1 }))),
    [{ tokens: 1 }, { tokens: 1 }],
  ],
];

describeOnServers("the order of locks", (database) => {
  test.each(writes)(
    "of %s is that of the bytes of executions' ids, whatever the database's collation",
    async (_, write, outcome) => {
      const store = await openStore(await database.options());
      const server = await Observer.on(database);
      await store.executions.saveMany(many);
      const held = await holding(store, (tx) => tx.executions.lock("lower"));
      const writing = write(store);
      await server.seesWaiting(writing);
      const locking = store.transaction((tx) => tx.executions.lock("Upper", { mode: "nowait" }));
      await expect(locking).rejects.toThrow(ConflictError);
      await held.commit();
      expect(await writing).toEqual(outcome);
      await server.close();
      await store.close();
    },
  );
});
