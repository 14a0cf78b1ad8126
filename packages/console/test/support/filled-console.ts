import { type Console, type ConsoleOptions, createConsole } from "@holdfast/console";
import type { Store } from "holdfast";
import { testSchema, testStore, type TestStore } from "holdfast/testing";
import { afterAll, beforeAll } from "vitest";
import type { FreshDatabase } from "../../../holdfast/test/support/databases.ts";
import { fillDemo } from "../../demo/fill.ts";

/** A store in memory, or in a schema of a server, that is filled once for a block. */
export function filledStore(database: FreshDatabase | null = null): () => Store {
  let opened: TestStore | undefined;
  let drop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const options = (await database?.options()) ?? { memory: true };
    if ("url" in options) {
      const schema = await testSchema({ ...options, schema: "console" });
      drop = () => schema.close();
      opened = await schema.open();
    } else {
      opened = await testStore();
    }
    await fillDemo(opened.store, opened.clock, { executions: 9, stepMs: 60_000 });
  });
  afterAll(async () => {
    await opened?.close();
    await drop?.();
  });
  return () => {
    if (opened === undefined) throw new Error("the store was asked for before its tests began");
    return opened.store;
  };
}

/** A console that asks for nothing, unless the options say so. */
export function openConsole(store: Store, options: ConsoleOptions = {}): Console {
  return createConsole(store, { authorize: () => true, ...options });
}
