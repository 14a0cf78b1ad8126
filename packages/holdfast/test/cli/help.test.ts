import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { runCommand } from "../replay/command.ts";
import { WORKSPACE } from "../tidy/sources.ts";
import { runInside } from "./inside.ts";

/** The names of subcommands in a help. */
function subcommandsOf(help: string): readonly string[] {
  const [, list = ""] = /\nCommands:\n(.+?)\n\n/s.exec(help) ?? [];
  return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

const helps: (readonly [words: readonly string[], help: string])[] = [];
for (const name of Object.keys(commands)) {
  const { stdout } = await runInside([name, "--help"]);
  helps.push([[name], stdout]);
  for (const sub of subcommandsOf(stdout)) {
    helps.push([[name, sub], (await runInside([name, sub, "--help"])).stdout]);
  }
}

describe("the help", () => {
  test("of every command has an example that begins with it, and says how to name a database", () => {
    expect(helps.length).toBeGreaterThan(50);
    const bare = helps.filter(([words, help]) => !help.includes(`\n  holdfast ${words[0]}`));
    expect(bare.map(([words]) => words.join(" "))).toEqual([]);
    expect(helps.filter(([, help]) => !help.includes("DATABASE_URL")).map(([words]) => words.join(" "))).toEqual([]);
  });

  test("every command is on the page about them", () => {
    const page = readFileSync(join(WORKSPACE, "docs/command-line.md"), "utf8");
    const missing = helps.map(([words]) => words.join(" ")).filter((words) => !page.includes(`\`${words}`));
    expect(missing).toEqual([]);
  });

  test("of the program names every command, without loading any", async () => {
    const { code, stdout } = await runInside(["--help"]);
    expect(code).toBe(0);
    for (const name of Object.keys(commands)) expect(stdout).toContain(`\n  ${name} `);
  });
});

test.for([["nothing"], ["jobs", "nothing"], ["jobs"], ["--nothing"], ["status", "more", "words"], []])(
  "%s is wrong usage",
  async (args) => {
    const ended = await runInside(args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).not.toBe("");
  },
);

describe("completion", () => {
  test("suggests commands, subcommands and the words of options", async () => {
    const suggestions = async (...words: readonly string[]): Promise<string> =>
      (await runCommand(["complete", "--", ...words])).stdout;
    expect(await suggestions("jobs", "re")).toMatch(/^retry\t/m);
    expect(await suggestions("jobs", "list", "--status", "r")).toMatch(/^ready\t?\nrunning/m);
    expect(await suggestions("que")).toMatch(/^queues\t/m);
  });

  test.for(["bash", "zsh", "fish"])("has a script for %s", async (shell) => {
    const ended = await runCommand(["completion", shell]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("complete --");
    if (shell === "bash") execFileSync("bash", ["-n"], { input: ended.stdout });
  });

  test("knows no other shell", async () => {
    expect(await runInside(["completion", "tcsh"])).toMatchObject({ code: 2, stdout: "" });
  });
});

test("a misspelled command is answered with the nearest one", async () => {
  expect((await runInside(["job"])).stderr).toContain("Did you mean");
});
