import { expect, test } from "vitest";
import { describeInBrowser } from "../support/chromium.ts";
import { demoConsole } from "../support/demo-console.ts";
import { faultsOf } from "../support/pages.ts";

describeInBrowser("every page", (browser) => {
  const demo = demoConsole();

  test.for(["dark", "narrow"] as const)("is whole and accessible, %s", async (form) => {
    expect(await faultsOf(await demo(), browser, { form })).toEqual({});
  });
});
