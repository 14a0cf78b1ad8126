import { expect, test } from "vitest";
import { badNames } from "./names.ts";
import { sourceFiles } from "./sources.ts";

test("files are named for what is inside, and those of SQL in one style", () => {
  expect(badNames(["src/claim-jobs.sql", "src/utils.ts", "src/common/id.ts"])).toEqual([
    "src/claim-jobs.sql is not snake_case",
    'src/utils.ts is named "utils", which says nothing about what is inside',
    'src/common/id.ts is named "common", which says nothing about what is inside',
  ]);
  expect(badNames(["src/job-queue.ts", "src/job-queue.long.test.ts", "src/claim_jobs.sql", "0001_jobs.sql"])).toEqual(
    [],
  );

  expect(badNames(sourceFiles("ts", "tsx", "sql").map(({ path }) => path))).toEqual([]);
});
