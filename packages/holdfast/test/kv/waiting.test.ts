import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";

describeOnServers("sets of more than one statement", (database) => {
  test("never wait for each other, in whatever order their entries come", async () => {
    await using store = await openStore(await database.prepared());
    const value = new Uint8Array(9 * 1024 * 1024);
    const inputs = ["a", "b"].map((key) => ({ prefix: "p", key, value }));
    const sets = [inputs, inputs.toReversed()].map((entries) =>
      // Tried once, so that a deadlock is told.
      store.transaction((tx) => tx.kv.setMany(entries), { retries: 0 }),
    );
    const heads = await Promise.all(sets);
    expect(heads.map((set) => set.map(({ key }) => key).join(""))).toEqual(["ab", "ba"]);
  });
});
