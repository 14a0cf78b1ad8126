import type { Overview } from "@holdfast/console/protocol";
import { expect, test } from "vitest";
import { describeInBrowser } from "../support/chromium.ts";
import { type DemoConsole, smallConsole } from "../support/demo-console.ts";
import { visit } from "../support/visit.ts";

/** Waits until the server has measured twice: from then on it knows what is watched, and notices each change. */
async function measured({ at }: DemoConsole): Promise<void> {
  const newest = async (): Promise<string | undefined> => {
    const { samples } = (await (await fetch(at("api/overview"))).json()) as Overview;
    return samples.at(-1)?.at;
  };
  for (let time = 0; time < 2; time += 1) {
    const before = await newest();
    await expect.poll(newest, { timeout: 90_000 }).not.toBe(before);
  }
}

describeInBrowser("what is on the screen", (browser) => {
  const demo = smallConsole({ sampleMs: 200 });

  test("follows an execution as it runs: its tasks, its graph and its end", async () => {
    const { store, at } = await demo();
    await store.executions.create({ id: "followed", status: "running" });
    await store.tasks.save({ id: "followed/a", executionId: "followed", name: "alpha", status: "running" });
    const { page, problems } = await visit(browser);
    await page.goto(at("execution?id=followed"));
    await page.getByRole("row", { name: /alpha/ }).getByText("Running").first().waitFor();
    await measured(await demo());
    await store.tasks.save({ id: "followed/b", executionId: "followed", name: "beta", status: "running" });
    await page.getByRole("row", { name: /beta/ }).waitFor();
    await store.tasks.setStatus("followed/a", "succeeded");
    await page.getByRole("row", { name: /alpha/ }).getByText("Succeeded").first().waitFor();
    await page.getByRole("link", { name: "Graph" }).click();
    await page.locator(".box-running").getByText("beta").waitFor();
    await store.tasks.setStatus("followed/b", "failed", { error: "no" });
    await page.locator(".box-failed").getByText("beta").waitFor();
    await store.executions.setStatus("followed", "failed", { error: { message: "beta failed" } });
    await page.locator(".strip").getByText("Failed").waitFor();
    expect(problems).toEqual([]);
  });

  test("expands a child execution in place, and follows it there", async () => {
    const { store, at } = await demo();
    await store.executions.create({ id: "mother", status: "running" });
    await store.executions.create({ id: "mother/child", parentId: "mother", status: "running" });
    await store.tasks.save({ id: "mother/child/step", executionId: "mother/child", name: "inner", status: "running" });
    const { page } = await visit(browser);
    await page.goto(at("execution?id=mother&tab=graph"));
    await page.getByRole("button", { name: /^Open .*child/ }).click();
    await page.locator(".box-running").getByText("inner").waitFor();
    await measured(await demo());
    await store.tasks.setStatus("mother/child/step", "succeeded");
    await page.locator(".box-succeeded").getByText("inner").waitFor();
    await page.getByRole("button", { name: /^Close .*child/ }).click();
    await page.getByText("inner").waitFor({ state: "detached" });
    expect(await page.locator(".box.container").count()).toBe(0);
  });

  test("shows new executions and jobs without a reload", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at("executions"));
    await page.getByRole("table", { name: "Executions" }).waitFor();
    await store.executions.create({ id: "newest-of-all" });
    await page.getByRole("link", { name: /newest-of-all/ }).waitFor();
    await page.goto(at("jobs"));
    await page.getByRole("table", { name: "Jobs" }).waitFor();
    const { id } = await store.jobs.push({ queue: "fresh" });
    await page.getByRole("link", { name: new RegExp(id) }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/jobs");
  });

  test("draws samples as they come", async () => {
    const { at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at(""));
    await page.getByRole("figure", { name: "Depth of queues" }).getByText("ready").waitFor();
    // The newest value stands in the legend once a sample has come.
    await page.getByRole("figure", { name: "Depth of queues" }).locator("strong", { hasText: /\d/ }).first().waitFor();
    expect(await page.locator(".chart canvas").count()).toBe(4);
  });

  test("says that it reconnects, reads everything again, and goes on", async () => {
    const { store, at } = await demo();
    const { page } = await visit(browser);
    let isDown = false;
    await page.route("**/api/**", (route) => (isDown ? route.abort() : route.continue()));
    await page.goto(at("queue?name=webhooks"));
    await page.getByText("Live", { exact: true }).filter({ visible: true }).waitFor();
    isDown = true;
    await page.goto(at("queue?name=webhooks"));
    await page.getByText("does not answer").waitFor();
    isDown = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Limits and pace").waitFor();
    await store.queues.pause("webhooks");
    await page.getByRole("heading", { level: 1 }).getByText("Paused").waitFor();
    await store.queues.resume("webhooks");
    await page.getByRole("heading", { level: 1 }).getByText("Paused").waitFor({ state: "detached" });
    expect(await page.getByRole("button", { name: "Pause queue" }).isEnabled()).toBe(true);
  });
});
