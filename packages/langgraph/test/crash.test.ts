import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { linesOf, sharedConnection } from "../../holdfast/test/support/killed-process.ts";

const child = fileURLToPath(new URL("child.ts", import.meta.url));

describeOnEach("a graph whose process is killed in its second step", (database) => {
  test("resumes there, without running the first step again", async () => {
    const connection = await sharedConnection(database);
    expect(await linesOf(child, connection, "hang", "ran second")).toEqual(["ran first", "ran second"]);
    expect(await linesOf(child, connection, "resume")).toEqual(["ran second", "ended first second"]);
  });
});
