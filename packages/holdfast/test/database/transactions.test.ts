import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { NotFoundError } from "../../src/core/errors.ts";
import { combinePlans } from "../../src/core/plan.ts";
import type { Database } from "../../src/postgres/database.ts";
import type { Session } from "../../src/session/session.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { describeOnEach } from "../support/databases.ts";
import { add, adding, makeSums, open, rejection, sessionOn, sql, sums, value } from "./support.ts";

describeOnEach("transactions", (fresh) => {
  let database: Database;
  let session: StoreSession;
  beforeAll(async () => {
    database = await open(await fresh.options());
    session = sessionOn(database);
  });
  afterAll(() => database.close());
  beforeEach(() => makeSums(session));

  test("what returns is committed, what throws is not, and the error is the caller's own", async () => {
    expect(await session.transaction((tx) => add(tx, "kept", 1))).toBe(1);
    const own = new NotFoundError("Mine.");
    const undone = session.transaction(async (tx) => {
      await add(tx, "undone", 1);
      throw own;
    });
    expect(await rejection(undone)).toBe(own);
    expect(await sums(session)).toEqual({ kept: 1 });
  });

  test("reads see the transaction's own writes", async () => {
    const seen = await session.transaction(async (tx) => {
      await add(tx, "a", 1);
      return tx.run(value("select sum from sums where key = 'a'"));
    });
    expect(seen).toBe(1);
  });

  test("a plan of several statements is atomic outside a transaction", async () => {
    const plan = combinePlans([
      adding.plan([{ key: "a", amount: "1" }]),
      adding.plan([{ key: "b", amount: "1000000" }]),
    ]);
    expect(await rejection(session.run(plan))).toMatchObject({ code: "invalid_input", facts: { table: "sums" } });
    expect(await sums(session)).toEqual({});
    expect(await session.run(combinePlans([adding.plan([{ key: "a", amount: "1" }]), value("select 7")]))).toEqual([
      [1],
      7,
    ]);
  });

  test("what a nested transaction wrote is undone alone", async () => {
    await session.transaction(async (tx) => {
      await add(tx, "outer", 1);
      const failed = tx.transaction(async (inner) => {
        await add(inner, "inner", 1);
        await add(inner, "inner", 1_000_000);
      });
      expect(await rejection(failed)).toMatchObject({ code: "invalid_input" });
      await add(tx, "outer", 1);
    });
    expect(await sums(session)).toEqual({ outer: 2 });
  });

  test("nested transactions nest three deep", async () => {
    await session.transaction(async (tx) => {
      await tx.transaction(async (one) => {
        await add(one, "one", 1);
        await rejection(
          one.transaction(async (two) => {
            await add(two, "two", 1);
            await two.transaction((three) => add(three, "three", 1));
            throw new Error("undo two and three");
          }),
        );
        await one.transaction((four) => add(four, "four", 1));
      });
    });
    expect(await sums(session)).toEqual({ one: 1, four: 1 });
  });

  test("nested transactions that start together follow each other, and a plan beside them is not undone with them", async () => {
    await session.transaction(async (tx) => {
      const outcomes = await Promise.allSettled([
        tx.transaction(async (inner) => {
          await add(inner, "fails", 1);
          await sleep(5);
          throw new Error("undo");
        }),
        tx.transaction((inner) => add(inner, "works", 1)),
        add(tx, "beside", 1),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    });
    expect(await sums(session)).toEqual({ works: 1, beside: 1 });
  });

  test("the outer handle inside a nested function belongs to the nested one", async () => {
    await session.transaction(async (tx) => {
      const nested = tx.transaction(async () => {
        await add(tx, "inside", 1);
        await tx.transaction((deeper) => add(deeper, "deeper", 1));
        throw new Error("undo both");
      });
      expect(await rejection(nested)).toMatchObject({ message: "undo both" });
    });
    expect(await sums(session)).toEqual({});
  });

  test("plans that nobody waited for are committed too", async () => {
    await session.transaction(async (tx) => {
      void add(tx, "a", 1);
      void tx.transaction(async (inner) => {
        await sleep(5);
        await add(inner, "b", 1);
      });
    });
    expect(await sums(session)).toEqual({ a: 1, b: 1 });
  });

  test("a plan that nobody waited for and that fails fails the transaction", async () => {
    const transaction = session.transaction(async (tx) => {
      await add(tx, "a", 1);
      void add(tx, "b", 1_000_000).catch(() => undefined);
    });
    expect(await rejection(transaction)).toMatchObject({ code: "invalid_input" });
    expect(await sums(session)).toEqual({});
  });

  test("a failure that the caller swallowed makes the commit fail, never succeed in part", async () => {
    const transaction = session.transaction(async (tx) => {
      await add(tx, "a", 1);
      await rejection(add(tx, "b", 1_000_000));
      return "as if nothing had happened";
    });
    expect(await rejection(transaction)).toMatchObject({
      code: "invalid_input",
      facts: { field: "transaction", failed: "invalid_input" },
      message: expect.stringMatching(/^The transaction was rolled back at its commit, for .*"sums_sum_check".* nested/),
    });
    expect(await sums(session)).toEqual({});
  });

  test("a call after a failure that the caller swallowed says what failed first, and how to go on", async () => {
    const calls = async (tx: Session): Promise<readonly unknown[]> => {
      await add(tx, "a", 1);
      const first = await rejection(add(tx, "b", 1_000_000));
      return [first, await rejection(add(tx, "c", 1)), await rejection(tx.transaction((inner) => add(inner, "d", 1)))];
    };
    const later = { code: "invalid_input", retryable: false, facts: { field: "transaction", failed: "invalid_input" } };
    const message = /^The call was not made, for .*"sums_sum_check".* in a nested transaction\.$/;
    const expectAfter = ([first, ...others]: readonly unknown[]): void => {
      for (const error of others) {
        expect(error).toMatchObject({ ...later, cause: first });
        expect((error as Error).message).toMatch(message);
      }
    };
    await rejection(session.transaction(async (tx) => expectAfter(await calls(tx))));
    const outer = await session.transaction(async (tx) => {
      await rejection(tx.transaction(async (inner) => expectAfter(await calls(inner))));
      return add(tx, "a", 5);
    });
    expect(outer).toBe(5);
  });

  test("a rule of the application's own that raises, at once or at COMMIT, is no outage", async () => {
    await session.run(sql("drop table if exists ruled"));
    await session.run(sql("create table ruled (key text)"));
    await session.run(
      sql(`create or replace function refuse() returns trigger language plpgsql as $$
        begin
          if new.key = 'own' then raise 'no % here', repeat('x', 100000) using errcode = 'MY001'; end if;
          raise 'not today';
        end $$`),
    );
    for (const timing of [
      "after insert on ruled for each row",
      "after insert on ruled deferrable initially deferred for each row",
    ]) {
      const kind = timing.includes("deferred") ? "constraint trigger" : "trigger";
      await session.run(sql(`create ${kind} refusing ${timing} execute function refuse()`));
      for (const [key, sqlstate] of [
        ["own", "MY001"],
        ["other", "P0001"],
      ] as const) {
        const insert = sql(`insert into ruled values ('${key}')`);
        for (const error of [
          await rejection(session.run(insert)),
          await rejection(session.transaction((tx) => tx.run(insert))),
        ]) {
          expect(error).toMatchObject({ code: "invalid_input", retryable: false, facts: { sqlstate } });
          expect((error as Error).message.length).toBeLessThan(500);
        }
      }
      await session.run(sql("drop trigger refusing on ruled"));
    }
    await session.run(sql("drop table ruled"));
  });

  test("a COMMIT that fails rejects", async () => {
    await session.run(sql("drop table if exists later"));
    await session.run(sql("create table later (key text references sums deferrable initially deferred)"));
    const commit = session.transaction((tx) => tx.run(sql("insert into later values ('nobody')")));
    expect(await rejection(commit)).toMatchObject({ code: "not_found", facts: { sqlstate: "23503" } });
    expect(await session.run(value("select count(*) from later"))).toBe(0);
    await session.run(sql("drop table later"));
  });

  test("calls after the end are refused, on nested handles too", async () => {
    const handles: Session[] = [];
    await session.transaction(async (tx) => {
      handles.push(tx);
      await tx.transaction(async (inner) => void handles.push(inner));
    });
    for (const ended of handles) {
      expect(await rejection(add(ended, "late", 1))).toMatchObject({ code: "conflict" });
      expect(await rejection(ended.transaction(async () => undefined))).toMatchObject({ code: "conflict" });
    }
    expect(await sums(session)).toEqual({});
  });

  test("hints are sent after the commit only, each once, and none of what was undone", async () => {
    const hints: string[] = [];
    const hinting = sessionOn(database, { onHint: (topic?: string) => void hints.push(topic ?? "") });
    await rejection(
      hinting.transaction(async (tx) => {
        tx.hint("rolled back");
        throw new Error("no");
      }),
    );
    await hinting.transaction(async (tx) => {
      tx.hint("a");
      tx.hint("a");
      await rejection(
        tx.transaction(async (inner) => {
          inner.hint("undone");
          throw new Error("no");
        }),
      );
      await tx.transaction(async (inner) => inner.hint("b"));
      expect(hints).toEqual([]);
    });
    expect(hints).toEqual(["a", "b"]);
  });

  test("what is isolation or read-only is what PostgreSQL says it is", async () => {
    const shown = (options?: Parameters<StoreSession["transaction"]>[1]): Promise<unknown> =>
      session.transaction(
        (tx) =>
          tx.run(
            value("select current_setting('transaction_isolation') || ' ' || current_setting('transaction_read_only')"),
          ),
        options,
      );
    expect(await shown()).toBe("read committed off");
    expect(await shown({ isolation: "serializable" })).toBe("serializable off");
    expect(await shown({ isolation: "repeatable read", readOnly: true })).toBe("repeatable read on");
    const write = session.transaction((tx) => add(tx, "a", 1), { readOnly: true });
    expect(await rejection(write)).toMatchObject({ code: "invalid_input", facts: { field: "readOnly" } });
    const unknown = { isolation: "chaos" as "serializable" };
    expect(await rejection(shown(unknown))).toMatchObject({ code: "invalid_input", facts: { field: "isolation" } });
    expect(await rejection(shown({ retries: -1 }))).toMatchObject({
      code: "invalid_input",
      facts: { field: "retries" },
    });
  });

  test("of many callers each gets its own result, and only the guilty one fails", async () => {
    const calls = Array.from({ length: 300 }, (_, i) => add(session, `k${i % 100}`, i === 217 ? 1_000_000 : 1));
    const outcomes = await Promise.allSettled(calls);
    const failed = outcomes.flatMap((outcome, i) => (outcome.status === "rejected" ? [i] : []));
    expect(failed).toEqual([217]);
    expect(outcomes[17]).toMatchObject({ value: 1 });
    expect(outcomes[117]).toMatchObject({ value: 2 });
    expect(Object.values(await sums(session)).reduce((a, b) => a + b)).toBe(299);
  });

  test("with coalesce: false each call is a statement of its own", async () => {
    const single = sessionOn(database, { coalesce: false });
    const seen = await Promise.all(Array.from({ length: 20 }, () => add(single, "a", 1)));
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test("a batch is written whole or not at all, and an empty one asks nothing", async () => {
    const batch = [
      { key: "a", amount: "1" },
      { key: "b", amount: "1000000" },
    ];
    expect(await rejection(session.writeAll(adding, batch))).toMatchObject({ code: "invalid_input" });
    expect(await sums(session)).toEqual({});
    expect(await session.writeAll(adding, [])).toEqual([]);
  });
});
