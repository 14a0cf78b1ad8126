import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { combinePlans } from "../../src/core/plan.ts";
import type { Database } from "../../src/postgres/database.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { describeOnServers } from "../support/databases.ts";
import { type FaultProxy, faultProxy, noticed } from "../support/fault-proxy.ts";
import { ownServer } from "../support/own-server.ts";
import { add, adding, makeSums, open, opened, portOf, rejection, sessionOn, sums, urlOf, value } from "./support.ts";

describeOnServers("a network that fails", (fresh) => {
  let proxy: FaultProxy;
  /** Through the proxy. */
  let database: Database;
  let session: StoreSession;
  /** Beside it. */
  let direct: Database;
  let witness: StoreSession;

  beforeAll(async () => {
    proxy = await faultProxy(await portOf(fresh));
    direct = await open(await fresh.options());
    database = await open({ url: await urlOf(fresh, proxy.port), connectTimeoutMs: 1000 });
    session = sessionOn(database);
    witness = sessionOn(direct);
  });
  afterAll(async () => {
    await database.close();
    await direct.close();
    await proxy.close();
  });
  beforeEach(async () => {
    proxy.become("none");
    await makeSums(witness);
  });

  /** A transaction whose COMMIT meets the fault; the network is well again from then on. */
  const committingInto = (fault: "drop replies" | "drop requests", retries?: number) => {
    let attempts = 0;
    const outcome = session.transaction(
      async (tx) => {
        attempts++;
        const sum = await add(tx, "a");
        if (attempts === 1) proxy.breakOnce(fault);
        return sum;
      },
      retries === undefined ? {} : { retries },
    );
    return { outcome, attempts: () => attempts };
  };

  test("a COMMIT whose reply is lost is found committed, and resolves", async () => {
    const { outcome, attempts } = committingInto("drop replies");
    expect(await outcome).toBe(1);
    expect(attempts()).toBe(1);
    expect(await sums(witness)).toEqual({ a: 1 });
  });

  test("a COMMIT that is lost on its way is found rolled back, and the transaction is run again", async () => {
    const { outcome, attempts } = committingInto("drop requests");
    expect(await outcome).toBe(1);
    expect(attempts()).toBe(2);
    expect(await sums(witness)).toEqual({ a: 1 });
  });

  test("without retries the error says that it was rolled back, and that it may be run again", async () => {
    const { outcome } = committingInto("drop requests", 0);
    expect(await rejection(outcome)).toMatchObject({
      code: "unavailable",
      retryable: true,
      facts: { outcome: "rolled back" },
    });
    expect(await sums(witness)).toEqual({});
  });

  test("a session whose COMMIT vanished in silence is ended, so that it holds no locks", async () => {
    // The client notices by its statement timeout; the server would notice by keep-alive, hours later.
    const url = await urlOf(fresh, proxy.port);
    const hasty = sessionOn(
      await opened({ url, pooler: "transaction", statementTimeoutMs: 1000, connectTimeoutMs: 1000 }),
    );
    let isFirst = true;
    const outcome = hasty.transaction(async (tx) => {
      await add(tx, "a");
      if (isFirst) {
        proxy.become("black hole");
        setTimeout(() => proxy.become("none"), 1200);
      }
      isFirst = false;
    });
    await outcome;
    expect(await sums(witness)).toEqual({ a: 1 });
  });

  test("a write whose reply is lost may have taken effect: the error says that the outcome is unknown, and nothing is sent again", async () => {
    await session.ping();
    proxy.become("drop replies");
    const error = await rejection(add(session, "a"));
    proxy.become("none");
    expect(error).toMatchObject({ code: "unavailable", retryable: false, facts: { outcome: "unknown" } });
    await expect.poll(() => sums(witness)).toEqual({ a: 1 });
  });

  test("so does a plan of several statements", async () => {
    await session.ping();
    proxy.become("drop replies");
    const error = await rejection(
      session.run(combinePlans([adding.plan([{ key: "a", amount: "1" }]), value("select 1")])),
    );
    proxy.become("none");
    expect(error).toMatchObject({ code: "unavailable", retryable: false, facts: { outcome: "unknown" } });
    await expect.poll(() => sums(witness)).toEqual({ a: 1 });
  });

  /** A call that ends by its own limit though nothing is heard of the server any more. */
  const intoBlackHole = async (
    call: (limited: ReturnType<StoreSession["with"]>) => Promise<unknown>,
    by: "time" | "signal",
  ) => {
    // What was reset before is noticed at the next use.
    await expect
      .poll(() =>
        session.ping().then(
          () => "well",
          () => "broken",
        ),
      )
      .toBe("well");
    const controller = new AbortController();
    const reason = new Error("the caller has left");
    const limited = session.with(by === "time" ? { timeoutMs: 300 } : { signal: controller.signal });
    const startedAt = performance.now();
    if (by === "signal") setTimeout(() => controller.abort(reason), 300);
    const error = await rejection(call(limited));
    proxy.become("none");
    proxy.reset();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const because = { signal: { cause: reason }, time: { facts: { field: "timeoutMs", timeoutMs: 300 } } };
    return { error, because: because[by] };
  };

  test.each(["time", "signal"] as const)(
    "a write into a black hole ends by its %s, with an unknown outcome",
    async (by) => {
      for (const keys of [["a"], ["a", "b"]]) {
        const { error, because } = await intoBlackHole(async (limited) => {
          proxy.become("black hole");
          const outcomes = await Promise.all(keys.map((key) => rejection(add(limited, key))));
          expect(new Set(outcomes.map((outcome) => String(outcome))).size).toBe(1);
          throw outcomes[0];
        }, by);
        expect(error).toMatchObject({ code: "unavailable", facts: { outcome: "unknown" } });
        expect(error).toMatchObject(because);
      }
    },
  );

  test.each(["time", "signal"] as const)(
    "a COMMIT into a black hole ends by its %s, with an unknown outcome",
    async (by) => {
      const { error, because } = await intoBlackHole(
        (limited) =>
          limited.transaction(async (tx) => {
            await add(tx, "a");
            proxy.become("black hole");
          }),
        by,
      );
      expect(error).toMatchObject({ code: "unavailable", facts: { outcome: "unknown" } });
      expect(error).toMatchObject(because);
    },
  );

  test("a transaction into a black hole ends by its time before its COMMIT, and nothing of it is ever applied", async () => {
    const { error } = await intoBlackHole(
      (limited) =>
        limited.transaction(async (tx) => {
          await add(tx, "a");
          proxy.become("black hole");
          await add(tx, "b");
        }),
      "time",
    );
    expect(error).toMatchObject({ code: "unavailable", facts: { outcome: "rolled back" } });
    await expect.poll(() => sums(witness)).toEqual({});
  });

  test("every caller of a batch whose reply is lost learns so, and its work is done once", async () => {
    await session.ping();
    proxy.become("drop replies");
    const outcomes = await Promise.allSettled(["a", "b", "c"].map((key) => add(session, key)));
    proxy.become("none");
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { facts: { outcome: "unknown" } } });
    await expect.poll(() => sums(witness)).toEqual({ a: 1, b: 1, c: 1 });
  });

  test("a read whose reply is lost may simply be made again", async () => {
    await session.ping();
    proxy.become("drop replies");
    const error = await rejection(session.run(value("select 1")));
    proxy.become("none");
    expect(error).toMatchObject({ code: "unavailable", retryable: true, facts: {} });
  });

  test("a reset in the middle of a transaction rolls it back, and the pool goes on", async () => {
    const error = await rejection(
      session.transaction(async (tx) => {
        await add(tx, "a");
        proxy.reset();
        await sleep(20);
        await add(tx, "a");
      }),
    );
    expect(error).toMatchObject({ code: "unavailable" });
    expect(await session.run(value("select 1"))).toBe(1);
    expect(await sums(witness)).toEqual({});
  });

  test("idle connections that were reset are replaced without an error to anybody", async () => {
    // With the default connect timeout: on a busy machine, ten connections at once may take longer than the second of the others.
    const patient = sessionOn(await opened({ url: await urlOf(fresh, proxy.port) }));
    await Promise.all(Array.from({ length: 10 }, () => patient.run(value("select pg_sleep(0.01)"))));
    proxy.reset();
    await noticed();
    expect(await Promise.all(Array.from({ length: 10 }, () => patient.run(value("select 1"))))).toEqual(
      Array.from({ length: 10 }, () => 1),
    );
  });

  test("a connect that nobody answers ends with the connect timeout", async () => {
    proxy.reset();
    await noticed();
    proxy.become("black hole");
    const startedAt = performance.now();
    expect(await rejection(session.ping())).toMatchObject({ code: "unavailable", retryable: true });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    proxy.become("none");
    await session.ping();
  });
});

