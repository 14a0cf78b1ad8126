import { expect, test } from "vitest";
import { countExpiredKv, kvOf, removeExpiredKv } from "../../src/kv/kv.ts";
import { migrate } from "../../src/migrations/runner.ts";
import { testClock } from "../../src/testing/clock.ts";
import { opened, sessionOn, sql } from "../database/support.ts";
import { describeOnEach } from "../support/databases.ts";

describeOnEach("retention of entries", (fresh) => {
  test("removes those that have expired, the longest expired first and so many at most", async () => {
    const database = await opened(await fresh.prepared());
    await migrate(database, "holdfast");
    const session = sessionOn(database);
    const kv = kvOf(session);
    const clock = testClock(database, "holdfast");
    const ttls = { late: 3e6, early: 1e6, middle: 2e6, far: 6e6, ever: undefined };
    await kv.setMany(Object.entries(ttls).map(([key, ttlMs]) => ({ prefix: "p", key, value: null, ttlMs })));
    const stored = async (): Promise<readonly unknown[]> =>
      (await session.run(sql("select key from holdfast.kv_entries order by key"))).map(([key]) => key);
    expect(await session.run(removeExpiredKv({ limit: 10 }))).toEqual({ removed: 0 });
    await clock.advance(3e6 + 1);
    expect(await session.run(countExpiredKv({}))).toEqual({ expired: 3 });
    expect(await session.run(removeExpiredKv({ limit: 2 }))).toEqual({ removed: 2 });
    expect(await stored()).toEqual(["ever", "far", "late"]);
    expect(await session.run(removeExpiredKv({ limit: 2 }))).toEqual({ removed: 1 });
    expect(await session.run(removeExpiredKv({ limit: 2 }))).toEqual({ removed: 0 });
    expect(await session.run(countExpiredKv({}))).toEqual({ expired: 0 });
    expect(await stored()).toEqual(["ever", "far"]);
    await clock.reset();
  });
});
