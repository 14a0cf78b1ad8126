import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Database } from "../../src/postgres/database.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { withResolvers } from "../support/waiting.ts";
import { add, adding, makeSums, open, rejection, sessionOn, sql, sums, value } from "./support.ts";

describeOnEach("a store on one connection", (fresh) => {
  let database: Database;
  let session: StoreSession;
  beforeAll(async () => {
    const options = await fresh.options();
    database = await open("url" in options ? { ...options, poolMax: 1 } : options);
    session = sessionOn(database);
    await makeSums(session);
  });
  afterAll(() => database.close());

  test.each<readonly [string, () => Promise<unknown>]>([
    ["run", () => session.run(value("select 1"))],
    ["write", () => add(session, "a", 1)],
    ["transaction", () => session.transaction(async () => undefined)],
    ["ping", () => session.ping()],
  ])("refuses its own %s inside its transaction, instead of waiting for ever", async (_, call) => {
    const error = await session.transaction(() => rejection(call()));
    expect(error).toMatchObject({ code: "invalid_input", facts: { field: "transaction" } });
  });

  test("refuses it also while a write of another caller waits for the transaction's end", async () => {
    const { promise: hasBegun, resolve: begin } = withResolvers();
    const transaction = session.transaction(async () => {
      begin();
      await sleep(20);
      return rejection(add(session, "inside", 1));
    });
    await hasBegun;
    const other = add(session, "outside", 1);
    expect(await transaction).toMatchObject({ code: "invalid_input" });
    expect(await other).toBe(1);
  });

  test("takes calls of work that a transaction started and that outlived it", async () => {
    let later: Promise<unknown> | undefined;
    await session.transaction(async () => {
      later = sleep(20).then(() => session.run(value("select 1")));
    });
    expect(await later).toBe(1);
  });
});

describeOnServers("transactions of two sessions", (fresh) => {
  let database: Database;
  let session: StoreSession;
  beforeAll(async () => {
    database = await open(await fresh.options());
    session = sessionOn(database);
  });
  afterAll(() => database.close());
  beforeEach(() => makeSums(session));

  test("a deadlock is run again, and both commit", async () => {
    await session.writeAll(adding, [
      { key: "a", amount: "0" },
      { key: "b", amount: "0" },
    ]);
    const meeting = meetingOf(2);
    const { promise: otherCommitted, resolve: commit } = withResolvers();
    let attempts = 0;
    const crosswise = async (first: string, second: string): Promise<void> => {
      await session.transaction(async (tx) => {
        // Else the transaction that runs again may take its first row back before the other one wakes: they would deadlock again.
        if (++attempts > 2) await otherCommitted;
        await add(tx, first, 1);
        await meeting();
        await add(tx, second, 1);
      });
      commit();
    };
    await Promise.all([crosswise("a", "b"), crosswise("b", "a")]);
    expect(attempts).toBe(3);
    expect(await sums(session)).toEqual({ a: 2, b: 2 });
  });

  test("a serialization failure is run again, and a write skew cannot happen", async () => {
    const meeting = meetingOf(2);
    const { promise: otherCommitted, resolve: commit } = withResolvers();
    let attempts = 0;
    const insertIfNone = async (key: string): Promise<boolean> => {
      const isInserted = await session.transaction(
        async (tx) => {
          if (++attempts > 2) await otherCommitted;
          const count = await tx.run(value("select count(*) from sums"));
          await meeting();
          if (count !== 0) return false;
          await tx.run(sql("insert into sums values ($1, 1)", key));
          return true;
        },
        { isolation: "serializable" },
      );
      commit();
      return isInserted;
    };
    const inserted = await Promise.all([insertIfNone("a"), insertIfNone("b")]);
    expect(inserted.filter(Boolean)).toHaveLength(1);
    // The server refuses one transaction while the other still commits. The third attempt may take its snapshot before
    // that commit is visible, and is then refused too; the fourth begins after it.
    expect([3, 4]).toContain(attempts);
  });

  test("with retries: 0 a serialization failure is the caller's, and says that it may be run again", async () => {
    const meeting = meetingOf(2);
    const increment = (): Promise<unknown> =>
      session.transaction(
        async (tx) => {
          await tx.run(value("select count(*) from sums"));
          await meeting();
          await tx.run(sql("insert into sums values (gen_random_uuid()::text, 1)"));
        },
        { isolation: "serializable", retries: 0 },
      );
    const outcomes = await Promise.allSettled([increment(), increment()]);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    expect(failed?.reason).toMatchObject({ code: "conflict", retryable: true, facts: { sqlstate: "40001" } });
  });

  test("one locked row does not hold up writers of other rows", async () => {
    await add(session, "locked", 0);
    const { promise: isLocked, resolve: lock } = withResolvers();
    const { promise: isDone, resolve: finish } = withResolvers();
    const holder = session.transaction(async (tx) => {
      await add(tx, "locked", 1);
      lock();
      await isDone;
    });
    await isLocked;
    const waiting = add(session, "locked", 1);
    await sleep(5);
    expect(await add(session, "free", 1)).toBe(1);
    finish();
    await holder;
    expect(await waiting).toBe(2);
  });
});

/** A function whose first `size` callers wait for each other; later ones pass. */
function meetingOf(size: number): () => Promise<void> {
  const { promise, resolve } = withResolvers();
  let arrived = 0;
  return () => {
    arrived++;
    if (arrived === size) resolve();
    return promise;
  };
}
