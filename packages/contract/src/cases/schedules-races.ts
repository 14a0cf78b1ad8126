import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { jobIds, setClock } from "./schedules-support.ts";

/** What holds when many act on schedules at once, or die in between. */
export const schedulesRaceCases: readonly ContractCase[] = [
  {
    name: "of many that push what is due, one pushes each tick",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      await store.schedules.saveMany(
        Array.from({ length: 30 }, (_, i) => ({ id: `s${String(i).padStart(2, "0")}`, queue: "q", cron: "* * * * *" })),
      );
      let pushed = 0;
      for (let round = 0; round < 3; round++) {
        await clock.advance(60_000);
        const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.schedules.pushDue({ limit: 7 })));
        outcomes.push(await store.schedules.pushDue());
        pushed += outcomes.reduce((sum, outcome) => sum + outcome.pushed, 0);
      }
      assert.equal(pushed, 90);
      assert.equal(new Set(await jobIds(store)).size, 90);
      for (const { pushedCount } of (await store.schedules.list()).items) assert.equal(pushedCount, 3);
    },
  },
  {
    name: "a schedule that is changed, paused or removed meanwhile is left out, and the others of the call are not",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      for (let round = 0; round < 5; round++) {
        const ids = ["a", "b", "c", "d", "e"].map((id) => `${id}${round}`);
        const input = { queue: "q", cron: "* * * * *" };
        await store.schedules.saveMany(ids.map((id) => ({ ...input, id })));
        await clock.advance(60_000);
        const [a, b, c] = ids as [string, string, string];
        await Promise.all([
          store.schedules.pushDue(),
          store.schedules.pause(a),
          store.schedules.remove(b),
          store.schedules.save({ ...input, id: c, payload: "new" }),
          store.schedules.pushDue(),
        ]);
        await store.schedules.pushDue();
        const pushed = (await jobIds(store)).filter((id) => ids.slice(2).some((kept) => id.startsWith(`${kept}@`)));
        // A tick that has come is the same after its rule was saved again.
        assert.equal(pushed.length, 3);
        for (const id of ids) await store.schedules.remove(id);
      }
    },
  },
  {
    name: "jobs asked for at once never overlap where they may not",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      await store.schedules.save({ id: "s", queue: "q", cron: "* * * * *", overlap: "skip" });
      await clock.advance(60_000);
      await Promise.all([
        ...Array.from({ length: 8 }, () => store.schedules.trigger("s")),
        ...Array.from({ length: 4 }, () => store.schedules.pushDue()),
      ]);
      await store.schedules.pushDue();
      assert.equal((await jobIds(store)).length, 1);
      const { pushedCount, skippedCount } = await store.schedules.require("s");
      assert.equal(pushedCount, 1);
      assert.equal(skippedCount, 8);
    },
  },
  {
    name: "of callers that make a schedule at once one makes it, and the others change it",
    async run({ store }) {
      const input = { id: "s", queue: "q", everyMs: 60_000 };
      const saved = await Promise.all(
        Array.from({ length: 8 }, (_, payload) => store.schedules.save({ ...input, payload })),
      );
      assert.deepEqual(
        saved.map((each) => each.version).toSorted((a, b) => a - b),
        [1, 2, 3, 4, 5, 6, 7, 8],
      );
      assert.equal(new Set(saved.map((each) => each.nextAt?.getTime())).size, 1);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, () => store.schedules.save({ ...input, expectedVersion: 8 })),
      );
      assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    },
  },
];
