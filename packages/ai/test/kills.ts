import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished } from "vitest";
import type { FreshDatabase } from "../../holdfast/test/support/databases.ts";
import type { AgentRecord } from "../src/index.ts";

const script = join(import.meta.dirname, "process.ts");
const leaseMs = 30_000;

interface Started {
  readonly worker: ChildProcess;
  readonly lines: readonly string[];
}

function start(options: object, ...args: readonly string[]): Started {
  const worker = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(options), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void worker.kill("SIGKILL"));
  const lines: string[] = [];
  if (worker.stdout) createInterface({ input: worker.stdout }).on("line", (line) => lines.push(line));
  return { worker, lines };
}

/** Kills the process of a run at each of these moments, one after the other, and expects that nothing was done twice. */
export async function expectNothingTwice(database: FreshDatabase, moments: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-ai-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const given = await database.options();
  const options = "url" in given ? given : { folder: join(folder, "data") };
  const effects = join(folder, "effects");
  const aheadAt = (i: number): string => String(i * (leaseMs + 1));
  const said: string[] = [];
  for (const [i, moment] of moments.entries()) {
    const { worker, lines } = start(options, moment, effects, aheadAt(i));
    await expect.poll(() => lines.at(-1), { timeout: 30_000 }).toBe(moment);
    worker.kill("SIGKILL");
    await once(worker, "close");
    said.push(...lines);
  }
  const { worker, lines } = start(options, "never", effects, aheadAt(moments.length));
  await once(worker, "close");
  const ended = lines.at(-1) ?? "";
  const { record, paid } = JSON.parse(ended.replace("ended ", "")) as { record: AgentRecord; paid: unknown };
  expect(record).toMatchObject({ status: "succeeded", output: "Done." });
  expect(paid).toEqual([{ item: "all" }]);
  expect(readFileSync(effects, "utf8")).toBe("ordered lamp\nordered book\n");
  // Only an answer that was under way is repeated.
  const answers = [...said, ...lines].filter((line) => line.startsWith("answer"));
  const each = ["answer 0", "answer 1", "answer 2"];
  expect(answers).toEqual(each.flatMap((answer) => (moments.includes(answer) ? [answer, answer] : [answer])));
  const results = record.messages.flatMap(({ role, content }) => (role === "tool" ? content : []));
  const ordered = (item: string) =>
    moments.includes(`ordered ${item}`)
      ? { type: "error-text", value: expect.stringContaining("may or may not have") }
      : { type: "text", value: `ordered ${item}` };
  expect(results).toMatchObject([
    { toolCallId: "1", output: ordered("lamp") },
    { toolCallId: "2", output: ordered("book") },
    { toolCallId: "3", output: { type: "text", value: "paid all" } },
  ]);
}
