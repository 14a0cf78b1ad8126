import type { OpenBrowser } from "./chromium.ts";
import type { DemoConsole } from "./demo-console.ts";
import { type Form, keepPicture, violationsOf, visit } from "./visit.ts";

/** Each page: its name among the pictures, its address, and what it shows once it is read. */
export const pages: readonly (readonly [name: string, address: string, shown: string])[] = [
  ["overview", "", "Depth of queues"],
  ["executions", "executions", "media-transcode-"],
  ["executions-filtered", "executions?status=failed&definition=order-fulfilment", "order-fulfilment-"],
  ["execution-tasks", "execution?id=media-transcode-56", "encode"],
  ["execution-timeline", "execution?id=media-transcode-56&tab=timeline", "probe"],
  ["execution-graph", "execution?id=media-transcode-56&tab=graph", "Follow what runs"],
  ["execution-payloads", "execution?id=with-blobs&tab=payloads", "Compare versions"],
  ["execution-history", "execution?id=media-transcode-56&tab=history", "Recorded"],
  ["execution-waiting", "execution?id=contract-review-57&tab=waiting", "Waits for events"],
  ["execution-children", "execution?id=season-1&tab=children", "season-1/episode-3"],
  ["execution-jobs", "execution?id=media-transcode-56&tab=jobs", "Cancel unfinished"],
  ["execution-data", "execution?id=with-blobs&tab=data", "invoices/2026/INV-1.txt"],
  ["queues", "queues", "thumbnails"],
  ["queue", "queue?name=thumbnails", "Limits and pace"],
  ["jobs", "jobs?status=running", "Running"],
  ["job", "job?id=import-parse", "Attempts and limits"],
  ["dead", "dead", "emails"],
  ["timers", "timers", "Timers"],
  ["schedules", "schedules", "nightly-report"],
  ["schedule", "schedule?id=nightly-report", "Next ticks"],
  ["definitions", "definitions", "contract-review"],
  ["definition", "definition?name=order-fulfilment&version=2&with=1", "lines added"],
  ["kv", "kv?prefix=settings", "banner"],
  ["snapshots", "snapshots", "account-acme"],
  ["snapshot", "snapshot?id=account-acme&with=4", "lines added"],
  ["blobs", "blobs", "media/frame.bin"],
  ["health", "health", "Checks"],
  ["settings", "settings", "Migrations"],
  ["nowhere", "nowhere", "There is no such page"],
];

/**
 * Walks through pages in one form. Returns what is wrong with each: violations of WCAG, errors, parts beside the screen.
 *
 * One browser page goes to all of them: each test of its own would spend its time on opening one.
 */
export async function faultsOf(
  { at }: DemoConsole,
  browser: OpenBrowser,
  { form, names }: { readonly form: Form; readonly names?: readonly string[] },
): Promise<Readonly<Record<string, readonly string[]>>> {
  const { page, problems } = await visit(browser, form);
  const faults: Record<string, readonly string[]> = {};
  await page.goto(at(""));
  for (const [name, address, shown] of pages.filter(([each]) => names?.includes(each) ?? true)) {
    // The page hears of it, and goes there without loading everything again.
    await page.evaluate((url) => history.pushState(null, "", url), at(address));
    await page.locator("main").getByText(shown).filter({ visible: true }).first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const found = [...(await violationsOf(page, form)), ...problems.splice(0)];
    if (width > 0) found.push(`${width} px too wide`);
    if (found.length > 0) faults[name] = found;
    await keepPicture(page, `${form}-${name}`);
  }
  return faults;
}
