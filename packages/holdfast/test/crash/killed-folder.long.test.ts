import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { executionIds, killStepper, prepareSteps } from "./steps.ts";
import { Oracle, temporaryFolder } from "./support.ts";

const kills = Number(process.env["HOLDFAST_CRASH_CYCLES"] ?? 25);

test.each(["full", "relaxed"] as const)(
  "a folder of %s durability survives the death of its process",
  async (durability) => {
    const connection = { folder: temporaryFolder(), durability };
    const oracle = new Oracle();
    await prepareSteps(connection);
    for (let life = 0; life < kills; life++) {
      await killStepper(connection, oracle, life);
      const store = await openStore(connection);
      try {
        expect(await oracle.faults(store, executionIds)).toEqual([]);
      } finally {
        await store.close();
      }
    }
    expect(oracle.acknowledged).toBeGreaterThan(kills);
  },
);
