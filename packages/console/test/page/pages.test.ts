import { expect, test } from "vitest";
import { describeInBrowser } from "../support/chromium.ts";
import { demoConsole } from "../support/demo-console.ts";
import { faultsOf } from "../support/pages.ts";

// Those whose form differs most. The long tests walk through all pages in all forms.
const names = ["overview", "executions", "execution-tasks", "execution-timeline", "execution-graph", "queue"];

describeInBrowser("every page", (browser) => {
  const demo = demoConsole();

  test("is whole and accessible", { timeout: 300_000 }, async () => {
    expect(await faultsOf(await demo(), browser, { form: "light" })).toEqual({});
  });

  test.for(["dark", "narrow"] as const)("is whole and accessible, %s", { timeout: 300_000 }, async (form) => {
    expect(await faultsOf(await demo(), browser, { form, names })).toEqual({});
  });
});
