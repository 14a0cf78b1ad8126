/**
 * Makes the console's pictures for the README and the docs. Replays the recorded build on a server of its own, and visits the console
 * meanwhile. Needs Chromium (Debian's package chromium).
 *
 *     npm run build && npx tsx tools/console-pictures.ts
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveConsole } from "@holdfast/console";
import { openStore } from "holdfast";
import { type Browser, chromium, type Page } from "playwright-core";
import { startPostgres } from "./servers/postgres.ts";

const workspace = fileURLToPath(new URL("../", import.meta.url));
const folder = join(workspace, "docs/images");
const executionId = "build-and-test-42";

interface Picture {
  readonly name: string;
  readonly address: string;
  readonly scheme?: "light" | "dark";
  /** What is seen once the page is ready. */
  readonly shown: string;
  readonly height?: number;
}

const execution = `execution?id=${executionId}`;

const whileRunning: readonly Picture[] = [
  { name: "console-graph", address: `${execution}&tab=graph`, shown: "Follow what runs", height: 720 },
  { name: "console-overview", address: "", shown: "Depth of queues", height: 760 },
];

const atTheEnd: readonly Picture[] = [
  { name: "console-tasks", address: execution, shown: "compile", height: 760 },
  {
    name: "console-timeline-dark",
    address: `${execution}&tab=timeline`,
    shown: "compile",
    scheme: "dark",
    height: 760,
  },
];

/** Starts the replay as a user would; three times as fast as recorded. */
async function replay(url: string, id: string): Promise<void> {
  const command = join(workspace, "packages/holdfast/bin/holdfast.js");
  const recording = join(workspace, "examples/build-and-test.json");
  const child = spawn(process.execPath, [command, "replay", recording, "--id", id, "--speed", "3", "--workers", "4"], {
    stdio: "inherit",
    env: { ...process.env, DATABASE_URL: url },
  });
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`The replay ended with ${code}.`);
}

async function take(
  browser: Browser,
  at: string,
  { name, address, scheme = "light", shown, height = 800 }: Picture,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1280, height },
    colorScheme: scheme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(`${at}${address}`);
  await page.locator("main").getByText(shown).filter({ visible: true }).first().waitFor();
  await page.waitForFunction(() => document.querySelector(".loading") === null);
  const png = await page.screenshot({ animations: "disabled" });
  writeFileSync(join(folder, `${name}.webp`), await toWebp(page, png));
  await context.close();
}

/** The browser writes smaller pictures than it takes. */
async function toWebp(page: Page, png: Buffer): Promise<Buffer> {
  await page.goto("about:blank");
  const url = await page.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", 0.9);
    },
    `data:image/png;base64,${png.toString("base64")}`,
  );
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

mkdirSync(folder, { recursive: true });
const server = await startPostgres({ major: 18 });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  await using store = await openStore({ url: server.url });
  await using pages = await serveConsole(store, { port: 0, allowActions: true, title: "production" });
  // Somebody watches from the start, so that the charts have a past.
  const watcher = await browser.newPage();
  await watcher.goto(pages.url);
  for (const id of ["build-and-test-40", "build-and-test-41"]) await replay(server.url, id);
  const replayed = replay(server.url, executionId);
  await watcher.goto(`${pages.url}${execution}`);
  await watcher.getByText("Succeeded").nth(3).waitFor({ timeout: 60_000 });
  for (const picture of whileRunning) await take(browser, pages.url, picture);
  await replayed;
  for (const picture of atTheEnd) await take(browser, pages.url, picture);
} finally {
  await browser.close();
  await server.stop();
}
