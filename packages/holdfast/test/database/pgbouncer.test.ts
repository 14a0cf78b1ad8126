import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrations } from "../../src/migrations/migrations.generated.ts";
import { migrate } from "../../src/migrations/runner.ts";
import type { Database } from "../../src/postgres/database.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { describeOnServers } from "../support/databases.ts";
import { missingPgbouncer, type Pgbouncer, startPgbouncer } from "../support/pgbouncer.ts";
import { adding, makeSums, open, opened, rejection, sessionOn, sql, sums, urlOf, value } from "./support.ts";

const missing = missingPgbouncer();

describe.runIf(missing !== undefined)("behind PgBouncer", () => {
  test.skipIf(process.env["CI"] === undefined)(`needs it: ${missing ?? ""}`, () => {
    expect.fail(`PgBouncer, which CI must have, is missing: ${missing ?? ""}.`);
  });
});

describe.skipIf(missing !== undefined)("PgBouncer", () => {
  describeOnServers("in transaction mode before", (fresh) => {
    let bouncer: Pgbouncer;
    let database: Database;
    let session: StoreSession;
    beforeAll(async () => {
      bouncer = await startPgbouncer(await urlOf(fresh));
      database = await open({ url: bouncer.url, pooler: "transaction", poolMax: 12 });
      session = sessionOn(database);
    });
    afterAll(async () => {
      await database.close();
      await bouncer.stop();
    });
    beforeEach(() => makeSums(session));

    test("migrations are applied once, by whoever comes first", async () => {
      const others = await Promise.all(
        Array.from({ length: 4 }, () => opened({ url: bouncer.url, pooler: "transaction" })),
      );
      const applied = await Promise.all(others.map((other) => migrate(other, "bounced")));
      expect(applied.flat().toSorted()).toEqual(migrations.map(({ name }) => name));
    });

    test("statements are not named, and 600 of them over three sessions succeed", async () => {
      const single = sessionOn(database, { coalesce: false });
      expect(database.preparedStatements).toBe(false);
      const results = await Promise.all(
        Array.from({ length: 600 }, (_, i) => single.run(value("select $1::int", String(i)))),
      );
      expect(results).toEqual(Array.from({ length: 600 }, (_, i) => i));
      expect(await session.run(value("select count(*) from pg_prepared_statements"))).toBe(0);
    });

    test("set-based writes and transactions of many callers come out right", async () => {
      const key = (i: number): string => `k${i % 10}`;
      await Promise.all([
        ...Array.from({ length: 200 }, (_, i) => session.write(adding, { key: key(i), amount: "1" })),
        ...Array.from({ length: 50 }, (_, i) =>
          session.transaction(async (tx) => {
            await tx.write(adding, { key: key(i), amount: "1" });
            await tx.transaction((inner) => inner.write(adding, { key: `nested${i}`, amount: "1" }));
          }),
        ),
      ]);
      const all = await sums(session);
      expect(Array.from({ length: 10 }, (_, i) => all[key(i)])).toEqual(Array.from({ length: 10 }, () => 25));
      expect(Object.keys(all)).toHaveLength(60);
    });

    test("a transaction that fails leaves nothing to the next client of its session", async () => {
      const failures = Array.from({ length: 20 }, (_, i) =>
        rejection(session.transaction((tx) => tx.run(sql(`select 1 / ${i % 1}`)))),
      );
      for (const error of await Promise.all(failures)) expect(error).toMatchObject({ code: "invalid_input" });
      expect(await Promise.all(Array.from({ length: 20 }, () => session.run(value("select 1"))))).toEqual(
        Array.from({ length: 20 }, () => 1),
      );
    });

    test("listening is known not to work, by setting or by trying", async () => {
      expect(await database.listen("nothing", { onNotification: () => undefined })).toBeNull();
      const trusting = await opened({
        url: bouncer.url,
        pooler: "none",
        statementTimeoutMs: 0,
        preparedStatements: false,
      });
      expect(await trusting.listen("swallowed", { onNotification: () => undefined })).toBeNull();
    });

    test("a statement that takes too long is given up by this side, and the pool goes on", async () => {
      const hasty = sessionOn(await opened({ url: bouncer.url, pooler: "transaction", statementTimeoutMs: 1000 }));
      const startedAt = performance.now();
      expect(await rejection(hasty.run(value("select pg_sleep(3600)")))).toMatchObject({ code: "unavailable" });
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(await hasty.run(value("select 1"))).toBe(1);
    });
  });
});
