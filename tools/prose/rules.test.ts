import { expect, test } from "vitest";
import { passagesOf } from "./passages.ts";
import { check } from "./rules.ts";

const words = (count: number): string => `${Array.from({ length: count }, () => "word").join(" ")}.`;

test("a sentence of 25 words passes and one of 26 does not", () => {
  expect(check(words(25))).toEqual([]);
  expect(check(`Short.\n\n${words(26)}`)).toEqual([{ line: 3, problem: `26 words: ${words(26)}` }]);
});

test("code, names and tables have no words", () => {
  expect(check(`${words(25).slice(0, -1)} \`of which\` jobs_pkey maxAttempts READ.`)).toEqual([]);
  expect(check(`| a |\n| - |\n| ${words(30)} |\n\n\`\`\`\n${words(30)}\n\`\`\`\n`)).toEqual([]);
});

test("a sentence ends before code and after a number too", () => {
  const half = words(13).slice(0, -1);
  expect(check(`${half}. \`get\` ${half} up to 10. The ${words(13)}`)).toEqual([]);
  expect(check(`${half} \`get\` ${words(13)}`)).toHaveLength(1);
});

test("a banned phrase is found across a line break", () => {
  expect(check("The jobs, of\nwhich one runs.")).toEqual([{ line: 1, problem: expect.stringContaining('"of which"') }]);
});

test("docstrings, comments and messages of TypeScript are passages", () => {
  const text = [
    "/**",
    " * A docstring.",
    " */",
    "// One,",
    "// and two.",
    "f(`The job ${id} is gone.`, 'key', 'select 1');",
  ].join("\n");
  expect(passagesOf("a.ts", text).map((passage) => ({ ...passage, text: passage.text.trim() }))).toEqual([
    { line: 1, text: "A docstring." },
    { line: 4, text: "One,\nand two." },
    { line: 6, text: "The job `…` is gone." },
  ]);
});

test("comments of SQL are passages, without the lines that tools read", () => {
  expect(passagesOf("a.sql", "-- Gets it.\n-- :one\nselect 1 -- the one")).toEqual([
    { line: 1, text: "Gets it.\n" },
    { line: 3, text: "the one" },
  ]);
});
