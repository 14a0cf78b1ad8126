import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Database } from "../../src/postgres/database.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";
import { add, adding, makeSums, open, opened, rejection, sessionOn, sql, sums, urlOf, value } from "./support.ts";

const reason = new Error("the caller has left");
const abortingIn = (ms: number): AbortSignal => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
};

describeOnEach("an aborted call", (fresh) => {
  let database: Database;
  let session: StoreSession;
  beforeAll(async () => {
    database = await open(await fresh.options());
    session = sessionOn(database);
    await makeSums(session);
  });
  afterAll(() => database.close());

  test("asks nothing when the signal was aborted before", async () => {
    const limited = session.with({ signal: AbortSignal.abort(reason) });
    expect(await rejection(limited.run(sql("select 1 / 0")))).toBe(reason);
    expect(await rejection(limited.write(adding, { key: "never", amount: "1" }))).toBe(reason);
    const work = vi.fn<() => Promise<void>>();
    expect(await rejection(limited.transaction(work))).toBe(reason);
    expect(work).not.toHaveBeenCalled();
    expect(await sums(session)).toEqual({});
  });

  test("is as any other while the signal is not aborted, and leaves no listener on it", async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, "removeEventListener");
    const add = vi.spyOn(signal, "addEventListener");
    const limited = session.with({ signal, timeoutMs: 5000 });
    const plain = session.with({ signal });
    expect(await limited.run(value("select 1"))).toBe(1);
    expect(await plain.run(value("select 2"))).toBe(2);
    expect(await plain.write(adding, { key: "a", amount: "1" })).toBe(1);
    expect(await plain.transaction((tx) => tx.write(adding, { key: "a", amount: "1" }))).toBe(2);
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });

  test("in a transaction undoes it, though the function goes on", async () => {
    const signal = abortingIn(30);
    const transaction = session.with({ signal }).transaction(async (tx) => {
      await tx.write(adding, { key: "undone", amount: "1" });
      await sleep(60);
      await tx.write(adding, { key: "undone", amount: "1" });
    });
    expect(await rejection(transaction)).toBe(reason);
    expect(await sums(session)).not.toHaveProperty("undone");
  });

  test("that waits for its turn leaves without having been sent", async () => {
    const { promise: isDone, resolve: finish } = withResolvers();
    const holders = Array.from({ length: database.connectionsMax }, () => session.transaction(() => isDone));
    await sleep(20);
    const outcomes = await Promise.all([
      rejection(session.with({ signal: abortingIn(20) }).run(value("select 1"))),
      rejection(session.with({ timeoutMs: 20 }).run(value("select 1"))),
    ]);
    finish();
    await Promise.all(holders);
    expect(outcomes[0]).toBe(reason);
    expect(outcomes[1]).toMatchObject({ code: "unavailable", facts: { field: "timeoutMs", timeoutMs: 20 } });
    expect(await session.run(value("select 1"))).toBe(1);
  });

  test("checks its limits", async () => {
    expect(await rejection(session.with({ timeoutMs: 0 }).run(value("select 1")))).toMatchObject({
      code: "invalid_input",
      facts: { field: "timeoutMs" },
    });
  });
});

