import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { processesTimeoutMs } from "../support/waiting.ts";
import { type Ended, lastJson, runCommand, startCommand } from "./command.ts";
import { makeRecording, writeRecording } from "./recordings.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-replay-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const layers = [6, 12, 12, 6, 1];
const tasks = 37;
const timeout = processesTimeoutMs;

describe("replay on the embedded database", () => {
  test("runs every task once, in order, and says so", { timeout }, async () => {
    const file = writeRecording(folder, makeRecording({ layers, runtimeInSeconds: 1 }));
    const ended = await runCommand(["replay", file, "--data", join(folder, "once"), "--json"]);
    expect(ended.stderr).not.toContain("Error");
    expect(ended.code).toBe(0);
    expect(lastJson(ended)).toMatchObject({
      status: "succeeded",
      tasks,
      succeeded: tasks,
      attempts: tasks,
      resumed: false,
      dependenciesViolated: 0,
      transitions: 2 * tasks,
    });
  });

  test("killed again and again, goes on, and no succeeded task runs again", { timeout }, async () => {
    const file = writeRecording(folder, makeRecording({ layers, runtimeInSeconds: 0.2 }));
    const data = join(folder, "killed");
    const args = ["replay", file, "--data", data, "--id", "run-1", "--json", "--speed", "1", "--workers", "4"];
    const ended = await killUntilDone(args, 3);
    expect(ended.code).toBe(0);
    expect(lastJson(ended)).toMatchObject({
      executionId: "run-1",
      status: "succeeded",
      succeeded: tasks,
      resumed: true,
      dependenciesViolated: 0,
    });
    await expectEachSucceededOnce(await openStore({ folder: data }), "run-1");
  });

  test("stopped by Ctrl-C, gives back its work and says how to go on", { timeout }, async () => {
    const file = writeRecording(folder, makeRecording({ layers: [4, 4], runtimeInSeconds: 0.4 }));
    const args = ["replay", file, "--data", join(folder, "stopped"), "--id", "run-4", "--json", "--speed", "1"];
    const running = startCommand(args);
    await running.started;
    running.process.kill("SIGINT");
    const stopped = await running.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("--id run-4 goes on with it");
    const ended = await runCommand(args);
    expect(lastJson(ended)).toMatchObject({
      status: "succeeded",
      succeeded: 8,
      resumed: true,
      dependenciesViolated: 0,
    });
  });

  test("a finished execution is only reported", { timeout }, async () => {
    const file = writeRecording(folder, makeRecording({ layers: [2, 1], runtimeInSeconds: 0 }));
    const args = ["replay", file, "--data", join(folder, "twice"), "--id", "run-2", "--json"];
    await runCommand(args);
    const again = await runCommand(args);
    expect(again.code).toBe(0);
    expect(lastJson(again)).toMatchObject({ resumed: true, succeeded: 3, attempts: 3, transitions: 0 });
  });
});

describeOnServers("replay on a server", (database) => {
  test("several processes work on one execution, one of them killed", { timeout }, async () => {
    const options = await database.options();
    const url = "url" in options ? options.url : "";
    const file = writeRecording(folder, makeRecording({ layers, runtimeInSeconds: 0.2 }));
    const args = [
      "replay",
      file,
      "--database",
      url,
      "--schema",
      "joined",
      "--id",
      "run-3",
      "--join",
      "--json",
      "--speed",
      "1",
      "--workers",
      "3",
    ];
    const [first, second, third] = [startCommand(args), startCommand(args), startCommand(args)];
    await Promise.all([first.started, second.started, third.started]);
    second.process.kill("SIGKILL");
    const ended = await Promise.all([first.ended, third.ended]);
    for (const each of ended) {
      expect(each.code).toBe(0);
      expect(lastJson(each)).toMatchObject({ status: "succeeded", succeeded: tasks, dependenciesViolated: 0 });
    }
    await expectEachSucceededOnce(await openStore({ url, schema: "joined" }), "run-3");
  });
});

/** Kills the command `times` times, each a little later in its work than the one before, then lets it end. */
async function killUntilDone(args: readonly string[], times: number): Promise<Ended> {
  for (let i = 1; i <= times; i++) {
    const running = startCommand(args);
    await running.started;
    // Somewhere in the middle of the work, elsewhere each time.
    setTimeout(() => running.process.kill("SIGKILL"), 150 * i);
    const ended = await running.ended;
    expect(ended.signal).toBe("SIGKILL");
  }
  return runCommand(args);
}

async function expectEachSucceededOnce(store: Store, executionId: string): Promise<void> {
  const { items } = await store.history.read(executionId, { limit: 1000 });
  await store.close();
  const succeeded = items
    .filter((entry) => entry.kind === "task-succeeded")
    .map((entry) => (entry.payload as { taskId: string }).taskId);
  expect(succeeded).toHaveLength(tasks);
  expect(new Set(succeeded).size).toBe(tasks);
}
