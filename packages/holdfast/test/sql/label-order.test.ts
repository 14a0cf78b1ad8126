import { openStore, type Store, type Transaction } from "holdfast";
import type { ExecutionQuery } from "holdfast/executions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../support/databases.ts";

const total = 12_000;

describeOnEach("a list in the order of a label", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    for (let at = 0; at < total; at += 2000) {
      await store.executions.createMany(
        Array.from({ length: 2000 }, (_, i) => {
          const n = at + i;
          return {
            id: `e${String(n).padStart(5, "0")}`,
            labels: { kind: "run", n, held: n < 10, half: n % 2 === 0, long: n === 7 ? "x".repeat(1500) : "short" },
          };
        }),
      );
    }
    await store.transaction((tx) => tx.query("analyze holdfast.executions, holdfast.execution_labels"));
  }, 120_000);
  afterAll(() => store.close());

  /** The ids of a page, and how many rows and entries of indexes reading it took. */
  async function read(query: ExecutionQuery): Promise<{ ids: readonly string[]; rows: number }> {
    return store.transaction(async (tx) => {
      const before = await rowsRead(tx);
      const { items } = await tx.executions.list({ orderBy: { label: "n" }, order: "desc", limit: 5, ...query });
      return { ids: items.map(({ id }) => id), rows: (await rowsRead(tx)) - before };
    });
  }

  test("reads the few with another label, though they come last", async () => {
    const { ids, rows } = await read({ labels: { kind: "run", held: true } });
    expect(ids).toEqual(["e00009", "e00008", "e00007", "e00006", "e00005"]);
    // The counts that choose the driver read 5,001 entries a label at the most.
    expect(rows).toBeLessThan(10_600);
    const alone = await read({ labels: { held: true } });
    expect(alone.ids).toEqual(ids);
    expect(alone.rows).toBeLessThan(5200);
  });

  test("reads only as far as the page reaches, if many have the label", async () => {
    const { ids, rows } = await read({ labels: { half: true } });
    expect(ids).toEqual(["e11998", "e11996", "e11994", "e11992", "e11990"]);
    expect(rows).toBeLessThan(10_100);
  });

  test("reads its own range, if fewer are in it", async () => {
    const { ids, rows } = await read({ labels: { half: true, n: { gte: 100, lt: 104 } } });
    expect(ids).toEqual(["e00102", "e00100"]);
    expect(rows).toBeLessThan(5100);
  });

  test("finds a label that is too long for the index of values", async () => {
    const long = "x".repeat(1500);
    expect((await read({ labels: { kind: "run", long } })).ids).toEqual(["e00007"]);
    expect((await read({ labels: { held: true, long } })).ids).toEqual(["e00007"]);
  });

  test("goes on where the page ended", async () => {
    const ids: string[] = [];
    const query = { orderBy: { label: "n" }, labels: { held: true, kind: "run" }, limit: 3 } as const;
    for await (const { id } of store.executions.iterate(query)) ids.push(id);
    expect(ids).toEqual(Array.from({ length: 10 }, (_, i) => `e0000${i}`));
  });
});

/** The rows and the entries of indexes that a transaction has read of Holdfast's tables. */
async function rowsRead(tx: Transaction): Promise<number> {
  const { rows } = await tx.query(
    `select sum(pg_stat_get_xact_tuples_returned(oid))::int8 as read
     from pg_class where relnamespace = 'holdfast'::regnamespace and relkind in ('r', 'i')`,
  );
  return Number(rows[0]?.["read"]);
}
