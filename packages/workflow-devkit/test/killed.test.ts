import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";

const script = join(import.meta.dirname, "support/shipping-process.ts");

/** The lines of a process that runs the workflow. It is killed as by `kill -9` once it has said `until`. */
async function run(connection: object, what: "hang" | "resume", until?: string): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(connection), what], {
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

describeOnEach("a workflow whose process is killed in its second step", (database) => {
  test("goes on in the next process, and repeats nothing that was done", { timeout: 120_000 }, async (context) => {
    const options = await database.prepared();
    const folder = mkdtempSync(join(tmpdir(), "holdfast-devkit-"));
    context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const connection = "url" in options ? options : { folder };
    expect(await run(connection, "hang", "shipping")).toEqual(["charged", "shipping"]);
    // The engine begins a step while it stores the start, so the killed process may have stored it or not.
    const events =
      /^run_created run_started step_created step_started step_completed step_created (step_started ){1,2}step_completed run_completed$/;
    expect(await run(connection, "resume")).toEqual([
      "shipping",
      "ended: shipped for 42",
      expect.stringMatching(events),
    ]);
  });
});
