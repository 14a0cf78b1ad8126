import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, type TestContext, test } from "vitest";
import { processesTimeoutMs } from "../support/waiting.ts";

const run = promisify(execFile);
const command = join(import.meta.dirname, "../../bin/holdfast.js");

/** Runs a script in a shell that finds `holdfast`, in a home folder of its own. Skips the test where the shell is missing. */
async function runIn(context: TestContext, shell: "fish" | "zsh", script: string): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-completion-"));
  context.onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const found = join(home, "holdfast");
  writeFileSync(found, `#!/bin/sh\nexec '${process.execPath}' '${command}' "$@"\n`);
  chmodSync(found, 0o755);
  writeFileSync(join(home, "script"), script);
  const env = { ...process.env, HOME: home, PATH: `${home}:${process.env["PATH"]}`, TERM: "dumb" };
  try {
    const isolated = shell === "fish" ? "--no-config" : "-f";
    return (await run(shell, [isolated, join(home, "script")], { env, cwd: home })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return context.skip(`${shell} is not installed (Debian's package ${shell}).`);
  }
}

test(
  "fish completes commands and the words of options",
  async (context) => {
    const completed = await runIn(
      context,
      "fish",
      `holdfast completion fish | source
complete -C "holdfast executions tr"
complete -C "holdfast jobs list --status r"
`,
    );
    expect(completed).toMatch(/^tree\t.+\nready\nrunning$/m);
  },
  processesTimeoutMs,
);

test(
  "zsh completes a command at a key",
  async (context) => {
    // A shell with a terminal, in which a key shows the line as it was completed.
    const line = await runIn(
      context,
      "zsh",
      `zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'autoload -Uz compinit; compinit -u; source <(holdfast completion zsh)'
zpty -w inner 'show() { print -r -- "LINE=$BUFFER=" }; zle -N show; bindkey "^X" show; print BEGUN-$((1 + 1))'
zpty -r inner begun '*BEGUN-2*'
zpty -w -n inner $'holdfast executions tr\\t\\x18'
zpty -r inner shown '*LINE=holdfast*='
print -r -- $shown
zpty -d inner
`,
    );
    expect(line).toContain("LINE=holdfast executions tree =");
  },
  processesTimeoutMs,
);
