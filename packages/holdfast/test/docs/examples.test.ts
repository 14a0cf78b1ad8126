import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { shortLived } from "../support/short-lived.ts";
import { allFences, fencesOf } from "./fences.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");
// Inside the project, so that `holdfast` is found as a user's program finds it.
const folder = join(root, ".cache/fences");
const fences = allFences(root).map((fence, i) => ({ ...fence, file: join(folder, `fence-${i}.ts`) }));
let compiling: Promise<unknown>;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    rootDir: ".",
    outDir: "compiled",
    skipLibCheck: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const { file, code } of fences) writeFileSync(file, `${code}\nexport {};\n`);
  compiling = run("npx", ["tsc", "--project", folder], { cwd: root });
  await compiling.catch(() => undefined);
}, 60_000);

describe("the examples in documents and docstrings", () => {
  test("are found, with their lines", () => {
    expect(fencesOf("a.md", "x\n```ts runnable\nlet a = 1;\n```\n")).toEqual([
      { place: "a.md:2", isRunnable: true, code: "let a = 1;\n" },
    ]);
    expect(fencesOf("a.ts", "/**\n * ```ts\n * f();\n * ```\n */")).toEqual([
      { place: "a.ts:2", isRunnable: false, code: "f();\n" },
    ]);
    expect(fences.length).toBeGreaterThan(5);
  });

  test("compile", async () => {
    await expect(
      compiling.catch((error: { stdout?: string }) => Promise.reject(new Error(placesIn(error.stdout ?? "")))),
    ).resolves.toBeDefined();
  });

  for (const { place, file } of fences.filter(({ isRunnable }) => isRunnable)) {
    test(`${place} runs`, { timeout: 60_000 }, async () => {
      const program = join(folder, "compiled", `${basename(file, ".ts")}.js`);
      await expect(run(process.execPath, [...shortLived, program], { cwd: root })).resolves.toMatchObject({
        stderr: "",
      });
    });
  }
});

/** The compiler's words, with the places of the examples instead of the files that they were written to. */
function placesIn(output: string): string {
  return fences.reduce(
    (text, { file, place }, i) => text.replaceAll(file, place).replaceAll(`fence-${i}.ts`, place),
    output,
  );
}
