import { expect, test } from "vitest";
import { countExpiredBlobs, removeExpiredBlobs } from "../../src/blobs/blobs.ts";
import { openStore } from "../../src/index.ts";
import { opened, sessionOn } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";

describeOnServers("what retention removes of blobs", (database) => {
  test("is what has expired, the longest first, at most the limit", async () => {
    const options = await database.prepared();
    await using store = await openStore(options);
    const session = sessionOn(await opened(options));
    const past = Date.now() - 60_000;
    for (const [i, key] of ["a", "b", "c"].entries()) {
      await store.blobs.upload(key, key, { expiresAt: new Date(past - i) });
    }
    await store.blobs.upload("kept", "x", { ttlMs: 60_000 });
    expect(await session.run(countExpiredBlobs({}))).toEqual({ expired: 3 });
    expect(await session.run(removeExpiredBlobs({ limit: 2 }))).toEqual({ removed: 2 });
    expect(await session.run(countExpiredBlobs({}))).toEqual({ expired: 1 });
    expect(await session.run(removeExpiredBlobs({ limit: 2 }))).toEqual({ removed: 1 });
    expect(await store.blobs.exists("kept")).toBe(true);
  });
});
