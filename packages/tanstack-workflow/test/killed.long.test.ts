import { join } from "node:path";
import { openStore } from "holdfast";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { linesOf, sharedConnection } from "../../holdfast/test/support/killed-process.ts";
import { HoldfastWorkflowStore } from "../src/index.ts";

const child = join(import.meta.dirname, "child.ts");

describeOnEach("a run whose process is killed", (database) => {
  test("resumes where it was, and repeats no step that was recorded", async (context) => {
    const connection = await sharedConnection(database);
    expect(await linesOf(child, connection, "a start paused", "paused")).toEqual([
      "claim",
      "charge",
      "reserve",
      "paused",
    ]);
    expect(await linesOf(child, connection, "a deliver ship", "ship")).toEqual(["claim", "pack", "ship"]);
    expect(await linesOf(child, connection, "a resume")).toEqual(["ship", "completed"]);
    const store = await openStore(connection);
    context.onTestFinished(() => store.close());
    const ended = await new HoldfastWorkflowStore(store).loadRun("a");
    expect(ended).toMatchObject({ status: "finished", output: { charged: 42, shipped: "\u0000" } });
    expect((await store.executions.require("a")).status).toBe("succeeded");
    const log = (await store.history.read("a")).items.map(({ kind }) => kind);
    expect(log).toEqual([
      "STEP_FINISHED",
      "STEP_FINISHED",
      "SIGNAL_AWAITED",
      "SIGNAL_RESOLVED",
      "STEP_FINISHED",
      "STEP_FINISHED",
      "RUN_FINISHED",
    ]);
  });

  test("resumes before its first pause, and loses no signal that nobody had begun to handle", async (context) => {
    const connection = await sharedConnection(database);
    expect(await linesOf(child, connection, "b start reserve", "reserve")).toEqual(["claim", "charge", "reserve"]);
    expect(await linesOf(child, connection, "b resume")).toEqual(["reserve", "paused"]);
    expect(await linesOf(child, connection, "b deliver claim", "claim")).toEqual(["claim"]);
    expect(await linesOf(child, connection, "b deliver")).toEqual(["duplicate"]);
    expect(await linesOf(child, connection, "b resume")).toEqual(["pack", "ship", "completed"]);
    const store = await openStore(connection);
    context.onTestFinished(() => store.close());
    expect((await store.executions.require("b")).output).toEqual({ charged: 42, shipped: "\u0000" });
  });
});
