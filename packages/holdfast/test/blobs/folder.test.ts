import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { testContract } from "../support/contract-on.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { expectNothingLeft } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-blobs-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeOnEach(
  "blobs in a folder keep their contract",
  (database) => {
    testContract("blobs", async () => ({
      ...(await database.prepared()),
      schema: "holdfast",
      blobs: { backend: { folder: join(folder, database.name) } },
    }));
  },
  (name) => name !== "postgres-15",
);

describeOnServers("blobs in a folder", (database) => {
  test("that an open transaction has uploaded are never taken for strays", async () => {
    const blobs = { backend: { folder: join(folder, `open-${database.name}`) } };
    await using store = await openStore({ ...(await database.prepared()), blobs });
    await store.blobs.upload("first", "makes the space");
    const uploadAndSweep = (key: string, end: () => void): Promise<void> =>
      store.transaction(async (tx) => {
        await tx.blobs.upload(key, key);
        await expectNothingLeft(store);
        end();
      });
    await uploadAndSweep("committed", () => undefined);
    const failure = new Error("rolled back");
    const failing = uploadAndSweep("rolled back", () => {
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await store.blobs.text("committed")).toBe("committed");
    expect(await store.blobs.sweep({ olderThanMs: 0 })).toMatchObject({ strays: 1, missing: [] });
    await expectNothingLeft(store);
  });
});
