import { expect, test } from "vitest";
import { brokenRules, cycles, importGraph } from "./imports.ts";
import { files } from "./sources.ts";

const SOURCE = "packages/holdfast/src/";

const graph = importGraph(
  files((path) => path.startsWith(SOURCE) && path.endsWith(".ts") && !path.endsWith(".test.ts")).map(
    ({ path, text }) => ({ path: path.slice(SOURCE.length), text }),
  ),
);

test("every kind of import is seen", () => {
  const text = `
    import { a } from "./a.ts";
    import type { B } from "../b.ts";
    export * from "pg";
    export const c = async () => import("./c.ts");
  `;
  expect(importGraph([{ path: "jobs/jobs.ts", text }]).map(({ to }) => to)).toEqual([
    "jobs/a.ts",
    "b.ts",
    "pg",
    "jobs/c.ts",
  ]);
});

const FORBIDDEN = [
  ["jobs/claim.ts", "tasks/tree.ts", "a noun imports another's internals"],
  ["jobs/claim.ts", "tasks/statements.generated.ts", "a noun imports another's statements"],
  ["jobs/claim.ts", "index.ts", "a noun imports the whole surface"],
  ["jobs/claim.ts", "store.ts", "a noun imports the store"],
  ["jobs/claim.ts", "worker/worker.ts", "a noun imports the worker"],
  ["database/pool.ts", "jobs/jobs.ts", "database/ imports a noun"],
  ["database/pool.ts", "claims/claims.ts", "database/ imports claims/"],
  ["claims/claims.ts", "jobs/jobs.ts", "claims/ imports a noun"],
  ["cli/migrate.ts", "migrations/migrations.ts", "the command imports internals"],
  ["store.ts", "tasks/tree.ts", "the store imports a noun's internals"],
  ["transition/transition.ts", "tasks/statements.generated.ts", "a transition imports a noun's statements"],
  ["jobs/claim.ts", "../test/support/databases.ts", "the library imports its tests"],
] as const;

const ALLOWED = [
  ["jobs/jobs.ts", "jobs/claim.ts"],
  ["jobs/jobs.ts", "jobs/statements.generated.ts"],
  ["jobs/jobs.ts", "claims/claims.ts"],
  ["jobs/jobs.ts", "database/enums.generated.ts"],
  ["jobs/jobs.ts", "tasks/tasks.ts"],
  ["jobs/jobs.ts", "errors.ts"],
  ["store.ts", "jobs/jobs.ts"],
  ["index.ts", "store.ts"],
  ["cli/migrate.ts", "index.ts"],
  ["testing/index.ts", "testing/clock.ts"],
  ["jobs/jobs.ts", "node:crypto"],
] as const;

test.for(FORBIDDEN)("%s may not import %s: %s", ([from, to]) => {
  expect(brokenRules([{ from, to }])).toEqual([`${from} imports ${to}`]);
});

test.for(ALLOWED)("%s may import %s", ([from, to]) => {
  expect(brokenRules([{ from, to }])).toEqual([]);
});

test("every module imports only what it may", () => {
  expect(graph).not.toEqual([]);
  expect(brokenRules(graph)).toEqual([]);
});

test("no modules import each other in a circle", () => {
  const circle = [
    { from: "a.ts", to: "b.ts" },
    { from: "b.ts", to: "c.ts" },
    { from: "c.ts", to: "b.ts" },
  ];
  expect(cycles(circle)).toEqual(["b.ts → c.ts → b.ts"]);
  expect(cycles(circle.slice(0, 2))).toEqual([]);

  expect(cycles(graph)).toEqual([]);
});
