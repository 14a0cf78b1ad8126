import { test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { expectNothingTwice } from "./kills.ts";

describeOnEach("a run whose process is killed with kill -9 wherever it hurts", (database) => {
  test("does nothing twice, before and after each effect and each commit", async () => {
    await expectNothingTwice(database, [
      "answer 0",
      "before order lamp",
      "ordered lamp",
      "before order book",
      "ordered book",
      "answer 1",
      "before the commit of all",
      "paid all",
      "answer 2",
    ]);
  });
});
