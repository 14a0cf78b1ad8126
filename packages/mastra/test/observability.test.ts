import { InMemoryStore, type ObservabilityStorage } from "@mastra/core/storage";
import { openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastObservability } from "../src/index.ts";
import { observedCalls } from "./observed.ts";

describeOnEach("Mastra's observability", (database) => {
  let store: Store;
  let observability: HoldfastObservability;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    observability = new HoldfastObservability(store);
  });
  afterAll(() => store.close());

  test.each([3, 6, 9])("answers random calls as Mastra's own store in memory does (seed %i)", async (seed) => {
    await observability.dangerouslyClearAll();
    const oracle = new InMemoryStore().stores?.observability as ObservabilityStorage;
    for (const [i, call] of observedCalls(seed, 120).entries()) {
      expect({ i, answer: comparable(await call(observability)) }).toEqual({
        i,
        answer: comparable(await call(oracle)),
      });
    }
  });

  test("shows a caller whose tenant is null no tenant's records", async () => {
    const filters = { organizationId: null };
    const span = {
      traceId: "tenant",
      spanId: "s1",
      parentSpanId: null,
      name: "n",
      spanType: "agent_run",
      isEvent: false,
    };
    const context = { organizationId: "o1", startedAt: new Date() };
    await observability.batchCreateSpans({ records: [{ ...span, ...context }] as never });
    expect((await observability.listTraces({ filters })).pagination?.total).toBe(0);
    expect((await observability.listBranches({ filters })).pagination?.total).toBe(0);
    expect((await observability.listTraces({ filters: { organizationId: "o1" } })).pagination?.total).toBeGreaterThan(
      0,
    );
  });
});

/** An answer as JSON, without the times of writing and Mastra's cursors. Groups of equal values have no order. */
function comparable(answer: unknown): unknown {
  const left = new Set(["createdAt", "updatedAt", "deltaCursor"]);
  const text = JSON.stringify(answer ?? null, (key, value: unknown) => {
    if (left.has(key) || value === null) return undefined;
    return (key === "groups" || key === "series") && Array.isArray(value) ? value.toSorted(byValueAndText) : value;
  });
  return JSON.parse(text ?? "null");
}

function byValueAndText(a: { value?: number }, b: { value?: number }): number {
  return (b.value ?? 0) - (a.value ?? 0) || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}
