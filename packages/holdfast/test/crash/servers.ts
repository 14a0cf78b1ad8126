import { setTimeout as sleep } from "node:timers/promises";
import type { TestContext } from "vitest";
import { openStore } from "../../src/index.ts";
import { ownServer } from "../support/own-server.ts";
import { until } from "../support/waiting.ts";
import { executionIds, makeStep, makeSteps, prepareSteps } from "./steps.ts";
import { Oracle } from "./support.ts";

const clients = 6;

/** What a store was like after crashes: what is wrong in it, and of how many steps nobody knows what became of them. */
export interface Crashed {
  readonly faults: readonly string[];
  readonly unknown: number;
}

/** Kills PostgreSQL again and again while clients of one store make steps; the store must reconnect by itself. */
export async function killServer(context: TestContext, major: 15 | 18, kills: number): Promise<Crashed> {
  const server = await ownServer(context, { major });
  await prepareSteps({ url: server.url });
  const store = await openStore({ url: server.url });
  const oracle = new Oracle();
  const faults: string[] = [];
  try {
    for (let cycle = 0; cycle < kills; cycle++) {
      const before = oracle.acknowledged;
      let isOver = false;
      const working = Array.from({ length: clients }, (_, client) =>
        makeSteps(store, oracle, `cycle-${cycle}-client-${client}`, () => isOver),
      );
      // Also while they come back from the former crash.
      await Promise.race([until(() => oracle.acknowledged > before + 20), ...working]);
      await sleep(Math.random() * 100);
      await server.kill();
      await server.restart();
      const after = oracle.acknowledged;
      await Promise.race([until(() => oracle.acknowledged > after + 20), ...working]);
      isOver = true;
      await Promise.all(working);
      faults.push(...(await oracle.faults(store, executionIds)));
    }
    const [first = ""] = executionIds;
    await makeStep(store, oracle, first, "last");
    faults.push(...(await oracle.faults(store, executionIds)));
    return { faults, unknown: oracle.unknown };
  } finally {
    await store.close();
  }
}
