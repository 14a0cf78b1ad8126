import { expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { temporaryFolder } from "./support.ts";
import { killWorkers } from "./workers.ts";

const kills = Number(process.env["HOLDFAST_CRASH_CYCLES"] ?? 25);

describeOnServers("workers that are killed many times", (database) => {
  test("lose no job, and leave none done twice", async () => {
    expect((await killWorkers(await database.options(), kills)).faults).toEqual([]);
  });
});

test("workers that are killed many times lose no job, and leave none done twice (folder)", async () => {
  expect((await killWorkers({ folder: temporaryFolder() }, kills)).faults).toEqual([]);
});
