import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { scrape } from "./scrape.ts";

const ended = { status: "succeeded", labels: { a: 1 } } as const;

describeOnEach("the end of an execution", (database) => {
  test("counts once, though the execution is written again at the same moment", async () => {
    await using store = await openStore(await database.prepared());
    // The embedded database's clock counts milliseconds, in which several calls fit.
    await store.transaction((tx) =>
      tx.query(`create or replace function holdfast.now() returns timestamptz language sql stable parallel safe
        as 'select timestamptz ''2030-01-01'''`),
    );
    const heard: string[] = [];
    store.on("execution.ended", ({ id }) => heard.push(id));
    for (const id of ["a", "b"]) {
      await store.executions.save({ id, ...ended });
      await store.executions.save({ id, ...ended });
    }
    await store.executions.saveMany(["a", "b", "c"].map((id) => ({ id, ...ended })));
    await Promise.all(["a", "b", "c"].map((id) => store.executions.setStatus(id, "succeeded")));
    await store.executions.setStatus("a", "succeeded");
    await store.executions.transition("a", ended);
    await Promise.all(["a", "b", "c"].map((id) => store.executions.transition(id, ended)));
    await store.executions.transition("a", { end: { status: "succeeded" } });
    expect(heard).toEqual(["a", "b", "c"]);
    const counted = await scrape(store);
    expect(counted.value("holdfast_executions_ended_total", { status: "succeeded" })).toBe(3);
  });
});
