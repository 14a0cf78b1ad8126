import { expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { processesTimeoutMs } from "../support/waiting.ts";
import { temporaryFolder } from "./support.ts";
import { killWorkers } from "./workers.ts";

// Processes that run startWorker die by `kill -9`, in the middle of their jobs.

describeOnServers("killed workers", (database) => {
  test("lose no job, and leave none done twice", { timeout: processesTimeoutMs }, async () => {
    const { faults, attempts } = await killWorkers(await database.prepared(), 1);
    expect(faults).toEqual([]);
    expect(attempts, "no job was interrupted").toBeGreaterThan(1);
  });
});

test("killed workers lose no job, and leave none done twice (folder)", { timeout: processesTimeoutMs }, async () => {
  const { faults, attempts } = await killWorkers({ folder: temporaryFolder() }, 1);
  expect(faults).toEqual([]);
  expect(attempts, "no job was interrupted").toBeGreaterThan(1);
});
