import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { testSchema } from "../../src/testing/index.ts";
import { databases, describeOnEach, type FreshDatabase } from "../support/databases.ts";

const newest = databases().at(-1)?.name;

describeOnEach(
  "the overview",
  (database: FreshDatabase) => {
    test("counts what is there by status, and names the queues, the longest waiting first", async () => {
      await using schema = await testSchema({ ...(await database.options()), schema: "overview" });
      await using opened = await schema.open();
      const { store, clock } = opened;
      await store.definitions.publish({ name: "order", document: {}, status: "active" });
      await store.executions.create({ id: "run", queue: "runs", definition: { name: "order", version: "active" } });
      await store.executions.saveMany(["a", "b"].map((id) => ({ id, status: "succeeded" })));
      await store.tasks.save({ executionId: "run", name: "charge", status: "running" });
      await store.correlations.wait({ executionId: "run", step: "s", key: "k" });
      await store.correlations.deliver({ key: "early", payload: 1 });
      await store.schedules.save({ id: "beat", queue: "mail", everyMs: 3_600_000 });
      await store.timers.schedule({ executionId: "run", step: "remind", afterMs: 1000 });
      await store.timers.schedule({ executionId: "run", step: "give up", afterMs: 3_600_000 });
      await store.jobs.pushMany(Array.from({ length: 20 }, () => ({ queue: "mail" })));
      await store.jobs.pushMany([{ queue: "lost" }, { queue: "later", delayMs: 3_600_000 }, { queue: "dead" }]);
      await store.jobs.claim({ queues: ["lost"], limit: 1, leaseMs: 1000 });
      for (const claim of await store.jobs.claim({ queues: ["dead"], limit: 1 })) {
        await store.jobs.fail(claim, { final: true });
      }
      await store.queues.pause("mail");
      await clock.advance(60_000);

      const overview = await store.overview();
      expect(overview.counts).toMatchObject({
        executions: { pending: 1, succeeded: 2, failed: 0 },
        tasks: { running: 1 },
        timers: { scheduled: 2 },
        schedules: { active: 1 },
        definitions: { active: 1, retired: 0 },
        waits: { waiting: 1 },
        events: { kept: 1 },
      });
      expect(overview.timers).toMatchObject({ count: 1, overdue: 1, nextAt: expect.any(Date) });
      expect(overview.leases).toMatchObject({ count: 1, overdue: 1, oldestOverdueAt: expect.any(Date) });
      expect(overview.queues.map(({ queue, kind }) => `${queue} ${kind}`)).toEqual([
        "runs execution",
        "mail job",
        "dead job",
        "later job",
        "lost job",
      ]);
      expect(overview.queues[1]).toMatchObject({ ready: 20, pausedAt: expect.any(Date), oldestExpiredAt: null });
      expect(overview.queues[2]).toMatchObject({ dead: 1, ready: 0 });
      expect(overview.queues[3]).toMatchObject({ scheduled: 1, oldestReadyAt: null });
      expect(overview.queues[4]).toMatchObject({ running: 1, expired: 1, oldestExpiredAt: expect.any(Date) });
      expect(overview.server.version).toMatch(/^\d+/);
      const few = await store.overview({ countUpTo: 1, queues: 2 });
      expect(few).toMatchObject({ countUpTo: 1, counts: { executions: { succeeded: 1 } } });
      expect(few.queues).toHaveLength(2);
      expect(few.queues).toMatchObject([{ ready: 1 }, { queue: "mail", ready: 1, oldestReadyAt: expect.any(Date) }]);
      await expect(store.overview({ countUpTo: 0 })).rejects.toThrow("countUpTo must be a whole number from 1");
    });

    test("and the diagnosis find the work that nobody does", async () => {
      await using schema = await testSchema({ ...(await database.options()), schema: "stuck" });
      await using opened = await schema.open();
      const { store, clock } = opened;
      await store.executions.create({ id: "run" });
      await store.timers.schedule({ executionId: "run", step: "remind", afterMs: 1000 });
      await store.schedules.save({ id: "beat", queue: "mail", everyMs: 60_000 });
      await store.jobs.pushMany([{ queue: "lost" }, { queue: "mail" }]);
      await store.jobs.claim({ queues: ["lost"], limit: 1, leaseMs: 1000 });
      await store.queues.pause("mail");
      await clock.advance(3_600_000);
      const { isHealthy, checks } = await store.diagnose();
      const wrong = checks.filter(({ status }) => status === "warn" || status === "fail");
      expect(isHealthy).toBe(false);
      expect(wrong.map(({ name, status }) => `${name} ${status}`)).toEqual(
        expect.arrayContaining(["queues warn", "leases fail", "timers fail", "schedules fail"]),
      );
      expect(wrong.every(({ advice }) => advice !== null)).toBe(true);
    });
  },
  (name) => name === "embedded" || name === newest,
);

test("a database in memory is well", async () => {
  await using store = await openStore({ memory: true });
  const { isHealthy, checks } = await store.diagnose();
  expect(checks.filter(({ status }) => status === "warn" || status === "fail")).toEqual([]);
  expect(isHealthy).toBe(true);
});
