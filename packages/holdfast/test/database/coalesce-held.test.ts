import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { withResolvers } from "../support/waiting.ts";
import { type Answer, coalescer, echo, failure } from "./coalescer.ts";

/** Answers as a server does on which others hold the rows of some keys until they let go. */
function holding(held: Set<string>): Answer {
  return async (batch, lockMs) => {
    const endsAt = performance.now() + (lockMs ?? Infinity);
    while (batch.some(({ key }) => held.has(key))) {
      await sleep(1);
      if (performance.now() > endsAt) throw failure("55P03");
    }
    return echo(batch);
  };
}

test("calls on free rows go on while others wait, which succeed once each when they are let go", async () => {
  const held = new Set(Array.from({ length: 30 }, (_, i) => `held${i}`));
  const { calls, batches } = coalescer(holding(held));
  const waiting = [...held].map((key, n) => calls.call({ key, n }));
  for (let turn = 0; turn < 5; turn++) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => calls.call({ key: `free${n}`, n })));
  }
  held.clear();
  expect(await Promise.all(waiting)).toEqual(waiting.map((_call, n) => n));
  expect(batches().at(-1)).toMatch(/^held/);
});

test("a call waits behind a held one on its key", async () => {
  const held = new Set(["a"]);
  const { calls, batches } = coalescer(holding(held), { unguarded: 0 });
  const order = ["a", "b", "a", "b"].map((key, n) => calls.call({ key, n }));
  expect(await Promise.all([order[1], order[3]])).toEqual([1, 3]);
  held.clear();
  expect(await Promise.all(order)).toEqual([0, 1, 2, 3]);
  expect(batches().lastIndexOf("a0")).toBeLessThan(batches().lastIndexOf("a2"));
});

test("calls in one order go on one after the other when what they travel with parts, and none that comes later passes them", async () => {
  const held = new Set(["a"]);
  const { calls, batches } = coalescer(holding(held), { unguarded: 0, order: ({ n }) => (n < 9 ? "one" : "other") });
  const ordered = ["a", "b", "c"].map((key, n) => calls.call({ key, n }));
  expect(await calls.call({ key: "d", n: 9 })).toBe(9);
  ordered.push(calls.call({ key: "e", n: 3 }));
  held.clear();
  expect(await Promise.all(ordered)).toEqual([0, 1, 2, 3]);
  const fromFirst = batches().slice(batches().lastIndexOf("a0")).join(" ");
  expect(fromFirst.replace(" d9", "")).toBe("a0 b1 c2 e3");
});

test("calls in one order are not sent again when the connection is lost under them", async () => {
  const { calls, batches } = coalescer(
    async () => {
      throw failure("08006");
    },
    { order: () => "one" },
  );
  const outcomes = await Promise.allSettled(["a", "b"].map((key, n) => calls.call({ key, n })));
  expect(outcomes).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  expect(batches()).toEqual(["a0 b1"]);
});

test("a call whose caller leaves keeps its place in the order for those it travels with", async () => {
  const held = new Set(["a", "b"]);
  const { calls, batches } = coalescer(holding(held), { unguarded: 0, order: () => "one" });
  const { signal, abort } = aborting();
  const left = calls.call({ key: "a", n: 0 }, signal);
  const stayed = calls.call({ key: "b", n: 1 });
  await sleep(1);
  abort();
  const later = calls.call({ key: "c", n: 2 });
  await expect(left).rejects.toBeDefined();
  held.clear();
  expect(await Promise.all([stayed, later])).toEqual([1, 2]);
  expect(batches().findIndex((batch) => batch.includes("c2"))).toBeGreaterThan(batches().indexOf("b1") - 1);
});

test("of a batch that parts for one call's sake, the rest is written in the order of the calls", async () => {
  const written: number[] = [];
  const { calls } = coalescer(async (batch) => {
    await sleep(batch.length === 1 ? 1 : 5);
    if (batch.some(({ n }) => n === 5)) throw failure("23505");
    written.push(...batch.map(({ n }) => n));
    return batch.map(({ n }) => n);
  });
  await Promise.allSettled(Array.from({ length: 9 }, (_, n) => calls.call({ key: `k${n}`, n })));
  expect(written).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
});

test("lone calls wait without a guard only as many as may", async () => {
  const held = new Set(["a", "b"]);
  const limits: unknown[] = [];
  const answer = holding(held);
  const { calls } = coalescer((batch, lockMs) => (limits.push(lockMs), answer(batch, lockMs)), { unguarded: 1 });
  const first = calls.call({ key: "a", n: 1 });
  await sleep(70);
  const second = calls.call({ key: "b", n: 2 });
  expect(await calls.call({ key: "c", n: 3 })).toBe(3);
  held.clear();
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  expect(limits.slice(0, 2)).toEqual([undefined, 25]);
});

const reason = new Error("the caller has left");

test("a call that is aborted while it waits is not sent", async () => {
  const { calls, batches } = coalescer(echo);
  const controller = new AbortController();
  const first = calls.call({ key: "a", n: 1 });
  await sleep(1);
  const second = calls.call({ key: "b", n: 2 }, controller.signal);
  const third = calls.call({ key: "c", n: 3 });
  controller.abort(reason);
  await expect(second).rejects.toBe(reason);
  expect(await Promise.all([first, third])).toEqual([1, 3]);
  expect(batches()).toEqual(["a1", "c3"]);
});

test("a held call that is aborted between its tries is taken back", async () => {
  const held = new Set(["a", "b"]);
  const { calls, batches } = coalescer(holding(held), { unguarded: 0 });
  const controller = new AbortController();
  const outcomes = ["a", "b"].map((key, n) => calls.call({ key, n }, key === "b" ? controller.signal : undefined));
  await sleep(60);
  controller.abort(reason);
  held.clear();
  // Under way at that moment, it may be done all the same.
  const [first, second] = await Promise.allSettled(outcomes);
  expect(first).toMatchObject({ value: 0 });
  expect(second?.status === "fulfilled" || second?.reason === reason).toBe(true);
  expect(batches().filter((batch) => batch === "b1").length).toBeGreaterThan(0);
});

test("of a call that is aborted among others what was done counts, and what failed is not tried again", async () => {
  const { promise: answered, resolve: give } = withResolvers();
  const { calls, batches } = coalescer(async (batch) => {
    await answered;
    if (batch.some(({ n }) => n === 9)) throw failure("23505");
    return batch.map(({ n }) => n);
  });
  const { signal, abort } = aborting();
  const done = ["a", "b"].map((key, n) => calls.call({ key, n }, signal));
  await sleep(1);
  abort();
  give();
  expect(await Promise.all(done)).toEqual([0, 1]);
  const failing = aborting();
  const outcomes = Promise.allSettled(["a", "b"].map((key) => calls.call({ key, n: 9 }, failing.signal)));
  await sleep(0);
  failing.abort();
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: expect.any(Error) });
  expect(batches().slice(0, 2)).toEqual(["a0 b1", "a9 b9"]);
});

test("a call that is aborted among others, of which nothing is heard, ends with an unknown outcome", async () => {
  const { promise: answered, resolve: give } = withResolvers();
  const { calls } = coalescer(async (batch) => {
    await answered;
    return batch.map(({ n }) => n);
  });
  const { signal, abort } = aborting();
  const [left, stayed] = [calls.call({ key: "a", n: 1 }, signal), calls.call({ key: "b", n: 2 })];
  await sleep(1);
  abort();
  await expect(left).rejects.toMatchObject({ code: "unavailable", facts: { outcome: "unknown" }, cause: reason });
  give();
  expect(await stayed).toBe(2);
});

function aborting(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(reason) };
}
