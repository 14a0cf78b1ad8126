import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../../..");
const pages = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".md"),
);

/** The lines of a text without their indentation, for a page quotes a method without that of its class. */
function linesOf(text: string): string {
  return `\n${text
    .split("\n")
    .map((line) => line.trim())
    .join("\n")}\n`;
}

const quotes = pages.flatMap((page) =>
  [...readFileSync(join(root, "docs", page), "utf8").matchAll(/^```ts from (\S+)\n([\s\S]*?)\n^```$/gm)].map(
    ([, file = "", quote = ""]) => ({ page, file, quote }),
  ),
);

test("what the pages quote is in the files that they name, line by line", () => {
  const untrue = quotes.filter(
    ({ file, quote }) => !linesOf(readFileSync(join(root, file), "utf8")).includes(linesOf(quote)),
  );
  expect(untrue).toEqual([]);
  expect(quotes.map(({ page }) => page)).toContain(join("guides", "write-an-engine.md"));
});

test("the engine of the examples stays within 150 lines", () => {
  expect(readFileSync(join(root, "examples/engine.ts"), "utf8").trimEnd().split("\n").length).toBeLessThan(150);
});
