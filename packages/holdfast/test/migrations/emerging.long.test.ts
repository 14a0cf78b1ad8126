import { expect, test } from "vitest";
import { opened, urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { seenOfEmerging } from "./emerging.ts";

describeOnServers("a schema that another session makes at this moment", (fresh) => {
  test("never looks like somebody else's", async () => {
    const url = await urlOf(fresh);
    expect(await seenOfEmerging(await opened({ url }), url, 300)).toEqual(["ledger", "no schema"]);
  });
});
