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
  ["jobs/claim.ts", "index.ts", "a noun imports an entry point"],
  ["jobs/jobs.ts", "jobs/index.ts", "a noun imports its own entry point"],
  ["worker/loop.ts", "jobs/index.ts", "the worker imports an entry point"],
  ["jobs/index.ts", "tasks/tree.ts", "an entry point imports another noun's internals"],
  ["adapters/keyv.ts", "kv/kv.ts", "an adapter imports internals"],
  ["jobs/claim.ts", "store.ts", "a noun imports the store"],
  ["jobs/claim.ts", "worker/worker.ts", "a noun imports the worker"],
  ["core/plan.ts", "session/session.ts", "core/ imports something of ours"],
  ["postgres/pool.ts", "session/session.ts", "postgres/ imports session/"],
  ["postgres/pool.ts", "jobs/jobs.ts", "postgres/ imports a noun"],
  ["session/session.ts", "jobs/jobs.ts", "session/ imports a noun"],
  ["session/session.ts", "claims/claims.ts", "session/ imports claims/"],
  ["jobs/claim.ts", "postgres/pool.ts", "a noun imports the driver's side"],
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
  ["jobs/jobs.ts", "core/enums.generated.ts"],
  ["jobs/jobs.ts", "tasks/tasks.ts"],
  ["jobs/jobs.ts", "core/errors.ts"],
  ["store.ts", "jobs/jobs.ts"],
  ["index.ts", "store.ts"],
  ["executions/index.ts", "executions/executions.ts"],
  ["jobs/index.ts", "jobs/queue-definition.ts"],
  ["executions/index.ts", "transition/transition.ts"],
  ["cli/migrate.ts", "index.ts"],
  ["adapters/keyv.ts", "kv/index.ts"],
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

  expect(cycles(importGraph(files((path) => path.endsWith(".ts"))))).toEqual([]);
});
