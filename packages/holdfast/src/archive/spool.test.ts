import { expect, test } from "vitest";
import { Spool } from "./spool.ts";

test("what was written before a restart is gone, and what comes after it is at the beginning", async () => {
  const spool = await Spool.open();
  try {
    // More than the buffer holds, so that it is in the file.
    await spool.write(`${"x".repeat(1_500_000)}\n`);
    await spool.restart();
    await spool.write("first\n");
    await spool.write("second\n");
    const lines: string[] = [];
    for await (const line of spool.lines()) lines.push(line);
    expect(lines).toEqual(["first", "second"]);
  } finally {
    await spool.remove();
  }
});
