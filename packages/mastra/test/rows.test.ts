import { openStore, type Store } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastStorage } from "../src/index.ts";
import { randomFrom } from "./observed.ts";

const at = (second: number) => new Date(1_700_000_000_000 + second * 1000);

describeOnEach("Mastra's documents", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test.each([1, 5, 7])(
    "have exactly the rows that lead to them, after concurrent writes and removals (seed %i)",
    async (seed) => {
      const { memory, observability } = new HoldfastStorage(store).stores ?? {};
      const pick = randomFrom(seed);
      const calls = Array.from({ length: 120 }, (_, i) => {
        const threadId = pick(["t1", "t2"]);
        const resourceId = pick(["r1", "r2"]);
        const content = { format: 2 as const, parts: [], metadata: { mark: pick([1, 2]) } };
        const message = { id: pick(["m1", "m2", "m3"]), threadId, resourceId, role: "user" as const, content };
        const thread = { id: threadId, resourceId, createdAt: at(i), updatedAt: at(i), metadata: { mark: i % 3 } };
        const span = {
          spanId: pick(["s1", "s2"]),
          name: "n",
          isEvent: false,
          startedAt: at(i),
          entityName: `e${i % 4}`,
        };
        const root = {
          ...span,
          traceId: threadId,
          parentSpanId: span.spanId === "s1" ? null : "s1",
          spanType: "agent_run",
        };
        const chosen = pick<() => Promise<unknown> | undefined>([
          () => memory?.saveThread({ thread }),
          () => memory?.saveMessages({ messages: [{ ...message, createdAt: at(i) }] }),
          () => memory?.updateMessages({ messages: [{ id: message.id, threadId }] }),
          () => memory?.updateThreadResourceId({ threadId, resourceId }).catch(() => "no such thread"),
          () => memory?.deleteMessages([message.id]),
          () => memory?.deleteThread({ threadId }),
          () => observability?.batchCreateSpans({ records: [root] as never }),
          () => observability?.batchDeleteTraces({ traceIds: [threadId] }),
        ]);
        return async () => chosen();
      });
      for (let i = 0; i < calls.length; i += 6) await Promise.all(calls.slice(i, i + 6).map((call) => call()));
      const named: string[] = [];
      const rows: string[] = [];
      for await (const { prefix, key, value } of store.kv.iterateScan("mastra ")) {
        if (/ (by|has) /u.test(prefix)) rows.push(JSON.stringify([prefix, key]));
        else {
          const { places } = JSON.parse(Buffer.from(value ?? []).toString()) as { places: unknown[] };
          named.push(...places.map((place) => JSON.stringify(place)));
        }
      }
      expect(rows.toSorted()).toEqual(named.toSorted());
      expect(rows.length).toBeGreaterThan(0);
    },
  );
});
