import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";

describeOnServers("retention and forks", (database) => {
  test("an execution that is forked while it is removed leaves to the fork all that it shares", async () => {
    const store = await openStore({ ...(await database.options()), retention: { executions: 0 } });
    const lost: string[] = [];
    let forked = 0;
    for (let round = 0; round < 12; round++) {
      const ids = Array.from({ length: 100 }, (_, i) => `${round}-${String(i).padStart(3, "0")}`);
      await store.executions.saveMany(ids.map((id) => ({ id, status: "running" as const })));
      await Promise.all(ids.map((id) => store.history.append(id, [{ kind: "a" }, { kind: "b" }])));
      await store.executions.saveMany(ids.map((id) => ({ id, status: "succeeded" as const })));
      const removing = store.retain();
      const forks = ids.toReversed().map(async (id) => {
        try {
          await store.transaction((tx) => tx.executions.fork(id, { at: 2, id: `${id}-fork` }));
        } catch {
          return;
        }
        forked++;
        await removing;
        if ((await store.history.read(`${id}-fork`)).items.length !== 2) lost.push(id);
      });
      await Promise.all(forks);
      await removing;
    }
    expect({ lost, forked }).toMatchObject({ lost: [] });
    expect(forked).toBeGreaterThan(0);
    await store.close();
  });
});
