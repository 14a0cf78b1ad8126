import { expect, test } from "vitest";
import { runSuite } from "./support/suite.ts";

test("the engine's own suite for Worlds passes on the embedded database, each test of it", async () => {
  expect(await runSuite()).toEqual([12, 12]);
});
