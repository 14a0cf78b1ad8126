import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { WORKSPACE } from "../tidy/sources.ts";

const run = promisify(execFile);

/** The first block of commands on the page about them. */
function commandLines(): string {
  const page = readFileSync(join(WORKSPACE, "docs/command-line.md"), "utf8");
  const [, block] = /^```sh\n(.+?)^```$/ms.exec(page) ?? [];
  if (block === undefined) throw new Error("docs/command-line.md has no block of commands any more.");
  return block;
}

describeOnServers("the page's command lines", (database) => {
  // The only newest server: what is tried is the clone.
  test.runIf(database.name !== "postgres-15")("run as they are in a fresh clone", async () => {
    const options = await database.options();
    const clone = mkdtempSync(join(tmpdir(), "holdfast-clone-"));
    const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], CI: "true", NO_COLOR: "1" };
    const bash = (script: string): ReturnType<typeof run> =>
      run("bash", ["-euo", "pipefail", "-c", script], { cwd: clone, env, maxBuffer: 2 ** 26 });
    try {
      // The last commit, as a user's clone has it.
      await run("git", ["clone", "--quiet", WORKSPACE, clone]);
      await bash("npm ci && npm start");
      const given = commandLines();
      expect(given).toContain("postgres://localhost/app");
      const url = "url" in options ? options.url : "";
      const { stdout } = await bash(given.replaceAll("postgres://localhost/app", `'${url}'`));
      expect(stdout).toContain("every task succeeded once");
      expect(existsSync(join(clone, "store.ndjson"))).toBe(true);
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  });
});
