import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** How many programs one process runs. Most of the time of a process goes into loading Holdfast and compiling PostgreSQL. */
const togetherMax = 12;

/** Runs the programs that are its arguments, one after the other. Where one fails, the error names it. */
const runner = `
for (const program of process.argv.slice(2)) {
  await import(program).catch((cause) => Promise.reject(new Error(program + " failed", { cause })));
  console.log("ran " + program);
}
`;

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
  writeFileSync(join(folder, "run.js"), runner);
  for (const { file, code } of fences) writeFileSync(file, `${code}\nexport {};\n`);
  compiling = run("npx", ["tsc", "--project", folder], { cwd: root });
  await compiling.catch(() => undefined);
}, 300_000);

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

  test("wait for signals, and never sleep in a loop", () => {
    const sleeping = /\b(while|for)\b[^;]*\bsetTimeout\b/;
    expect(sleeping.test("while (!done) await new Promise((resolve) => setTimeout(resolve, 10));")).toBe(true);
    expect([...fences, ...programs()].filter(({ code }) => sleeping.test(code)).map(({ place }) => place)).toEqual([]);
  });

  const runnable = fences.filter(({ isRunnable }) => isRunnable);
  for (let from = 0; from < runnable.length; from += togetherMax) {
    const some = runnable.slice(from, from + togetherMax);
    test(`run: ${some.map(({ place }) => place).join(", ")}`, { timeout: 300_000 }, async () => {
      const programs = some.map(({ file }) => join(folder, "compiled", `${basename(file, ".ts")}.js`));
      const { stdout, stderr } = await run(process.execPath, [...shortLived, join(folder, "run.js"), ...programs], {
        cwd: root,
      });
      expect({ stderr, ran: stdout.match(/^ran .*$/gm) }).toEqual({
        stderr: "",
        ran: programs.map((program) => `ran ${program}`),
      });
    });
  }
});

/** The programs in examples/, by their places. */
function programs(): readonly { readonly place: string; readonly code: string }[] {
  const files = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ place: `examples/${file}`, code: readFileSync(join(root, "examples", file), "utf8") }));
}

/** The compiler's words, with the places of the examples instead of the files that they were written to. */
function placesIn(output: string): string {
  return fences.reduce(
    (text, { file, place }, i) => text.replaceAll(file, place).replaceAll(`fence-${i}.ts`, place),
    output,
  );
}
