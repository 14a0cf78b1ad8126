import { join } from "node:path";
import { openStore } from "holdfast";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { linesOf, sharedConnection } from "../../holdfast/test/support/killed-process.ts";
import { HoldfastWorkflows } from "../src/index.ts";

const child = join(import.meta.dirname, "child.ts");

describeOnEach("a suspended workflow whose process is killed", (database) => {
  test("resumes in another one, without running the first step again", async (context) => {
    const connection = await sharedConnection(database);
    expect(await linesOf(child, connection, "start", "suspended")).toEqual(["first", "second", "suspended"]);
    expect(await linesOf(child, connection, "resume")).toEqual(["second", JSON.stringify({ text: "a\u0000\ud800b" })]);
    const store = await openStore(connection);
    context.onTestFinished(() => store.close());
    const snapshot = await new HoldfastWorkflows(store).loadWorkflowSnapshot({ workflowName: "w", runId: "r" });
    expect(snapshot?.status).toBe("success");
    expect(snapshot?.context["first"]).toMatchObject({ status: "success", output: { text: "a\u0000\ud800" } });
  });
});
