import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/index.ts";

// An embedded database begins as an image whose tables were vacuumed while they were empty.
test("a new embedded store finds a few tasks among many without reading them all", async () => {
  const store = await openStore({ memory: true });
  onTestFinished(() => store.close());
  await store.executions.create({ id: "e" });
  const parents = Array.from({ length: 300 }, (_, i) => ({ id: `p${i}`, executionId: "e", name: "p" }));
  const children = parents.flatMap(({ id: parentId }) =>
    Array.from({ length: 5 }, (_, k) => ({ executionId: "e", parentId, name: `c${k}` })),
  );
  await store.tasks.saveMany([...parents, ...children]);

  /** How many entries of the indexes of tasks a call reads. */
  const readBy = async (call: () => Promise<unknown>): Promise<number> => {
    const read = async (): Promise<number> => {
      // The counts of a transaction appear after it.
      await store.transaction((tx) => tx.query("select pg_stat_force_next_flush()"));
      const { rows } = await store.transaction((tx) =>
        tx.query<{ read: number }>(
          "select sum(idx_tup_read)::integer as read from pg_stat_user_indexes where relname = 'tasks'",
        ),
      );
      return rows[0]?.read ?? Number.NaN;
    };
    const before = await read();
    await call();
    return (await read()) - before;
  };
  expect(await readBy(() => store.tasks.progress("p7"))).toBeLessThan(50);
  const step = { tasks: [{ name: "q" }], taskStatuses: [{ id: "p9", status: "running" }] } as const;
  expect(await readBy(() => store.executions.transition("e", step))).toBeLessThan(100);
  expect(await readBy(() => store.tasks.saveMany(parents))).toBeLessThan(3 * parents.length);
});
