import { join } from "node:path";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { linesOf, sharedConnection } from "../../holdfast/test/support/killed-process.ts";

const script = join(import.meta.dirname, "support/shipping-process.ts");

describeOnEach("a workflow whose process is killed in its second step", (database) => {
  test("goes on in the next process, and repeats nothing that was done", { timeout: 300_000 }, async () => {
    const connection = await sharedConnection(database);
    expect(await linesOf(script, connection, "hang", "shipping")).toEqual(["charged", "shipping"]);
    // The engine begins a step while it stores the start, so the killed process may have stored it or not.
    const events =
      /^run_created run_started step_created step_started step_completed step_created (step_started ){1,2}step_completed run_completed$/;
    expect(await linesOf(script, connection, "resume")).toEqual([
      "shipping",
      "ended: shipped for 42",
      expect.stringMatching(events),
    ]);
  });
});
