import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { onTestFinished } from "vitest";
import type { OpenBrowser } from "./chromium.ts";

/** The screens and colours in which tests open the page. */
export const forms = {
  light: { viewport: { width: 1360, height: 860 }, colorScheme: "light" },
  dark: { viewport: { width: 1360, height: 860 }, colorScheme: "dark" },
  narrow: { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true },
} as const;

/** The name of a form. */
export type Form = keyof typeof forms;

/** A page of the browser, and what went wrong in it. */
export interface Visit {
  readonly page: Page;
  /** Errors of scripts, messages to the console, refused requests and violations of the Content-Security-Policy. */
  readonly problems: string[];
}

/** Opens an empty page in a form; it is closed after its test. Motion is reduced, so that pictures are the same each time. */
export async function visit(browser: OpenBrowser, form: Form = "light"): Promise<Visit> {
  const context = await (await browser()).newContext({ ...forms[form], reducedMotion: "reduce" });
  onTestFinished(() => context.close());
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      // oxlint-disable-next-line no-console -- It is read above.
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return { page, problems };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

const every = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
const contrast = { type: "rule", values: ["color-contrast"] };

/** What axe finds against WCAG 2 A and AA, as one line for each element. In the dark, nothing but the colours is other. */
export async function violationsOf(page: Page, form: Form = "light"): Promise<readonly string[]> {
  // As the browser's debugger, not as a script of the page, which its Content-Security-Policy would refuse.
  await page.evaluate(`globalThis.axe || (() => { ${axeSource} })()`);
  const { violations } = await page.evaluate(
    async (runOnly): Promise<AxeResults> => {
      const { axe } = globalThis as unknown as { readonly axe: { run: (options: object) => Promise<AxeResults> } };
      return axe.run({ runOnly, resultTypes: ["violations"] });
    },
    form === "dark" ? contrast : every,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 200)} ${failureSummary.replaceAll(/\s+/g, " ")}`,
    ),
  );
}

/** Where pictures of the pages are kept: `packages/console/test-results`, or what the environment names. */
export const picturesFolder: string =
  process.env["HOLDFAST_SCREENSHOTS"] ?? fileURLToPath(new URL("../../test-results/", import.meta.url));

/** Keeps a picture of what is seen. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(picturesFolder, { recursive: true });
  await page.screenshot({ path: join(picturesFolder, `${name}.png`) });
}
