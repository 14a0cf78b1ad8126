import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { LeaseLostError, openStore, startScheduler, type Store } from "../../src/index.ts";
import { tickOf } from "../../src/schedules/index.ts";
import { claimSchedules, requireScheduleClaims } from "../../src/schedules/statements.generated.ts";
import { open, sessionOn, sql, urlOf } from "../database/support.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { until } from "../support/waiting.ts";

describeOnEach("a scheduler", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  beforeEach(async () => {
    for (const { id } of (await store.schedules.list()).items) await store.schedules.remove(id);
  });
  afterAll(() => store.close());

  const jobsOf = async (id: string): Promise<readonly string[]> =>
    (await store.jobs.list({ limit: 1000 })).items.map((job) => job.id).filter((job) => tickOf(job)?.scheduleId === id);

  test("sleeps until the next tick, and pushes its job then", async () => {
    const { nextAt } = await store.schedules.save({ id: "sleeper", queue: "q", everyMs: 1000 });
    const scheduler = await startScheduler(store, { pollMs: 3_600_000 });
    await expect.poll(() => jobsOf("sleeper")).not.toEqual([]);
    await scheduler.stop();
    const [first] = await jobsOf("sleeper");
    const job = await store.jobs.require(first ?? "");
    expect(job.runAt).toEqual(nextAt);
    expect(job.createdAt >= job.runAt).toBe(true);
  });

  test("is woken by a schedule that is made, and by one that goes on", async () => {
    const scheduler = await startScheduler(store, { pollMs: 3_600_000 });
    await sleep(50);
    await store.schedules.save({ id: "made", queue: "q", everyMs: 1000 });
    await expect.poll(() => jobsOf("made")).not.toEqual([]);
    await store.schedules.remove("made");
    await store.schedules.save({ id: "going-on", queue: "q", everyMs: 1000 });
    await store.schedules.pause("going-on");
    await sleep(50);
    await store.schedules.resume("going-on");
    await expect.poll(() => jobsOf("going-on")).not.toEqual([]);
    await scheduler.stop();
  });

  test("pushes nothing once it is stopped, and may be stopped twice", async () => {
    const scheduler = await startScheduler(store);
    await Promise.all([scheduler.stop(), scheduler.stop()]);
    await store.schedules.save({ id: "late", queue: "q", everyMs: 1000 });
    await expect.poll(() => store.schedules.next()).toMatchObject({ inMs: 0 });
    expect(await jobsOf("late")).toEqual([]);
    expect((await store.schedules.pushDue()).pushed).toBeGreaterThan(0);
  });

  test("ends by itself on a closed store, and says so", async () => {
    const own = await openStore({ memory: true });
    const errors: unknown[] = [];
    await startScheduler(own, { pollMs: 10, onError: (error) => errors.push(error) });
    await own.close();
    await expect.poll(() => errors).toHaveLength(1);
  });

  test("refuses options that are wrong", async () => {
    const wrong = [
      ["options", null],
      ["limit", { limit: 0 }],
      ["limit", { limit: 501 }],
      ["pollMs", { pollMs: 9 }],
      ["onError", { onError: 7 }],
      ["pollms", { pollms: 100 }],
    ] as const;
    for (const [field, options] of wrong) {
      await expect(startScheduler(store, options as object)).rejects.toMatchObject({
        code: "invalid_input",
        facts: { field },
      });
    }
  });
});

describeOnServers("a scheduler that cannot tell one schedule's ticks", (database) => {
  test("says which, and goes on with the others", async () => {
    const url = await urlOf(database);
    const store = await openStore({ url });
    await store.schedules.saveMany([
      { id: "strange", queue: "q", cron: "* * * * * *" },
      { id: "plain", queue: "q", everyMs: 1000 },
    ]);
    const client = new pg.Client(url);
    await client.connect();
    await client.query("update holdfast.schedules set time_zone = 'Mars/Olympus' where id = 'strange'");
    await client.end();
    const hintOutcome: (string | null)[] = [];
    const scheduler = await startScheduler(store, { onError: (_, id) => hintOutcome.push(id) });
    await until(async () => hintOutcome.length > 0 && (await store.schedules.require("plain")).pushedCount > 0);
    await scheduler.stop();
    expect(new Set(hintOutcome)).toEqual(new Set(["strange"]));
    await store.close();
  });
});

describeOnServers("a process that claimed a schedule", (database) => {
  test("holds nothing of a later one of its id, whatever becomes of that", async () => {
    const store = await openStore(await database.prepared());
    const own = await open(await database.options());
    const session = sessionOn(own);
    const save = (): Promise<unknown> => store.schedules.save({ id: "s", queue: "q", everyMs: 60_000 });
    await save();
    await session.run(sql("update holdfast.schedules set next_at = created_at, available_at = created_at"));
    const claimed = await session.run(claimSchedules({ limit: 1, leaseMs: 60_000 }));
    const claims = { ids: claimed.map(({ id }) => id), tokens: claimed.map(({ token }) => token) };
    expect(claims.ids).toEqual(["s"]);
    expect(await session.run(requireScheduleClaims(claims))).toEqual([{ id: "s" }]);
    await store.schedules.remove("s");
    const changes = [
      save,
      save,
      () => store.schedules.pause("s"),
      () => store.schedules.resume("s"),
      () => store.schedules.trigger("s"),
    ];
    for (const change of changes) {
      await change();
      await expect(session.run(requireScheduleClaims(claims))).rejects.toBeInstanceOf(LeaseLostError);
    }
    await own.close();
    await store.close();
  });
});
