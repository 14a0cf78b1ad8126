import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test.for([["--max-old-space-size=512"], ["--max-old-space-size=512", "--input-type", "module"]])(
  "a program given as text, with flags of V8's, may open one: %j",
  async (flags) => {
    const program = `
    import("holdfast").then(async ({ openStore }) => {
      const store = await openStore({ memory: true });
      await store.ping();
      await store.close();
      console.log("closed");
    });
  `;
    const { stdout } = await run(process.execPath, [...flags, "--eval", program], { cwd: import.meta.dirname });
    expect(stdout).toBe("closed\n");
  },
);
