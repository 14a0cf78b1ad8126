import { expect, test } from "vitest";
import { longFiles, longFunctions, longStatements } from "./lengths.ts";
import { sourceFiles } from "./sources.ts";

test("no file is longer than 300 lines", () => {
  expect(longFiles([{ path: "a.sql", text: "x\n".repeat(301) }])).toEqual(["a.sql has 301 lines, above 300"]);
  expect(longFiles([{ path: "a.sql", text: "x\n".repeat(300) }])).toEqual([]);

  expect(longFiles(sourceFiles("ts", "sql"))).toEqual([]);
});

test("no statement is longer than 85 lines", () => {
  expect(longStatements([{ path: "a.sql", text: `-- A.\n${"x\n".repeat(86)}` }])).toEqual([
    "a.sql has 86 lines, above 85",
  ]);
  expect(longStatements([{ path: "a.sql", text: `-- A.\n${"x\n".repeat(85)}` }])).toEqual([]);

  const statements = sourceFiles("sql").filter(({ path }) => !path.includes("/migrations/"));
  expect(statements.length).toBeGreaterThan(100);
  expect(longStatements(statements)).toEqual([]);
});

test("no function is longer than 50 lines", () => {
  const body = (lines: number): string => `const a = 1;\nconst f = () => {${"\n".repeat(lines - 1)}};`;
  expect(longFunctions({ path: "a.ts", text: body(51) })).toEqual(["a.ts:2 is a function of 51 lines"]);
  expect(longFunctions({ path: "a.ts", text: body(50) })).toEqual([]);

  // A `describe` in a test is a function whose length says nothing.
  const sources = sourceFiles("ts").filter(({ path }) => !path.includes("/test/") && !path.endsWith(".test.ts"));
  expect(sources.flatMap(longFunctions)).toEqual([]);
});
