import { expect, test } from "vitest";
import { ConflictError, openStore } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, Observer } from "./support.ts";

describeOnServers("the order of locks", (database) => {
  test("is that of the bytes of executions' ids, whatever the database's collation", async () => {
    const store = await openStore(await database.options());
    const server = await Observer.on(database);
    const many = ["lower", "Upper"].map((id) => ({ id }));
    await store.executions.saveMany(many);
    const held = await holding(store, (tx) => tx.executions.lock("lower"));
    const saving = store.executions.saveMany(many);
    await server.seesWaiting(saving);
    const locking = store.transaction((tx) => tx.executions.lock("Upper", { mode: "nowait" }));
    await expect(locking).rejects.toThrow(ConflictError);
    await held.commit();
    expect((await saving).map(({ version }) => version)).toEqual([2n, 2n]);
    await server.close();
    await store.close();
  });
});