describeOnServers("an aborted call on a server", (fresh) => {
  let session: StoreSession;
  let database: Database;
  beforeAll(async () => {
    database = await open({ url: await urlOf(fresh), poolMax: 4 });
    session = sessionOn(database);
  });
  afterAll(() => database.close());
  beforeEach(() => makeSums(session));

  const sleepers = async (): Promise<unknown> =>
    session.run(
      value("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"),
    );

  test.each([
    ["a signal", () => ({ signal: abortingIn(100) }), reason],
    ["a time", () => ({ timeoutMs: 100 }), { code: "unavailable", facts: { field: "timeoutMs" } }],
  ] as const)("is ended there by %s, long before it would end", async (_, limits, expected) => {
    const startedAt = performance.now();
    const error = await rejection(session.with(limits()).run(sql("select pg_sleep(3600)")));
    expect(error).toMatchObject(expected);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    // Where the database took longer to end it than the caller waits for that, it ends it all the same.
    await until(async () => (await sleepers()) === 0);
  });

  test("is ended in a transaction too, which holds no lock any more", async () => {
    const transaction = session.with({ signal: abortingIn(100) }).transaction(async (tx) => {
      await tx.write(adding, { key: "a", amount: "1" });
      await tx.run(sql("select pg_sleep(10)"));
    });
    expect(await rejection(transaction)).toBe(reason);
    expect(await session.write(adding, { key: "a", amount: "1" })).toBe(1);
  });

  test("does not harm those who use the pool after it", async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        rejection(session.with({ signal: abortingIn(5 + i) }).run(sql("select pg_sleep(1)"))),
      ),
    );
    const after = await Promise.all(
      Array.from({ length: 40 }, () => session.run(value("select 1 from pg_sleep(0.01)"))),
    );
    expect(after).toEqual(Array.from({ length: 40 }, () => 1));
  });

  test("that waits behind another caller's batch is never sent", async () => {
    const { promise: isLocked, resolve: lock } = withResolvers();
    const { promise: isDone, resolve: finish } = withResolvers();
    await session.write(adding, { key: "a", amount: "0" });
    const holder = session.transaction(async (tx) => {
      await tx.write(adding, { key: "a", amount: "1" });
      lock();
      await isDone;
    });
    await isLocked;
    const first = session.write(adding, { key: "a", amount: "10" });
    await sleep(5);
    const second = session.with({ signal: abortingIn(10) }).write(adding, { key: "a", amount: "100" });
    expect(await rejection(second)).toBe(reason);
    finish();
    await Promise.all([holder, first]);
    expect(await sums(session)).toEqual({ a: 11 });
  });
});

describeOnServers("an aborted write of which nothing may be silent", (fresh) => {
  let session: StoreSession;
  let database: Database;
  beforeAll(async () => {
    database = await open({ url: await urlOf(fresh) });
    session = sessionOn(database);
  });
  afterAll(() => database.close());
  beforeEach(() => makeSums(session));

  /** Holds the row of "held" until the returned function is called. */
  async function holder(): Promise<() => Promise<void>> {
    const { promise: isLocked, resolve: lock } = withResolvers();
    const { promise: isDone, resolve: finish } = withResolvers();
    await add(session, "held", 1);
    const holding = session.transaction(async (tx) => {
      await add(tx, "held", 1);
      lock();
      await isDone;
    });
    await isLocked;
    const letGo = async (): Promise<void> => {
      finish();
      await holding;
    };
    onTestFinished(letGo);
    return letGo;
  }

  test.each([
    ["alone", ["held"]],
    ["in a batch", ["free", "held", "other"]],
  ])("that waits for a row %s is undone, and never applied later", async (_, keys) => {
    const letGo = await holder();
    const limited = session.with({ signal: abortingIn(300) });
    const calls = keys.map((key) => add(key === "held" ? limited : session, key, 10));
    const outcomes = await Promise.allSettled(calls);
    for (const [i, key] of keys.entries()) {
      expect(outcomes[i]).toMatchObject(key === "held" ? { status: "rejected", reason } : { value: 10 });
    }
    await letGo();
    await add(session, "held", 0);
    expect(await sums(session)).toMatchObject({ held: 2 });
  });

  test("that waits for a row says so by its time too, and that nothing of it took effect", async () => {
    const letGo = await holder();
    const outcomes = await Promise.allSettled(
      ["held", "free"].map((key) => add(key === "held" ? session.with({ timeoutMs: 1000 }) : session, key, 10)),
    );
    await letGo();
    expect(outcomes[0]).toMatchObject({
      reason: { code: "unavailable", facts: { field: "timeoutMs", timeoutMs: 1000, outcome: "rolled back" } },
    });
    expect(await sums(session)).toEqual({ free: 10, held: 2 });
  });
});

test("an aborted call ends an endless statement of an embedded database in a folder, which keeps what was committed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-abort-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const session = sessionOn(await opened({ folder }));
  await session.run(sql("create table kept as select 1 as n"));
  const endless = session
    .with({ signal: abortingIn(100) })
    .run(sql("select count(*) from generate_series(1, 100000000000)"));
  expect(await rejection(endless)).toBe(reason);
  expect(await session.run(value("select n from kept"))).toBe(1);
});
