import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { urlOf } from "../locks/support.ts";
import { databases, describeOnEach } from "../support/databases.ts";

const newest = databases().at(-1)?.name;
const entry = fileURLToPath(new URL("../../bin/holdfast.js", import.meta.url));
const isMissing = !has("tmux");

function has(program: string): boolean {
  try {
    execFileSync(program, ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.runIf(isMissing)("a terminal", () => {
  test.skipIf(process.env["CI"] === undefined)("needs tmux, which is not installed (Debian's package tmux)", () => {
    expect.fail("tmux, which CI must have, is missing.");
  });
});

/** A terminal of tmux, in which a shell runs. */
class TmuxTerminal {
  readonly #socket: string;

  constructor(folder: string, env: Readonly<Record<string, string>>, columns = 100) {
    this.#socket = join(folder, randomBytes(4).toString("hex"));
    const settings = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    // Colors are what some tests look for, and CI has NO_COLOR.
    const shell = ["env", "-u", "NO_COLOR", "PS1=$ ", "sh"];
    const size = ["-x", String(columns), "-y", "40"];
    this.#tmux("-f", "/dev/null", "new-session", "-d", "-s", "main", ...size, ...settings, ...shell);
    onTestFinished(() => {
      this.#tmux("kill-server");
    });
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync("tmux", ["-S", this.#socket, ...args], { encoding: "utf8" });
  }

  /** Runs the command, and says its exit code when it has ended. */
  run(...args: readonly string[]): void {
    const line = [process.execPath, entry, ...args].map((word) => `'${word}'`).join(" ");
    this.#tmux("send-keys", "-t", "main", "-l", `${line}; echo "exit $?"`);
    this.press("Enter");
  }

  press(...keys: readonly string[]): void {
    this.#tmux("send-keys", "-t", "main", ...keys);
  }

  /** What is on the screen, with the sequences that paint it. */
  screen({ paints = false } = {}): string {
    return this.#tmux("capture-pane", "-p", "-J", "-t", "main", ...(paints ? ["-e"] : []));
  }

  async shows(text: RegExp): Promise<void> {
    const until = Date.now() + 120_000;
    while (!text.test(this.screen())) {
      if (Date.now() > until) throw new Error(`The terminal never showed ${text.source}:\n${this.screen()}`);
      await sleep(50);
    }
  }
}

describe.skipIf(isMissing)("in a terminal", () => {
  describeOnEach(
    "the command",
    (database) => {
      const folder = mkdtempSync(join(tmpdir(), "holdfast-terminal-"));
      let url: string;
      let store: Store;
      const terminal = (columns?: number): TmuxTerminal =>
        new TmuxTerminal(folder, { DATABASE_URL: url, TERM: "screen-256color" }, columns);

      beforeAll(async () => {
        url = await urlOf(database);
        store = await openStore({ url });
        await store.jobs.pushMany(Array.from({ length: 30_000 }, (_, i) => ({ id: `job-${i}`, queue: "mail" })));
      });
      afterAll(async () => {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      });

      test("status --watch draws anew until Ctrl-C, and leaves the terminal as it was", async () => {
        const screen = terminal();
        screen.run("status", "--watch", "200ms");
        await screen.shows(/^mail +jobs +10,000\+/m);
        await store.jobs.push({ queue: "drawn" });
        await screen.shows(/^drawn +jobs +1 /m);
        screen.press("C-c");
        await screen.shows(/exit 0$/m);
        expect(screen.screen()).toMatch(/^mail/m);
      });

      test("a question is asked, and Ctrl-C leaves everything as it was", async () => {
        const screen = terminal();
        screen.run("jobs", "cancel", "--queue", "mail");
        await screen.shows(/This will cancel 30,000 jobs of queue mail\. Continue\? \[y\/N\]/);
        screen.press("C-c");
        await screen.shows(/nothing was changed[\s\S]*exit 130$/m);
        expect(await store.queues.counts("mail")).toMatchObject({ ready: 30_000 });
      });

      test("long work shows a bar with rate and time left, and Ctrl-C stops it between two portions", async () => {
        const screen = terminal();
        screen.run("jobs", "cancel", "--queue", "mail");
        await screen.shows(/Continue\?/);
        screen.press("y", "Enter");
        await screen.shows(/\d+% \| \d+\/30000 jobs \| [\d,-]+\/s \| .+ left/);
        screen.press("C-c");
        await screen.shows(/stopped by SIGINT: run the command again to cancel the rest[\s\S]*exit 130$/m);
        const { canceled, ready } = await store.queues.counts("mail");
        expect(canceled).toBeGreaterThan(0);
        expect(ready).toBeGreaterThan(0);
        expect(canceled + ready).toBe(30_000);
        screen.run("jobs", "cancel", "--queue", "mail", "--yes");
        await screen.shows(/canceled [\d,]+ jobs\s+exit 0/);
      });

      test("tables are colored and fit; NO_COLOR and --no-color make them plain", async () => {
        await store.executions.create({ id: "a-run-with-quite-a-long-id", labels: { region: "x".repeat(200) } });
        await store.executions.cancel("a-run-with-quite-a-long-id");
        const screen = terminal(80);
        screen.run("executions", "list");
        await screen.shows(/exit 0$/m);
        const [, row = ""] = /^(a-run.+)$/m.exec(screen.screen()) ?? [];
        expect(row.length).toBeLessThanOrEqual(80);
        expect(screen.screen({ paints: true })).toContain("\u001b[33mcanceled");
        const plain = terminal(80);
        plain.run("executions", "list", "--no-color");
        await plain.shows(/exit 0$/m);
        expect(plain.screen({ paints: true })).not.toContain("\u001b[33mcanceled");
      });
    },
    (name) => name === newest,
  );
});
