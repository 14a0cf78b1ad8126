import { expect, test } from "vitest";
import { describeInBrowser } from "../support/chromium.ts";
import { smallConsole } from "../support/demo-console.ts";
import { visit } from "../support/visit.ts";

describeInBrowser("the page", (browser) => {
  const demo = smallConsole();

  test("keeps filters in the address, through a reload and the way back", async () => {
    const { at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at("executions"));
    await page.getByRole("button", { name: /^Failed/ }).click();
    await page.getByRole("textbox", { name: "Definition" }).fill("order-fulfilment");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: /^Label/ }).fill("tenant=acme");
    await page.keyboard.press("Enter");
    await page.waitForURL(/status=failed&definition=order-fulfilment&label=tenant%3Dacme/);
    await page.reload();
    expect(await page.getByRole("button", { name: /^Failed/ }).getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: "Remove the filter tenant=acme" }).click();
    await page
      .getByRole("link", { name: /^order-fulfilment-/ })
      .first()
      .click();
    await page.getByRole("heading", { level: 1, name: /order-fulfilment-/ }).waitFor();
    await page.goBack();
    await page.waitForURL(/executions\?status=failed&definition=order-fulfilment$/);
  });

  test("shows scripts and markup of payloads as text", async () => {
    const { store, at } = await demo();
    const evil = '"><img src=x onerror="window.evil = 1"><script>window.evil = 1</script>';
    await store.executions.create({ id: evil, labels: { evil }, input: { evil }, state: evil });
    const task = await store.tasks.save({ executionId: evil, name: evil, input: evil });
    await store.history.append(evil, [{ kind: evil, payload: evil }]);
    const { page, problems } = await visit(browser);
    const id = encodeURIComponent(evil);
    for (const tab of ["tree", "timeline", "graph", "payloads", "history", `tree&task=${task.id}`]) {
      await page.goto(at(`execution?id=${id}&tab=${tab}`));
      await page.getByText("onerror").first().waitFor();
    }
    await page.goto(at(`executions?label=${encodeURIComponent(`evil="${evil.replaceAll('"', String.raw`\"`)}"`)}`));
    await page.getByText("Executions").first().waitFor();
    expect(await page.evaluate(() => "evil" in globalThis)).toBe(false);
    expect(problems).toEqual([]);
  });

  test("shows each failed attempt of a job with its own error and worker", async () => {
    const { store, at } = await demo();
    await store.jobs.push({ id: "flaky", queue: "flaky", backoff: { initialMs: 0, maxMs: 0 } });
    for (const holder of ["worker-a", "worker-b"]) {
      const [claim] = await store.jobs.claim({ queues: ["flaky"], limit: 1, holder });
      if (claim !== undefined) await store.jobs.fail(claim, { error: { message: `no answer to ${holder}` } });
    }
    const { page, problems } = await visit(browser);
    await page.goto(at("job?id=flaky"));
    await page.getByText("no answer to worker-b").first().waitFor();
    const first = page.locator(".failures > li", { hasText: "Attempt 1" });
    expect(await first.getByText("no answer to worker-a").isVisible()).toBe(false);
    await first.locator("summary").click();
    await first.getByText("no answer to worker-a").first().waitFor();
    expect(await first.innerText()).toContain("worker-a");
    expect(problems).toEqual([]);
  });

  test("leads from a task to the child executions that it started, and back", async () => {
    const { store, at } = await demo();
    await store.executions.create({ id: "family" });
    await store.tasks.saveMany([
      { id: "family-charge", executionId: "family", name: "charge" },
      { id: "family-split", executionId: "family", name: "split" },
    ]);
    await store.executions.createMany([
      { id: "charged", parentId: "family", parentTaskId: "family-charge" },
      ...Array.from({ length: 25 }, (_, i) => ({ id: `part-${i}`, parentId: "family", parentTaskId: "family-split" })),
    ]);
    const { page, problems } = await visit(browser);
    await page.goto(at("execution?id=family"));
    const rowOf = (name: string) => page.getByRole("row", { name: new RegExp(`^.*${name}`) });
    await rowOf("split").getByText("25 executions").waitFor();
    await rowOf("charge").getByRole("link", { name: "charged" }).click();
    await page.getByRole("heading", { level: 1, name: "charged" }).waitFor();
    await page.getByRole("link", { name: "child of family" }).click();
    const panel = page.getByRole("complementary", { name: "Task" });
    await panel.getByRole("link", { name: "charged" }).waitFor();
    await rowOf("split").click();
    await panel.getByRole("link", { name: "part-24" }).waitFor();
    expect(await panel.getByRole("link", { name: /^part-/ }).count()).toBe(20);
    await panel.getByRole("link", { name: "All of them" }).click();
    await page.getByText("25 child executions").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByText("26 child executions").waitFor();
    await page
      .getByRole("row", { name: /^charged/ })
      .getByRole("link", { name: "charge", exact: true })
      .click();
    await panel.getByRole("heading", { name: "charge" }).waitFor();
    expect(problems).toEqual([]);
  });

  test("compares any two states of an execution that keeps them", async () => {
    const { store, at } = await demo();
    await store.executions.create({ id: "kept", state: { step: "first" } });
    await store.executions.keepStates("kept", 5);
    for (const step of ["second", "third"]) await store.executions.save({ id: "kept", state: { step } });
    const { page } = await visit(browser);
    await page.goto(at("execution?id=kept&tab=payloads"));
    const from = page.getByRole("combobox", { name: "From" });
    await from.selectOption(await from.locator("option", { hasText: "state, version 1" }).first().innerText());
    await page.locator(".diff-removed", { hasText: "first" }).waitFor();
    expect(await page.locator(".diff-added").allInnerTexts()).toEqual([expect.stringContaining("third")]);
  });

  test("compares versions, and folds what is equal", async () => {
    const { at } = await demo();
    const { page } = await visit(browser);
    await page.goto(at("snapshot?id=account-acme"));
    await page.getByRole("combobox", { name: "Compare with" }).selectOption("version 2");
    await page.getByText("lines added").waitFor();
    expect(await page.locator(".diff-added").allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining("600")]),
    );
    expect(await page.locator(".diff-removed").allInnerTexts()).toEqual([expect.stringContaining("240")]);
  });

  test("asks for the token where there is one, and forgets it on signing out", async () => {
    const { store } = await demo();
    const { serveConsole } = await import("@holdfast/console");
    await using server = await serveConsole(store, { port: 0, token: "a-secret-of-this-test" });
    const { page } = await visit(browser);
    await page.goto(`${server.url}queues`);
    await page.getByLabel("The console's token").fill("wrong-wrong-wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    await page.getByLabel("The console's token").fill("a-secret-of-this-test");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "thumbnails" }).waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("The console's token").waitFor();
    expect((await page.request.get(`${server.url}api/queues`)).status()).toBe(401);
  });

  test("offers no action where the server allows none", async () => {
    const { store } = await demo();
    const { serveConsole } = await import("@holdfast/console");
    await using server = await serveConsole(store, { port: 0 });
    const { page } = await visit(browser);
    await page.goto(`${server.url}queue?name=thumbnails`);
    await page.getByText("Limits and pace").waitFor();
    expect(await page.getByRole("button", { name: /^(Pause queue|Cancel|Retry|Change)\b/ }).allInnerTexts()).toEqual(
      [],
    );
  });
});
