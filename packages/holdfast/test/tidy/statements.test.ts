import { expect, test } from "vitest";
import { sourceFiles } from "./sources.ts";
import { unusedStatements } from "./statements.ts";

test("every statement is used in its folder", () => {
  const sources = [
    { path: "jobs/claim.ts", text: "claimJobs({ limit })" },
    { path: "kv/reads/many.ts", text: "getEntries(keys)" },
  ];
  expect(
    unusedStatements(["jobs/claim_jobs.sql", "jobs/claim.sql", "kv/get_entries.sql", "kv/claim_jobs.sql"], sources),
  ).toEqual(["jobs/claim.sql", "kv/claim_jobs.sql"]);

  const statements = sourceFiles("sql").map(({ path }) => path);
  const stored = statements.filter((path) => path.includes("/src/") && !path.includes("/migrations/"));
  expect(stored.length).toBeGreaterThan(100);
  const written = sourceFiles("ts").filter(({ path }) => !path.endsWith(".test.ts"));
  expect(unusedStatements(stored, written)).toEqual([]);
});
