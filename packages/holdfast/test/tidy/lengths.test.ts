import { expect, test } from "vitest";
import { longFiles, longStatements } from "./lengths.ts";
import { sourceFiles } from "./sources.ts";

test("no file of SQL is longer than 300 lines", () => {
  expect(longFiles([{ path: "a.sql", text: "x\n".repeat(301) }])).toEqual(["a.sql has 301 lines, above 300"]);
  expect(longFiles([{ path: "a.sql", text: "x\n".repeat(300) }])).toEqual([]);

  expect(longFiles(sourceFiles("sql"))).toEqual([]);
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
