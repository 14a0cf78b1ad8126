import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";

const root = join(import.meta.dirname, "../../../..");

// Kills the process in the call that says that a step fails, so that nothing of what follows is done. Standard output is a pipe here, to which
// Node.js writes before the call returns.
const killing = `data:text/javascript,${encodeURIComponent(`
  const { log } = console;
  console.log = (line) => {
    log(line);
    if (line.startsWith("failed")) process.kill(process.pid, "SIGKILL");
  };
`)}`;

/** Runs the engine in a folder until it ends, or is killed when it says that it fails; answers what it said. */
async function runEngine(args: readonly string[], isKilled: boolean): Promise<readonly string[]> {
  const { DATABASE_URL: _, ...env } = process.env;
  const argv = ["--import", "tsx", ...(isKilled ? ["--import", killing] : []), "examples/engine.ts", ...args];
  const engine = spawn(process.execPath, argv, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(engine, "close");
  const lines: string[] = [];
  for await (const line of createInterface({ input: engine.stdout })) lines.push(line);
  expect(await ended).toEqual(isKilled ? [null, "SIGKILL"] : [0, null]);
  return lines;
}

test("the engine of the examples goes on where it was killed: what is recorded is not done again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-engine-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const args = [join(folder, "state"), "order-7", "refund-7", "repair-7"];
  const killed = await runEngine(args, true);
  expect(killed).toEqual(["did price", "did reserve", "failed: Error: The shelf is locked."]);
  const resumed = await runEngine(args, false);
  expect(resumed).toEqual([
    "did reserve",
    'order: {"price":42,"paid":{"by":"ada"},"survey":null,"shipped":"shipped {\\"place\\":7}"}',
    'refund: canceled, {"name":"Canceled","message":"lost on its way"}',
    "repair: failed",
  ]);
});
