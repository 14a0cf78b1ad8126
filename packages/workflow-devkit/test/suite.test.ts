import { expect, test } from "vitest";
import { describeOnServers } from "../../holdfast/test/support/databases.ts";
import { runSuite } from "./support/suite.ts";

describeOnServers("the engine's own suite for Worlds", (database) => {
  test("passes, each test of it", { timeout: 300_000 }, async () => {
    const options = await database.options();
    expect(await runSuite("url" in options ? options.url : undefined)).toEqual([12, 12]);
  });
});
