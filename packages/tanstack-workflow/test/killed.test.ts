import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openStore } from "holdfast";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastWorkflowStore } from "../src/index.ts";

const child = join(import.meta.dirname, "child.ts");

/** The lines of a process, which is killed as by `kill -9` once it has said `until`. */
async function run(connection: object, what: string, until?: string): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, ["--import", "tsx", child, JSON.stringify(connection), what], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(process_, "close");
  const lines: string[] = [];
  for await (const line of createInterface({ input: process_.stdout })) {
    lines.push(line);
    if (line === until) process_.kill("SIGKILL");
  }
  await closed;
  return lines;
}

describeOnEach("a run whose process is killed", (database) => {
  test("resumes where it was, and repeats no step that was recorded", async (context) => {
    const options = await database.prepared();
    const folder = mkdtempSync(join(tmpdir(), "holdfast-tanstack-"));
    context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const connection = "url" in options ? options : { folder };
    expect(await run(connection, "start", "paused")).toEqual(["charge", "paused"]);
    expect(await run(connection, "deliver", "ship")).toEqual(["pack", "ship"]);
    expect(await run(connection, "rescue")).toEqual(["ship", "finished"]);
    const store = await openStore(connection);
    context.onTestFinished(() => store.close());
    const ended = await new HoldfastWorkflowStore(store).loadRun("r");
    expect(ended).toMatchObject({ status: "finished", output: { charged: 42, shipped: "\u0000" } });
    expect((await store.executions.require("r")).status).toBe("succeeded");
  });
});
