import { afterAll, beforeAll, expect, test } from "vitest";
import type { HoldfastError } from "../../src/core/errors.ts";
import { openStore, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { comparable, type Outcome, outcomeOf } from "./outcomes.ts";

// A lone write has a statement of its own beside that of a batch. Each case runs twice, by itself and beside another write, on similar
// rows of two ids. The outcomes must be the same except for ids and times.

/** An error without what it says of the row as it is. */
function withoutActual(error: unknown): unknown {
  return error === undefined
    ? undefined
    : { ...error, facts: { ...(error as HoldfastError).facts, actual: undefined } };
}

describeOnEach("a write by itself comes to the same as one of a batch", (fresh) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await fresh.prepared());
    await store.executions.saveMany([{ id: "e" }, { id: "other" }]);
  });
  afterAll(() => store.close());

  const stored = { status: "running", labels: { a: 1 }, state: { n: 1 }, input: [1] } as const;
  const executions: readonly (readonly [string, object])[] = [
    ["keeping everything", {}],
    ["status and payloads", { status: "waiting", state: null, output: { text: "\u0000" } }],
    ["the end", { status: "failed", error: "x" }],
    ["a status that cannot follow", { status: "pending" }],
    ["strategy and labels", { strategy: "race", labels: { b: "2" } }],
    ["no labels", { labels: {} }],
    ["the expected version", { expectedVersion: 1 }],
    ["no row expected", { expectedVersion: 0 }],
    ["another expected version", { expectedVersion: 7 }],
    ["a token that was never given", { token: 3 }],
    ["a token, and a status that cannot follow", { token: 3, status: "pending" }],
    ["a token, and another expected version", { token: 3, expectedVersion: 7 }],
  ];
  test.each(executions)("execution: %s", async (name, change) => {
    for (const isStored of [true, false]) {
      const [alone, beside] = [`${name} alone ${isStored}`, `${name} beside ${isStored}`];
      if (isStored) await store.executions.saveMany([alone, beside].map((id) => ({ id, ...stored })));
      const lone = await outcomeOf(store.executions.save({ id: alone, ...change }));
      const both = store.executions.saveMany([{ id: beside, ...change }, { id: "other" }]).then(([first]) => first);
      expect(comparable(lone, alone)).toBe(comparable(await outcomeOf(both), beside));
      const [one, two] = await Promise.all([alone, beside].map((id) => outcomeOf(store.executions.get(id))));
      expect(comparable(one ?? {}, alone)).toBe(comparable(two ?? {}, beside));
      const labeled = await store.executions.list({ labels: { b: "2" } });
      expect(labeled.items.some(({ id }) => id === alone)).toBe(labeled.items.some(({ id }) => id === beside));
    }
  });

  const task = { executionId: "e", name: "n", component: "c", tool: "t", input: { n: 1 } } as const;
  const tasks: readonly (readonly [string, object])[] = [
    ["keeping everything", {}],
    ["what is named", { name: "m", type: "basic", status: "running", strategy: "race", attempt: 2 }],
    ["cleared ids", { component: null, tool: null, parentId: null }],
    ["another work", { agent: "a", action: "b", tool: null }],
    ["payloads", { output: null, error: { text: "\u0000" }, status: "failed" }],
    ["the expected version", { expectedVersion: 1 }],
    ["no row expected", { expectedVersion: 0 }],
    ["another expected version", { expectedVersion: 7 }],
    ["another execution", { executionId: "other" }],
    ["an execution that does not exist", { executionId: "nowhere" }],
    ["no execution, and another expected version", { executionId: "nowhere", expectedVersion: 7 }],
    ["a type without work", { type: "composite", tool: null }],
    ["work that does not fit the stored", { agent: "a", action: "b" }],
  ];
  test.each(tasks)("task: %s", async (name, change) => {
    for (const isStored of [true, false]) {
      const [alone, beside] = [`${name} alone ${isStored}`, `${name} beside ${isStored}`];
      if (isStored) await store.tasks.saveMany([alone, beside].map((id) => ({ id, ...task })));
      const lone = await outcomeOf(store.tasks.save({ id: alone, executionId: "e", name: "n", ...change }));
      const both = store.tasks
        .saveMany([
          { id: beside, executionId: "e", name: "n", ...change },
          { id: "another", executionId: "e", name: "n" },
        ])
        .then(([first]) => first);
      expect(comparable(lone, alone)).toBe(comparable(await outcomeOf(both), beside));
      const [one, two] = await Promise.all([alone, beside].map((id) => outcomeOf(store.tasks.get(id))));
      expect(comparable(one ?? {}, alone)).toBe(comparable(two ?? {}, beside));
    }
  });

  test("an entry of kv", async () => {
    for (const value of [null, new Uint8Array(), new Uint8Array([0, 255])]) {
      for (const ttlMs of [undefined, 60_000]) {
        await store.kv.set({ prefix: "p", key: "alone", value, ttlMs });
        await store.kv.setMany([
          { prefix: "p", key: "beside", value, ttlMs },
          { prefix: "p", key: "other", value },
        ]);
        const [lone, beside] = await store.kv.getMany([
          { prefix: "p", key: "alone" },
          { prefix: "p", key: "beside" },
        ]);
        expect(lone?.value).toEqual(value);
        expect(beside?.value).toEqual(value);
        expect(lone?.expiresAt === null).toBe(ttlMs === undefined);
        expect(lone?.createdAt).toEqual((await store.kv.get("p", "alone"))?.createdAt);
      }
    }
  });

  const payload = new Uint8Array([1, 2]);
  const snapshots: readonly (readonly [string, object])[] = [
    ["the next version", { version: 6n }],
    ["all that can be said", { version: 6n, shard: 3, keep: 2, definition: { name: "d", hash: "h" }, timestamp: 9n }],
    ["the same once more", {}],
    ["the same with another payload", { payload: new Uint8Array([3]) }],
    ["the same with another manifest", { manifest: "n" }],
    ["the same on another shard", { shard: 1 }],
    ["the same of another definition", { definition: { name: "d", version: 1 } }],
    ["an older version", { version: 4n }],
    ["none expected", { version: 6n, expectedGeneration: 0 }],
    ["no version expected", { version: 6n, expectedVersion: null }],
    ["the stored version expected", { version: 6n, expectedVersion: 5n }],
    ["the same once more, and another expected", { expectedVersion: 4n }],
  ];
  test.each(snapshots)("snapshot: %s", async (name, change) => {
    for (const isStored of [true, false]) {
      const [alone, beside] = [`${name} alone ${isStored}`, `${name} beside ${isStored}`];
      const first = { version: 5n, payload, manifest: "m" };
      const ids = isStored ? [alone, beside] : [];
      await store.snapshots.writeMany(ids.map((persistenceId) => ({ persistenceId, ...first })));
      const lone = await outcomeOf(store.snapshots.write({ persistenceId: alone, ...first, ...change }));
      const both = store.snapshots
        .writeMany([
          { persistenceId: beside, ...first, ...change },
          { persistenceId: "another", ...first },
        ])
        .then(([written]) => written);
      // Which generation is there instead is of the row alone.
      const anonymous = (outcome: Outcome): Outcome => ({ ...outcome, error: withoutActual(outcome.error) });
      expect(comparable(anonymous(lone), alone)).toBe(comparable(anonymous(await outcomeOf(both)), beside));
      const [one, two] = await Promise.all([alone, beside].map((id) => outcomeOf(store.snapshots.latest(id))));
      expect(comparable(one ?? {}, alone)).toBe(comparable(two ?? {}, beside));
    }
  });

  test("waits and deliveries", async () => {
    const { correlations } = store;
    const told: string[] = [];
    for (const id of ["lone", "many"]) {
      // The others are of keys of their own.
      const waits = async (key: string, step: string) => {
        const of = (name: string) => ({ key: `${id} ${name}`, executionId: "e", step, ttlMs: 60_000 });
        if (id === "lone") return correlations.wait(of(key));
        return (await correlations.waitMany([of(key), of(`beside ${key}`)]))[0];
      };
      const delivers = async (key: string, more: object) => {
        const event = { key: `${id} ${key}`, payload: null, ...more };
        if (id === "lone") return correlations.deliver(event);
        return (await correlations.deliverMany([event, { key: `${id} other` }]))[0];
      };
      const outcomes = [
        await waits("first", "a"),
        await waits("first", "a"),
        await waits("first", "b"),
        await delivers("first", { to: "all" }),
        await delivers("second", { payload: { n: 1 } }),
        await delivers("second", { dedupeId: "once" }),
        await delivers("second", { dedupeId: "once" }),
        await waits("second", "a"),
        await waits("second", "a"),
        await waits("second", "a"),
        await delivers("second", {}),
        await delivers("first", {}),
        await outcomeOf(correlations.wait({ key: id, executionId: "nowhere", step: "a" })),
      ];
      told.push(
        JSON.stringify(outcomes, (key, value: unknown) =>
          /^(id|eventId|createdAt|expiresAt|deliveredAt)$/.test(key) ? "" : value,
        ),
      );
    }
    expect(told[0]?.replaceAll("lone", "many")).toBe(told[1]);
  });

  test("entries of history, the first and those after it, with and without an expected number", async () => {
    const told: string[] = [];
    for (const id of ["appended alone", "appended inside"]) {
      const append = (executionId: string, expectedNext?: number) => {
        const entries = [{ kind: "k", payload: { id } }];
        // In a transaction there is no fast path, because a later call could overtake what is sent again.
        if (id === "appended alone") return store.history.append(executionId, entries, { expectedNext });
        return store.transaction((tx) => tx.history.append(executionId, entries, { expectedNext }));
      };
      await store.executions.save({ id });
      const outcomes = [
        await outcomeOf(append(`${id} nowhere`)),
        await outcomeOf(append(id, 2)),
        await outcomeOf(append(id, 1)),
        await outcomeOf(append(id)),
        await outcomeOf(append(id, 3)),
        await outcomeOf(append(id, 3)),
        await outcomeOf(append(id)),
      ];
      const { items } = await store.history.read(id);
      told.push(comparable({ result: [outcomes, items.map(({ number, kind }) => `${number} ${kind}`)] }, id));
    }
    expect(told[0]).toBe(told[1]);
  });

  test("acknowledgements of timers, by who has them and by who has not", async () => {
    const told: string[] = [];
    for (const id of ["acknowledged alone", "acknowledged beside"]) {
      await store.timers.schedule({ id, executionId: "e", step: "s", afterMs: 0 });
      const claim = (await store.timers.claim({ leaseMs: 3_600_000 })).find((one) => one.id === id);
      const { token = 0 } = claim ?? {};
      const acknowledge = async (claimed: { readonly id: string; readonly token: number }) => {
        if (id === "acknowledged alone") return store.timers.acknowledge(claimed);
        return (await store.timers.acknowledgeMany([claimed, { id: "nobody's", token: 1 }]))[0];
      };
      const outcomes = [
        await acknowledge({ id: `${id} never`, token }),
        await acknowledge({ id, token: token - 1 }),
        await acknowledge({ id, token }),
        await acknowledge({ id, token }),
        await acknowledge({ id, token: token - 1 }),
        (await store.timers.get(id))?.status,
      ];
      told.push(comparable({ result: outcomes }, id).replaceAll(`"token":${token}`, "TOKEN"));
    }
    expect(told[0]).toBe(told[1]);
  });

  test("changes, new tasks, appends and timers", async () => {
    const ids = ["alone", "first", "second"].map((id) => `step ${id}`);
    await store.executions.saveMany(ids.map((id) => ({ id, ...stored })));
    const step = (id: string) =>
      store.executions.transition(id, {
        status: "waiting",
        labels: { a: null, b: "3" },
        usage: { tokens: 2 },
        state: null,
        tasks: [
          { name: "x", tool: "t" },
          { name: "y", status: "running", input: null },
        ],
        timers: [{ step: "s", fireAt: new Date("2030-01-01") }],
        history: [{ kind: "k", payload: { n: 1 } }, { kind: "k" }],
        expectedNext: 1,
      });
    const [alone = "", first = "", second = ""] = ids;
    const results = [await step(alone), ...(await Promise.all([step(first), step(second)]))];
    // What was made here has ids of its own.
    const told = results.map(({ tasks: made, timers, ...rest }, i) =>
      comparable(
        {
          result: {
            ...rest,
            tasks: made.map((one) => ({ ...one, id: "" })),
            timers: timers.map((one) => ({ ...one, id: "" })),
          },
        },
        ids[i] ?? "",
      ),
    );
    expect(new Set(told).size).toBe(1);
    const read = async (id: string) => {
      const { items } = await store.tasks.list({ executionId: id });
      const entries = await store.history.read(id);
      const timers = await store.timers.list({ executionId: id });
      const execution = await store.executions.get(id);
      const anonymous = (rows: readonly object[]) => rows.map((row) => ({ ...row, id: "", position: 0 }));
      return comparable(
        { result: [execution, anonymous(items), anonymous(entries.items), anonymous(timers.items)] },
        id,
      );
    };
    const kept = await Promise.all(ids.map(read));
    expect(new Set(kept).size).toBe(1);
  });
});
