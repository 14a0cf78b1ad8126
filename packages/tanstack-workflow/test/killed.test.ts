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
    expect(await linesOf(child, connection, "start", "paused")).toEqual(["charge", "paused"]);
    expect(await linesOf(child, connection, "deliver", "ship")).toEqual(["pack", "ship"]);
    expect(await linesOf(child, connection, "rescue")).toEqual(["ship", "finished"]);
    const store = await openStore(connection);
    context.onTestFinished(() => store.close());
    const ended = await new HoldfastWorkflowStore(store).loadRun("r");
    expect(ended).toMatchObject({ status: "finished", output: { charged: 42, shipped: "\u0000" } });
    expect((await store.executions.require("r")).status).toBe("succeeded");
  });
});
