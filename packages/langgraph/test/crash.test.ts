import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";

const child = fileURLToPath(new URL("child.ts", import.meta.url));

/** The lines of a process that runs the graph. It is killed as by `kill -9` once it has said `until`. */
async function run(connection: object, what: "hang" | "resume", until?: string): Promise<readonly string[]> {
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

describeOnEach("a graph whose process is killed in its second step", (database) => {
  test("resumes there, without running the first step again", async (context) => {
    const options = await database.prepared();
    const folder = mkdtempSync(join(tmpdir(), "holdfast-langgraph-"));
    context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const connection = "url" in options ? options : { folder };
    expect(await run(connection, "hang", "ran second")).toEqual(["ran first", "ran second"]);
    expect(await run(connection, "resume")).toEqual(["ran second", "ended first second"]);
  });
});
