import { execFileSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";

// Debian's names, and those of others.
const programs = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

function findChromium(): string | undefined {
  for (const program of programs) {
    try {
      return execFileSync("/bin/sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
    } catch {
      // The next name may be the right one.
    }
  }
  return undefined;
}

/** The browser of a test file, started at the first call. */
export type OpenBrowser = () => Promise<Browser>;

/**
 * Describes tests in a real Chromium, one for all of them.
 *
 * A machine without Chromium skips one test that names the reason, and fails it where `CI` is set.
 */
export function describeInBrowser(title: string, tests: (browser: OpenBrowser) => void): void {
  // The first test starts the store and the browser too, which takes a while on a busy machine.
  describe(title, { timeout: 240_000 }, () => {
    const executablePath = findChromium();
    if (executablePath === undefined) {
      reportMissing();
      return;
    }
    let started: Promise<Browser> | undefined;
    afterAll(async () => (await started)?.close());
    tests(() => (started ??= chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] })));
  });
}

function reportMissing(): void {
  test.skipIf(process.env["CI"] === undefined)("needs Chromium (Debian's package chromium)", () => {
    expect.fail("Chromium is not installed, and CI must have it: apt-get install chromium.");
  });
}
