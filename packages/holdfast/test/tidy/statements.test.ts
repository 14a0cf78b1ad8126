import { expect, test } from "vitest";
import { files } from "./sources.ts";
import { deadGenerated, deadStatements } from "./statements.ts";

test("every .sql file is in the generated file beside it", () => {
  const generated = [{ path: "jobs/statements.generated.ts", text: "export const claimJobs = many({})" }];
  expect(deadStatements(["jobs/claim_jobs.sql", "jobs/old_claim.sql", "kv/claim_jobs.sql"], generated)).toEqual([
    "jobs/old_claim.sql",
    "kv/claim_jobs.sql",
  ]);
  expect(deadGenerated(["jobs/claim_jobs.sql"], ["kv/statements.generated.ts"])).toEqual([
    "kv/statements.generated.ts",
  ]);

  const statements = files((path) => path.includes("/src/") && path.endsWith(".sql")).map(({ path }) => path);
  const written = files((path) => path.includes("/src/") && path.endsWith(".generated.ts"));
  expect(deadStatements(statements, written)).toEqual([]);
  expect(
    deadGenerated(
      statements,
      written.map(({ path }) => path),
    ),
  ).toEqual([]);
});
