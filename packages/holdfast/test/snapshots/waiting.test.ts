import { expect, test } from "vitest";
import type { Store } from "../../src/index.ts";
import { rejection } from "../database/support.ts";
import { holding, type Observer, openWithObserver } from "../locks/support.ts";
import { describeOnServers } from "../support/databases.ts";

const payload = Uint8Array.of(1);

describeOnServers("a write of a snapshot that waits for another transaction", (database) => {
  let store: Store;
  let server: Observer;

  openWithObserver(database, (opened) => {
    ({ store, server } = opened);
  });

  test("draws its generation when the id is free, not before", async () => {
    const first = await store.snapshots.write({ persistenceId: "reborn", version: 1n, payload });
    const removal = await holding(store, (tx) => tx.snapshots.remove("reborn"));
    const writing = store.snapshots.write({ persistenceId: "reborn", version: 1n, payload });
    await server.seesWaiting(writing);
    const [other] = await store.snapshots.writeMany([{ persistenceId: "other", version: 1n, payload }]);
    await removal.commit();
    const second = await writing;
    expect(second.outcome).toBe("created");
    expect([first.generation, other?.generation ?? 0, second.generation]).toEqual(
      [first.generation, other?.generation ?? 0, second.generation].sort((a, b) => (a < b ? -1 : 1)),
    );
  });

  test("is compared with the version that is there when it goes on", async () => {
    const writeIn = (version: bigint) =>
      holding(store, (tx) => tx.snapshots.write({ persistenceId: "p", version, payload }));
    const committed = await writeIn(5n);
    const older = store.snapshots.write({ persistenceId: "p", version: 4n, payload });
    await server.seesWaiting(older);
    await committed.commit();
    expect(await rejection(older)).toMatchObject({ code: "conflict", facts: { expected: 4n, actual: 5n } });
    const undone = await writeIn(7n);
    const newer = store.snapshots.write({ persistenceId: "p", version: 6n, payload });
    await server.seesWaiting(newer);
    await undone.rollback();
    expect((await newer).outcome).toBe("replaced");
    const twin = await writeIn(8n);
    const same = store.snapshots.write({ persistenceId: "p", version: 8n, payload });
    await server.seesWaiting(same);
    await twin.commit();
    expect((await same).outcome).toBe("replayed");
  });

  test("holds up no pruning of another id, and lets one of its own follow", async () => {
    for (const persistenceId of ["a", "b"]) {
      for (const version of [1n, 2n]) await store.snapshots.write({ persistenceId, version, payload, keep: "all" });
    }
    const write = await holding(store, (tx) =>
      tx.snapshots.write({ persistenceId: "a", version: 3n, payload, keep: "all" }),
    );
    expect(await store.snapshots.prune("b", { keepLast: 1 })).toBe(1);
    const pruning = store.snapshots.prune("a", { olderThanVersion: 3n });
    await server.seesWaiting(pruning);
    await write.commit();
    expect(await pruning).toBe(1);
    expect((await store.snapshots.versions("a")).items.map(({ version }) => version)).toEqual([3n, 2n]);
  });
});
