import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { testContract } from "../support/contract-on.ts";
import { describeOnEach } from "../support/databases.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-blobs-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeOnEach(
  "blobs in a folder keep their contract",
  (database) => {
    testContract("blobs", async () => ({
      ...(await database.options()),
      schema: "holdfast",
      blobs: { backend: { folder: join(folder, database.name) } },
    }));
  },
  (name) => name !== "postgres-15",
);
