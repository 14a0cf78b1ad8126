import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { processesTimeoutMs } from "../support/waiting.ts";
import { executionIds, killStepper, prepareSteps } from "./steps.ts";
import { Oracle, temporaryFolder } from "./support.ts";

// The process that has an embedded folder open dies by `kill -9`, between its steps and within them.

test(
  "a folder keeps every acknowledged step of a killed process, and no half of another",
  { timeout: processesTimeoutMs },
  async () => {
    const connection = { folder: temporaryFolder() };
    const oracle = new Oracle();
    await prepareSteps(connection);
    for (let life = 0; life < 2; life++) await killStepper(connection, oracle, life);
    const store = await openStore(connection);
    try {
      expect(await oracle.faults(store, executionIds)).toEqual([]);
    } finally {
      await store.close();
    }
    expect(oracle.acknowledged).toBeGreaterThan(2);
  },
);
