import { readFile } from "node:fs/promises";
import { applySwcTransform } from "@workflow/builders";
import { transform } from "esbuild";

/** A compiled file of workflows: the code that the engine replays, and the module that starts workflows and has their steps. */
export interface Compiled<Module> {
  readonly code: string;
  readonly module: Module;
}

/** Compiles a file of workflows without imports, as the engine's integrations (Next.js, Nitro, …) do when they build an application. */
export async function compile<Module>(file: string): Promise<Compiled<Module>> {
  const source = await readFile(file, "utf8");
  const [workflows, steps] = await Promise.all([
    applySwcTransform(file, source, "workflow"),
    applySwcTransform(file, source, "step"),
  ]);
  const { code } = await transform(`globalThis.__private_workflows = new Map();\n${workflows.code}`, {
    format: "iife",
  });
  const module = (await import(`data:text/javascript,${encodeURIComponent(steps.code)}`)) as Module;
  return { code, module };
}
