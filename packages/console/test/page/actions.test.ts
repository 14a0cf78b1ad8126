import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeInBrowser } from "../support/chromium.ts";
import { smallConsole } from "../support/demo-console.ts";
import { violationsOf, visit } from "../support/visit.ts";

/** Presses a button, checks that the dialog says what will happen, and confirms. Returns the outcome that is told. */
async function confirm(page: Page, label: string | RegExp, expected: RegExp): Promise<string> {
  await page.getByRole("button", { name: label }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(expected).waitFor();
  const told = page.locator(".notice span");
  const before = await told.count();
  await dialog.getByRole("button", { name: label }).click();
  await told.nth(before).waitFor();
  return told.nth(before).innerText();
}

describeInBrowser("an action of the page", (browser) => {
  const demo = smallConsole();

  test("says what will happen, and nothing happens until it is confirmed", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at("queue?name=webhooks"));
    await page.getByRole("button", { name: "Pause queue" }).click();
    const dialog = page.getByRole("dialog", { name: "Pause queue" });
    await dialog.getByText("No process claims from webhooks").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await store.queues.isPaused("webhooks")).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Pause queue");
  });

  test("pauses, resumes and limits a queue", async () => {
    const { store, at } = await demo();
    const { page, problems } = await visit(browser);
    await page.goto(at("queue?name=webhooks"));
    expect(await confirm(page, "Pause queue", /until it is resumed/)).toBe("Queue webhooks is paused.");
    expect(await store.queues.isPaused("webhooks")).toBe(true);
    expect(await confirm(page, "Resume queue", /claim from webhooks again/)).toBe("Queue webhooks runs again.");
    await page.getByRole("button", { name: "Change limits" }).click();
    await page.getByLabel("Jobs at once", { exact: true }).fill("7");
    await page.getByLabel("Claims in a period").fill("60");
    await page.getByRole("button", { name: "Set the limits" }).click();
    await page.getByText("Give both the claims and their period").waitFor();
    await page.getByLabel("Period, in ms").fill("1000");
    await page.getByRole("button", { name: "Set the limits" }).click();
    await page.getByText("has its new limits").waitFor();
    expect(await store.queues.get("webhooks")).toMatchObject({
      concurrency: 7,
      rate: { limit: 60, periodMs: 1000 },
      pausedAt: null,
    });
    expect(problems).toEqual([]);
  });

  test("retries and cancels a job", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    const { id } = await store.jobs.push({ queue: "browser" });
    await page.goto(at(`job?id=${id}`));
    expect(await confirm(page, "Cancel job", /ends as canceled/)).toBe("The job is canceled.");
    expect((await store.jobs.require(id)).status).toBe("canceled");
    expect(await confirm(page, "Retry job", /becomes ready in queue browser/)).toBe("The job waits for a worker.");
    expect((await store.jobs.require(id)).status).toBe("ready");
  });

  test("retries and cancels all jobs of a filter, however many", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    await store.jobs.pushMany(Array.from({ length: 1500 }, () => ({ queue: "crowd" })));
    await page.goto(at("jobs?queue=crowd&status=ready"));
    expect(await confirm(page, "Cancel all ready", /Every ready job of queue crowd/)).toBe("1,500 jobs canceled.");
    await page.goto(at("queue?name=crowd"));
    expect(await confirm(page, "Retry dead and canceled", /of queue crowd/)).toBe("1,500 jobs will run again.");
    expect(await store.queues.counts("crowd")).toMatchObject({ ready: 1500, canceled: 0 });
  });

  test("retries the dead letters of a queue", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    await store.jobs.pushMany(Array.from({ length: 3 }, () => ({ queue: "grave", maxAttempts: 1 })));
    const claimed = await store.jobs.claim({ queues: ["grave"], limit: 3, leaseMs: 60_000 });
    for (const job of claimed) await store.jobs.fail(job, { error: "no" });
    await page.goto(at("dead"));
    await page.getByRole("button", { name: /^grave/ }).click();
    expect(await confirm(page, "Retry all dead", /Every dead job of queue grave/)).toBe("3 jobs will run again.");
    await page.getByText("No job is dead").waitFor();
  });

  test("cancels an execution, its timers and its waits", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    await store.executions.create({ id: "doomed", status: "running" });
    await store.timers.schedule({ executionId: "doomed", step: "later", afterMs: 3_600_000 });
    await store.correlations.wait({ executionId: "doomed", step: "approve", key: "approval:doomed" });
    await page.goto(at("execution?id=doomed&tab=waiting"));
    expect(await confirm(page, "Cancel wait", /Nothing is delivered to step approve/)).toBe("The wait is canceled.");
    expect(await confirm(page, "Cancel timer", /will not fire/)).toBe("The timer is canceled.");
    expect(await confirm(page, "Cancel execution", /cannot be undone/)).toBe("The execution is canceled.");
    expect((await store.executions.require("doomed")).status).toBe("canceled");
  });

  test("triggers, pauses and resumes a schedule", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at("schedule?id=nightly-report"));
    expect(await confirm(page, "Trigger now", /pushes its job to reports now/)).toBe("The job is pushed.");
    expect(await confirm(page, "Pause schedule", /makes no jobs/)).toBe("Schedule nightly-report is paused.");
    expect((await store.schedules.require("nightly-report")).status).toBe("paused");
    expect(await confirm(page, "Resume schedule", /go on from now/)).toBe("Schedule nightly-report runs again.");
  });

  test("activates and retires versions of a definition", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at("definition?name=order-fulfilment&version=1"));
    expect(await confirm(page, "Activate version", /run version 1/)).toBe("Version 1 of order-fulfilment is active.");
    expect(await confirm(page, "Retire version", /no active version then/)).toBe(
      "Version 1 of order-fulfilment is retired.",
    );
    expect(await store.definitions.get("order-fulfilment", "active")).toBeNull();
  });

  test("tells a failure as the server says it", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    const first = await store.jobs.push({ queue: "unique", uniqueKey: "one" });
    await store.jobs.cancel(first.id);
    await store.jobs.push({ queue: "unique", uniqueKey: "one" });
    await page.goto(at(`job?id=${first.id}`));
    expect(await confirm(page, "Retry job", /becomes ready/)).toMatch(/unique key/i);
  });
});