describeOnServers("a server that nobody reaches any more", (fresh) => {
  test("a statement into a black hole ends with its timeout, and the connection with it", async () => {
    const proxy = await faultProxy(await portOf(fresh));
    onTestFinished(() => proxy.close());
    const url = await urlOf(fresh, proxy.port);
    const session = sessionOn(await opened({ url, pooler: "transaction", statementTimeoutMs: 1000 }));
    await session.ping();
    proxy.become("black hole");
    const startedAt = performance.now();
    expect(await rejection(session.run(value("select 1")))).toMatchObject({ code: "unavailable", retryable: true });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    proxy.become("none");
    expect(await session.run(value("select 1"))).toBe(1);
  });
});

test("after a crash of the server an id of before it means nothing, and the outcome stays unknown", async (context) => {
  const server = await ownServer(context, { major: 18 });
  const session = sessionOn(await opened({ url: server.url }));
  await makeSums(session);
  let commits = 0;
  let restarting: Promise<void> | undefined;
  const outcome = session.transaction(async (tx) => {
    commits++;
    await add(tx, "a");
    await server.kill();
    // A backend that has not noticed yet would still commit.
    await expect.poll(() => tx.run(value("select 'alive'")).catch(() => "gone")).toBe("gone");
    setTimeout(() => {
      restarting = server.restart();
    }, 100);
  });
  expect(await rejection(outcome)).toMatchObject({
    code: "unavailable",
    retryable: false,
    facts: { outcome: "unknown" },
  });
  expect(commits).toBe(1);
  // How long a store asks for an outcome has an end, whether or not the server is back by then.
  await restarting;
  expect(await sums(session)).toEqual({});
});

test("a server that restarts in good order answers what became of a commit", async (context) => {
  const server = await ownServer(context, { major: 15 });
  const session = sessionOn(await opened({ url: server.url }));
  await makeSums(session);
  let attempts = 0;
  await session.transaction(async (tx) => {
    attempts++;
    await add(tx, "a");
    if (attempts === 1) await server.restart();
  });
  expect(attempts).toBe(2);
  expect(await sums(session)).toEqual({ a: 1 });
});
