import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test.for([["--input-type=module"], ["--input-type", "module"]])(
  "a program given as text may open one: %s",
  async (flags) => {
    const program = `
    import { openStore } from "holdfast";
    const store = await openStore({ memory: true });
    await store.ping();
    await store.close();
    console.log("closed");
  `;
    const { stdout } = await run(process.execPath, [...flags, "--eval", program], { cwd: import.meta.dirname });
    expect(stdout).toBe("closed\n");
  },
);
