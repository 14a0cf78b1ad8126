import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { describeOnServers } from "../../holdfast/test/support/databases.ts";
import { storeWithClock } from "../../holdfast/test/support/moved-time.ts";
import { AgentRuns } from "../src/index.ts";

const script = join(import.meta.dirname, "process.ts");

function start(url: string, hangsAt: string): { readonly worker: ChildProcess; readonly lines: readonly string[] } {
  const worker = spawn(process.execPath, ["--import", "tsx", script, url, hangsAt], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void worker.kill("SIGKILL"));
  const lines: string[] = [];
  if (worker.stdout) createInterface({ input: worker.stdout }).on("line", (line) => lines.push(line));
  return { worker, lines };
}

describeOnServers("a run whose process is killed with kill -9", (database) => {
  test("calls no tool twice, and tells the model of a call that nobody knows the outcome of", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const options = await database.options();
    const url = "url" in options ? options.url : "";
    const runs = new AgentRuns(store);
    const id = await runs.start({ queue: "agents", prompt: "Charge both." });

    const said: string[] = [];
    for (const hangsAt of ["charge 2", "answer 2"]) {
      const { worker, lines } = start(url, hangsAt);
      await expect.poll(() => lines.at(-1)).toBe(hangsAt);
      worker.kill("SIGKILL");
      await once(worker, "close");
      said.push(...lines);
      await clock.advance(30_001);
    }
    const { lines } = start(url, "never");
    const ended = await runs.result(id);
    expect(ended).toMatchObject({ status: "succeeded", output: "Both are charged." });
    // The second call was under way when its process died. It is not made again.
    const all = ["answer 0", "charge 1", "answer 1", "charge 2", "answer 2", "answer 2"];
    await expect.poll(() => [...said, ...lines]).toEqual(all);
    const results = ended?.messages.flatMap(({ role, content }) => (role === "tool" ? content : []));
    expect(results).toMatchObject([
      { toolCallId: "first", output: { type: "text", value: "charged 1" } },
      { toolCallId: "second", output: { type: "error-text", value: expect.stringContaining("may or may not have") } },
    ]);
  });
});
