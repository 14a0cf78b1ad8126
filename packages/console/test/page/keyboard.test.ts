import { expect, test } from "vitest";
import { describeInBrowser } from "../support/chromium.ts";
import { smallConsole } from "../support/demo-console.ts";
import { violationsOf, visit } from "../support/visit.ts";

describeInBrowser("the keyboard", (browser) => {
  const demo = smallConsole();

  test("goes to every page by g and a letter, and lists them under ?", async () => {
    const { at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at(""));
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard" });
    await help.getByText("Dead letters").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "detached" });
    const places = {
      e: "Executions",
      q: "Queues",
      j: "Jobs",
      d: "Dead letters",
      t: "Timers",
      s: "Schedules",
      f: "Definitions",
      h: "Health",
      o: "Overview",
    };
    for (const [key, heading] of Object.entries(places)) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    }
  });

  test("walks a list, opens a row, and leaves letters of a filter alone", async () => {
    const { at } = await demo();
    const { page } = await visit(browser);
    const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.textContent?.trim());
    await page.goto(at("executions"));
    const links = page.getByRole("table", { name: "Executions" }).getByRole("link");
    await links.first().waitFor();
    const [first, second] = await links.allInnerTexts();
    await page.keyboard.press("j");
    await page.waitForFunction(
      (text) => document.activeElement?.textContent?.includes(text),
      first?.split("\n")[0] ?? "",
    );
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(
      (text) => document.activeElement?.textContent?.includes(text),
      second?.split("\n")[0] ?? "",
    );
    await page.keyboard.press("k");
    await page.waitForFunction(
      (text) => document.activeElement?.textContent?.includes(text),
      first?.split("\n")[0] ?? "",
    );
    await page.keyboard.press("/");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Definition");
    await page.keyboard.type("gj?");
    expect(await page.getByRole("textbox", { name: "Definition" }).inputValue()).toBe("gj?");
    await page.keyboard.press("Escape");
    await page.goto(at("executions"));
    await links.first().waitFor();
    await page.keyboard.press("j");
    await page.waitForFunction(() => document.activeElement?.tagName === "A");
    const name = await focused();
    await page.keyboard.press("Enter");
    await page.waitForURL(/execution\?id=/);
    expect(name).toContain(new URL(page.url()).searchParams.get("id"));
  });

  test("walks a tree, opens and closes its tasks, and shows one beside it", async () => {
    const { store, at } = await demo();
    await store.executions.create({ id: "walked", status: "running" });
    await store.tasks.saveMany([
      { id: "walked/root", executionId: "walked", name: "root", type: "composite", status: "running" },
      { id: "walked/a", executionId: "walked", parentId: "walked/root", name: "first", status: "running" },
      {
        id: "walked/b",
        executionId: "walked",
        parentId: "walked/root",
        name: "second",
        status: "failed",
        error: { message: "no luck" },
      },
    ]);
    const { page } = await visit(browser);
    await page.goto(at("execution?id=walked"));
    const rows = page.getByRole("treegrid", { name: "Tasks" }).locator("[data-index]");
    await rows.nth(2).waitFor();
    await page.keyboard.press("j");
    expect(await rows.first().getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("ArrowLeft");
    await rows.nth(1).waitFor({ state: "detached" });
    await page.keyboard.press("ArrowRight");
    await rows.nth(2).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => document.activeElement?.textContent?.includes("second"));
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: "Task" });
    await panel.getByText("no luck").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
  });

  test("skips to the content, and shows where it is", async () => {
    const { at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at("queues"));
    await page.getByRole("link", { name: "thumbnails" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.keyboard.press("Tab");
    // A row's link fills the row, and so does its outline.
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement ?? document.body, "::after").outlineStyle,
    );
    expect(outline).toBe("solid");
  });
});
