import { openStore, type Store } from "holdfast";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { databases } from "../../../holdfast/test/support/databases.ts";
import { describeInBrowser } from "../support/chromium.ts";
import { served } from "../support/demo-console.ts";
import { visit } from "../support/visit.ts";

const million = 1_000_000;
const treeTasks = 100_000;

/** The first test fills the store, which takes minutes on a busy machine. */
const largeTimeoutMs = 900_000;

/** Figures for the reader of the run, beside what is asserted. */
function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** How a page moved while it was scrolled. */
interface Motion {
  readonly frames: number;
  /** The times between frames, the longest first. */
  readonly longestMs: readonly number[];
  readonly medianMs: number;
  /** How many tasks of the browser took more than 50 ms. */
  readonly longTasks: number;
  readonly rows: number;
}

/** Scrolls by the wheel's steps, one a frame, and measures the frames. */
async function scroll(page: Page, steps: number, pixels: number): Promise<Motion> {
  return page.evaluate(
    async ([count, by]) => {
      const main = document.querySelector("main");
      if (main === null) throw new TypeError("The page has no main part.");
      let longTasks = 0;
      const observer = new PerformanceObserver((list) => (longTasks += list.getEntries().length));
      observer.observe({ entryTypes: ["longtask"] });
      const times: number[] = [];
      let last = performance.now();
      let rows = 0;
      for (let step = 0; step < count; step += 1) {
        main.scrollBy(0, by);
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
        rows = Math.max(rows, document.querySelectorAll("[data-index]").length);
      }
      observer.disconnect();
      const sorted = times.toSorted((a, b) => b - a).map((time) => Math.round(time * 10) / 10);
      return {
        frames: count,
        longestMs: sorted.slice(0, 5),
        medianMs: sorted[Math.floor(count / 2)] ?? 0,
        longTasks,
        rows,
      };
    },
    [steps, pixels] as const,
  );
}

/** A store on the newest server with a million executions, and one execution with a hundred thousand tasks. */
async function largeStore(): Promise<Store> {
  const server = databases().findLast(({ name, missing }) => name !== "embedded" && missing === undefined);
  if (server === undefined) throw new TypeError("These tests need a server.");
  const store = await openStore({ ...(await server.fresh("console").prepared()), retention: false });
  const size = 10_000;
  for (let first = 0; first < million; first += size) {
    await store.executions.createMany(
      Array.from({ length: size }, (_, i) => ({ id: `execution-${first + i}`, labels: { part: first / size } })),
    );
  }
  await addTree(store);
  return store;
}

/** One execution with a root, groups of a thousand tasks, and these tasks. */
async function addTree(store: Store): Promise<void> {
  const executionId = "large";
  await store.executions.create({ id: executionId, status: "running" });
  await store.tasks.save({ id: "root", executionId, name: "root", type: "composite", status: "running" });
  for (let first = 0; first < treeTasks; first += 1000) {
    const group = `group-${first / 1000}`;
    const tasks = Array.from({ length: 1000 }, (_, i) => ({
      executionId,
      parentId: group,
      name: `item-${first + i}`,
      status: i % 50 === 0 ? ("failed" as const) : ("succeeded" as const),
    }));
    await store.tasks.saveMany([
      { id: group, executionId, parentId: "root", name: group, type: "collection" },
      ...tasks,
    ]);
  }
}

describeInBrowser("scrolling", (browser) => {
  const large = served(largeStore);

  test("is smooth over a million executions, which are read as they come", { timeout: largeTimeoutMs }, async () => {
    const { at } = await large();
    const { page, problems } = await visit(browser);
    await page.goto(at("executions"));
    await page.getByRole("table", { name: "Executions" }).getByRole("link").first().waitFor();
    const motion = await scroll(page, 400, 400);
    print(`A million executions: ${JSON.stringify(motion)}`);
    expect(motion.rows).toBeLessThan(120);
    // Further than the rows of many pages.
    await page.waitForFunction(() => {
      const main = document.querySelector("main");
      main?.scrollBy(0, 400);
      return (main?.scrollTop ?? 0) > 30_000;
    });
    expect(problems).toEqual([]);
  });

  test("is smooth over a tree of 100,000 tasks", { timeout: largeTimeoutMs }, async () => {
    const { at } = await large();
    const { page, problems } = await visit(browser);
    await page.goto(at("execution?id=large"));
    const openedAt = performance.now();
    await page.getByText(/tasks read so far/).waitFor({ state: "detached", timeout: 300_000 });
    await page.getByRole("button", { name: "Open all" }).click();
    await page
      .getByText(`${(treeTasks + treeTasks / 1000 + 1).toLocaleString("en").replace(/,\d+$/, "k")} rows`)
      .waitFor();
    print(`100,000 tasks were read and opened in ${Math.round(performance.now() - openedAt)} ms`);
    const motion = await scroll(page, 400, 400);
    print(`A tree of 100,000 tasks: ${JSON.stringify(motion)}`);
    expect(motion.rows).toBeLessThan(120);
    await page.evaluate(() => document.querySelector("main")?.scrollTo(0, 1_500_000));
    await page
      .getByRole("row", { name: /item-4\d{4}/ })
      .first()
      .waitFor();
    await page.getByRole("textbox", { name: "Find a task by its name" }).fill("item-99999");
    await page.keyboard.press("Enter");
    await page.getByRole("row", { name: /item-99999/ }).waitFor();
    expect(problems).toEqual([]);
  });
});
