import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openStore } from "holdfast";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastWorkflows } from "../src/index.ts";

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

describeOnEach("a suspended workflow whose process is killed", (database) => {
  test("resumes in another one, without running the first step again", async (context) => {
    const options = await database.prepared();
    const folder = mkdtempSync(join(tmpdir(), "holdfast-mastra-"));
    context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const connection = "url" in options ? options : { folder };
    expect(await run(connection, "start", "suspended")).toEqual(["first", "second", "suspended"]);
    expect(await run(connection, "resume")).toEqual(["second", JSON.stringify({ text: "a\u0000\ud800b" })]);
    const store = await openStore(connection);
    context.onTestFinished(() => store.close());
    const snapshot = await new HoldfastWorkflows(store).loadWorkflowSnapshot({ workflowName: "w", runId: "r" });
    expect(snapshot?.status).toBe("success");
    expect(snapshot?.context["first"]).toMatchObject({ status: "success", output: { text: "a\u0000\ud800" } });
  });
});
