import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { databases, describeOnEach } from "../support/databases.ts";
import { fencesOf } from "./fences.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");
// Inside the project, so that `holdfast` and `tsx` are found as a user's program finds them.
const folder = join(root, ".cache/get-started");
const page = readFileSync(join(root, "docs/guides/get-started.md"), "utf8");
const code = (language: "ts" | "sh" | "text"): readonly string[] =>
  fencesOf("get-started.md", page, language).map((fence) => fence.code);

/** What `npx` runs of this project, instead of the published package. */
const npx = `npx() {
  command=$1; shift
  case $command in
    tsx) node --import tsx "$@" ;;
    holdfast) node "${join(root, "packages/holdfast/bin/holdfast.js")}" "$@" ;;
  esac
}`;

/** Runs a block of the page in the reader's folder; answers what it printed, also where it was killed. */
async function follow(commands: string, url?: string): Promise<string> {
  const { DATABASE_URL: _, ...environment } = process.env;
  const env = url === undefined ? environment : { ...environment, DATABASE_URL: url };
  const { stdout } = await run("sh", ["-c", `${npx}\n${commands}`], { cwd: folder, env }).catch(
    (error: { code?: number; stdout: string }) => {
      // 137 is what a shell makes of SIGKILL.
      if (error.code !== 137) throw error;
      return error;
    },
  );
  return stdout;
}

/** The lines, without those that are repeated: a busy machine may lose a lease of two seconds, and then does a step again. */
function once(lines: string): string {
  return lines.replaceAll(/^(.*\n)\1+/gm, "$1");
}

// One server is enough: what differs between servers is the contract's concern.
const server = databases().at(-1);

describeOnEach(
  "the page to get started",
  (database) => {
    test("does and prints what it says, embedded and on a server", { timeout: 120_000 }, async () => {
      const options = await database.options();
      if (!("url" in options)) throw new Error("This test needs a server.");
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      for (const program of code("ts")) {
        const [, file = ""] = /^\/\/ (\S+\.ts)\n/.exec(program) ?? [];
        writeFileSync(join(folder, file), program);
      }
      const [, crash = "", again = "", , move = ""] = code("sh");
      const [crashed, resumed, stored] = code("text");
      expect(once(await follow(crash))).toBe(crashed);
      expect(once(await follow(again))).toBe(resumed);
      expect(await follow("npx tsx look.ts")).toBe(stored);
      expect(await follow(move, options.url)).toContain(stored);
      // What resumed in the folder has ended on the server, and is not done again.
      expect(await follow(again, options.url)).toBe("succeeded { stepsDone: 3 }\n");
    });
  },
  (name) => name === server?.name,
);
