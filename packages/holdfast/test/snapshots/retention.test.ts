import { expect, test } from "vitest";
import { migrate } from "../../src/migrations/runner.ts";
import {
  countExpiredSnapshotVersions,
  removeExpiredSnapshotVersions,
  snapshotsOf,
} from "../../src/snapshots/snapshots.ts";
import { testClock } from "../../src/testing/clock.ts";
import { opened, sessionOn } from "../database/support.ts";
import { describeOnEach } from "../support/databases.ts";

describeOnEach("retention of former versions", (fresh) => {
  test("removes those replaced long ago, oldest first and so many at most, and never a latest one", async () => {
    const database = await opened(await fresh.prepared());
    await migrate(database, "holdfast");
    const session = sessionOn(database);
    const snapshots = snapshotsOf(session);
    const clock = testClock(database, "holdfast");
    const payload = new Uint8Array(1);
    for (const version of [1n, 2n, 3n, 4n]) {
      for (const persistenceId of ["p", "q"]) await snapshots.write({ persistenceId, version, payload, keep: "all" });
      await clock.advance(1000);
    }
    // The third versions were replaced one second ago, the second two, the first three.
    expect((await session.run(countExpiredSnapshotVersions({ keepMs: 1500 }))).expired).toBe(4);
    expect((await session.run(removeExpiredSnapshotVersions({ keepMs: 1500, limit: 3 }))).removed).toBe(3);
    expect((await snapshots.versions("q")).items.map(({ version }) => version)).toEqual([4n, 3n, 2n]);
    expect((await session.run(removeExpiredSnapshotVersions({ keepMs: 1500, limit: 3 }))).removed).toBe(1);
    expect((await session.run(removeExpiredSnapshotVersions({ keepMs: 1500, limit: 3 }))).removed).toBe(0);
    expect((await session.run(countExpiredSnapshotVersions({ keepMs: 1500 }))).expired).toBe(0);
    await clock.advance(1_000_000);
    expect((await session.run(removeExpiredSnapshotVersions({ keepMs: 0, limit: 100 }))).removed).toBe(2);
    expect((await snapshots.versions("p")).items.map(({ version }) => version)).toEqual([4n]);
    await clock.reset();
  });
});
