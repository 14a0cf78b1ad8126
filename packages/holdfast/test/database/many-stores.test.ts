import { expect, test } from "vitest";
import { testStore } from "../../src/testing/index.ts";

/** Marks that each storage of asynchronous context leaves on each promise, before Node.js 24. */
async function marksOnPromises(): Promise<number> {
  await Promise.resolve();
  return Object.getOwnPropertySymbols(Promise.resolve()).length;
}

/** Opens a store, runs a transaction with another in it, and closes it. */
async function runTransactions(): Promise<void> {
  await using opened = await testStore();
  await opened.store.transaction((tx) => tx.transaction((inner) => inner.kv.get("p", "k")));
}

test("stores that ran transactions make no later promise dearer", async () => {
  await runTransactions();
  const marks = await marksOnPromises();
  for (let i = 0; i < 5; i++) await runTransactions();
  expect(await marksOnPromises()).toBe(marks);
});
