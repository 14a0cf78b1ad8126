import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import type { ActorRecord } from "../src/index.ts";

const script = join(import.meta.dirname, "killed-process.ts");
/** Between an event and its snapshot, before and during a promise, before its end counts, and before the end is stored. */
const moments = ["added 2", "cooling", "shipping", "shipped", "done"];

async function run(...args: readonly string[]): Promise<{ readonly signal: unknown; readonly written: string }> {
  const started = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void started.kill("SIGKILL"));
  let written = "";
  started.stdout.on("data", (chunk) => (written += String(chunk)));
  const [, signal] = (await once(started, "close")) as [unknown, unknown];
  return { signal, written };
}

describeOnEach("an actor whose process is killed with kill -9 between its steps", (database) => {
  test("applies each event once, and repeats only effects whose snapshot was not stored", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-xstate-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const given = await database.options();
    const options = JSON.stringify("url" in given ? given : { folder: join(folder, "data") });
    const effects = join(folder, "effects");
    for (const [i, moment] of moments.entries()) {
      expect(await run(options, moment, effects, String(i * 61_000))).toMatchObject({ signal: "SIGKILL" });
    }
    const { written } = await run(options, "never", effects, String(moments.length * 61_000));
    const record = JSON.parse(written) as ActorRecord;
    expect(record).toMatchObject({ status: "succeeded", output: [1, 2], applied: 3 });
    // A line for each process.
    const done = [
      ["added 1", "added 2"],
      ["added 1", "added 2", "cooling"],
      ["added 1", "added 2", "cooling", "shipping"],
      ["shipping", "shipped"],
      ["shipping", "shipped", "done"],
      ["shipping", "shipped", "done"],
    ];
    expect(readFileSync(effects, "utf8").trimEnd().split("\n")).toEqual(done.flat());
  });
});
