import { expect, test } from "vitest";
import { addExecutionUsage } from "../../src/executions/change.ts";
import { ConflictError, openStore, type Store } from "../../src/index.ts";
import type { Session } from "../../src/session/session.ts";
import { opened, sessionOn } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, Observer } from "./support.ts";

const many = ["lower", "Upper"].map((id) => ({ id }));
const writes: readonly [string, (store: Store, session: Session) => Promise<unknown>, unknown][] = [
  ["saves", async ({ executions }) => (await executions.saveMany(many)).map(({ version }) => version), [2, 2]],
  [
    "additions to counters",
    // Among callers who travel together, one that need not wait would continue alone. A transaction sends all in one statement.
    (_store, session) =>
      session.transaction((inner) =>
        inner.writeAll(
          addExecutionUsage,
          many.map(({ id }) => ({ id, usage: JSON.stringify({ tokens: 1 }) })),
        ),
      ),
    [{ tokens: 1 }, { tokens: 1 }],
  ],
];

describeOnServers("the order of locks", (database) => {
  test.each(writes)(
    "of %s is that of the bytes of executions' ids, whatever the database's collation",
    async (_, write, outcome) => {
      const store = await openStore(await database.prepared());
      const server = await Observer.on(database);
      await store.executions.saveMany(many);
      const held = await holding(store, (tx) => tx.executions.lock("lower"));
      const writing = write(store, sessionOn(await opened(await database.options())));
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
