import { afterAll, beforeAll, expect, test } from "vitest";
import { ArchiveLines } from "../../src/archive/format.ts";
import type { Store } from "../../src/index.ts";
import type { Database } from "../../src/postgres/database.ts";
import { describeOnEach } from "../support/databases.ts";
import { filledTables, fillStore } from "./filling.ts";
import { emptyStore, knownTables, linesOf, openStores } from "./support.ts";

describeOnEach("the export of a whole store", (fresh) => {
  let database: Database;
  let embedded: Database;
  beforeAll(async () => {
    database = await openStores(await fresh.options());
    embedded = fresh.name === "embedded" ? database : await openStores({ memory: true });
  });
  afterAll(async () => {
    for (const each of new Set([database, embedded])) await each.close();
  });

  test("every table is exported, or left out on purpose: run `npm run sql`, or see tools/sql/archive.ts", async () => {
    const store = await emptyStore(database);
    expect((await store.tables()).filter((table) => !knownTables.includes(table))).toEqual([]);
  });

  test("another store restores it exactly, row by row, in another schema, and goes on working with it", async () => {
    const source = await emptyStore(database);
    await fillStore(source.store);
    const before = await source.rows();
    const empty = Object.keys(before).filter((table) => before[table]?.length === 0);
    expect(empty.filter((table) => filledTables.includes(table))).toEqual([]);
    for (const target of [await emptyStore(database), await emptyStore(embedded)]) {
      const { rows } = await target.store.import(source.store.export());
      expect(await target.rows()).toEqual(before);
      expect(rows).toMatchObject({ executions: 5, jobs: 5, schedules: 1, history_entries: 5 });
      await expectToWork(target.store);
    }
    expect(await source.rows()).toEqual(before);
  });

  test("an embedded store moves to this one", async () => {
    const source = await emptyStore(embedded);
    await fillStore(source.store);
    const target = await emptyStore(database);
    await target.store.import(await linesOf(source.store.export()));
    expect(await target.rows()).toEqual(await source.rows());
    expect(await linesOf(target.store.export())).toEqual(await linesOf(source.store.export()));
  });

  test("an archive of another schema is refused by the names of both", async () => {
    const { store } = await emptyStore(database);
    const lines = new ArchiveLines();
    const archive = [lines.header("0001_another", null), lines.row("queues", { name: "q" }), lines.footer()];
    await expect(store.import(archive)).rejects.toMatchObject({ code: "schema", facts: { actual: "0001_another" } });
  });

  test("an empty store is exported and imported too", async () => {
    const [source, target] = [await emptyStore(database), await emptyStore(database)];
    expect((await target.store.import(source.store.export())).rows["executions"]).toBeUndefined();
    await fillStore(target.store);
  });

  test("a store that is not empty is refused, and stays as it is", async () => {
    const [source, target] = [await emptyStore(database), await emptyStore(database)];
    await fillStore(source.store);
    await target.store.jobs.push({ id: "j1", queue: "q" });
    const before = await target.rows();
    await expect(target.store.import(source.store.export())).rejects.toMatchObject({
      code: "conflict",
      facts: { entity: "store", table: "jobs" },
    });
    expect(await target.rows()).toEqual(before);
  });

  test("many rows of every size are read page by page and written batch by batch", async () => {
    const [source, target] = [await emptyStore(database), await emptyStore(database)];
    await source.store.executions.create({ id: "e" });
    const entries = Array.from({ length: 1700 }, (_, i) => ({
      kind: "k",
      payload: i % 900 === 0 ? "x".repeat(2_500_000) : i,
    }));
    await source.store.history.append("e", entries.slice(0, 1000));
    await source.store.history.append("e", entries.slice(1000));
    for (let i = 0; i < 40; i++) {
      await source.store.snapshots.write({
        persistenceId: `p${i}`,
        version: 1n,
        payload: new Uint8Array(10_000).fill(i),
      });
    }
    await target.store.import(source.store.export());
    expect(await target.rows()).toEqual(await source.rows());
  });
});

/** The claims, numbers, ids and cursors of an imported store are as good as they were. */
async function expectToWork(store: Store): Promise<void> {
  const [job] = await store.jobs.claim({ queues: ["q"], limit: 5, leaseMs: 60_000, holder: "new" });
  expect(job).toMatchObject({ id: "j4" });
  expect(await store.schedules.preview("s", 1)).toHaveLength(1);
  const held = await store.jobs.require("j1");
  expect(held).toMatchObject({ status: "running" });
  await store.jobs.cancel("j1");
  expect(await store.jobs.require("j2")).toMatchObject({ status: "canceled" });
  expect(await store.history.append("parent", [{ kind: "next" }], { expectedNext: 3 })).toEqual([3]);
  expect((await store.history.read("fork of fork")).items.map(({ kind }) => kind)).toEqual(["a", "own", "own"]);
  await store.tasks.save({ id: "t9", executionId: "parent", name: "new", type: "composite" });
  await store.correlations.wait({ key: "new", executionId: "parent", step: "s" });
  const { items } = await store.history.readAll();
  expect(items.map(({ kind }) => kind).at(-1)).toBe("next");
  expect(items).toHaveLength(6);
  await store.executions.remove("parent");
  expect((await store.history.read("fork")).items.map(({ kind }) => kind)).toEqual(["a", "own"]);
}
