import { test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { expectNothingTwice } from "./kills.ts";

describeOnEach("a run whose process is killed with kill -9", (database) => {
  test("calls no tool twice, and tells the model of a call that nobody knows the outcome of", async () => {
    await expectNothingTwice(database, ["ordered book", "before the commit of all"]);
  });
});
