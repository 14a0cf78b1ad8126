import { expect, test } from "vitest";
import { migrate } from "../../src/migrations/runner.ts";
import { countExpiredVersions, removeExpiredVersions, snapshotsOf } from "../../src/snapshots/snapshots.ts";
import { testClock } from "../../src/testing/clock.ts";
import { opened, sessionOn } from "../database/support.ts";
import { describeOnEach } from "../support/databases.ts";

describeOnEach("retention of former versions", (fresh) => {
  test("removes those replaced long ago, oldest first and so many at most, and never a latest one", async () => {
    const database = await opened(await fresh.options());
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
    expect(await session.run(countExpiredVersions(1500))).toBe(4);
    expect(await session.run(removeExpiredVersions(1500, 3))).toBe(3);
    expect((await snapshots.versions("q")).items.map(({ version }) => version)).toEqual([4n, 3n, 2n]);
    expect(await session.run(removeExpiredVersions(1500, 3))).toBe(1);
    expect(await session.run(removeExpiredVersions(1500, 3))).toBe(0);
    expect(await session.run(countExpiredVersions(1500))).toBe(0);
    await clock.advance(1_000_000);
    expect(await session.run(removeExpiredVersions(0, 100))).toBe(2);
    expect((await snapshots.versions("p")).items.map(({ version }) => version)).toEqual([4n]);
    await clock.reset();
  });
});
