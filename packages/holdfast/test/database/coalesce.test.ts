import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { UnavailableError } from "../../src/core/errors.ts";
import type { Plan } from "../../src/core/plan.ts";
import { Coalescer } from "../../src/session/coalescer.ts";
import { withResolvers } from "../support/waiting.ts";
import { coalescer, echo, failure, type Input, partsOf } from "./coalescer.ts";

test("the first call goes at once, and those that come meanwhile go together, sorted by key", async () => {
  const { calls, batches } = coalescer(echo);
  const first = calls.call({ key: "m", n: 1 });
  await Promise.resolve();
  await Promise.resolve();
  const rest = ["z", "a", "k"].map((key, i) => calls.call({ key, n: i + 2 }));
  expect(await Promise.all([first, ...rest])).toEqual([1, 2, 3, 4]);
  expect(batches()).toEqual(["m1", "a3 k4 z2"]);
});

test("calls of one turn of the event loop travel together from the first batch on", async () => {
  const { calls, batches } = coalescer(echo);
  await Promise.all(["b", "a"].map((key, n) => calls.call({ key, n })));
  expect(batches()).toEqual(["a1 b0"]);
});

test("no key is twice in a batch, and calls on one key keep their order", async () => {
  const { calls, batches } = coalescer(echo);
  const inputs = ["a", "b", "a", "c", "a", "b"].map((key, n) => ({ key, n }));
  expect(await Promise.all(inputs.map((input) => calls.call(input)))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(batches()).toEqual(["a0 b1 c3", "a2 b5", "a4"]);
});

test("a batch holds 500 inputs at most", async () => {
  const { calls, batches } = coalescer(echo);
  await Promise.all(Array.from({ length: 1201 }, (_, n) => calls.call({ key: `k${n}`, n })));
  expect(batches().map((batch) => batch.split(" ").length)).toEqual([500, 500, 201]);
});

test.each(["23505", "HF001", "22P02", "54000", "57014"])(
  "after %s the batch is halved until the guilty input is alone with its error",
  async (code) => {
    const { calls } = coalescer(async (batch) => {
      if (batch.some(({ n }) => n === 5)) throw failure(code);
      return batch.map(({ n }) => n);
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 9 }, (_, n) => calls.call({ key: `k${n}`, n })));
    expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : "failed"))).toEqual([
      0,
      1,
      2,
      3,
      4,
      "failed",
      6,
      7,
      8,
    ]);
  },
);

test.each(["53100", "25006", "40001", "08006", "ECONNRESET"])(
  "after %s nothing is sent again: every caller gets the error",
  async (code) => {
    const { calls, batches } = coalescer(async () => {
      throw new UnavailableError("Gone.", { cause: Object.assign(new Error("gone"), { code }) });
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, (_, n) => calls.call({ key: `k${n}`, n })));
    expect(outcomes.every((outcome) => outcome.status === "rejected")).toBe(true);
    expect(batches()).toHaveLength(1);
  },
);

test("a failed batch does not stop the next", async () => {
  let isFirst = true;
  const { calls } = coalescer(async (batch) => {
    const wasFirst = isFirst;
    isFirst = false;
    if (wasFirst) throw new UnavailableError("Gone.");
    return echo(batch);
  });
  await expect(calls.call({ key: "a", n: 1 })).rejects.toThrow("Gone.");
  expect(await calls.call({ key: "a", n: 2 })).toBe(2);
});

test("too few results are an error, not undefined", async () => {
  const { calls } = coalescer(async () => []);
  await expect(calls.call({ key: "a", n: 1 })).rejects.toThrow("0 results for 1 inputs");
});

test("a lone call goes by its fast path, and by the general plan where that gives nothing", async () => {
  const sent: string[] = [];
  const planned = (name: string, outputs: readonly number[]): Plan<readonly number[]> => ({
    statements: [],
    read: () => {
      sent.push(name);
      return outputs;
    },
  });
  const write = {
    name: "test",
    keys: ({ key }: Input) => [key],
    plan: (batch: readonly Input[]) =>
      planned(
        `batch of ${batch.length}`,
        batch.map(({ n }) => n),
      ),
    fastPath: ({ key, n }: Input) => (key === "none" ? undefined : planned(key, key === "common" ? [n] : [])),
  };
  const coalesced = new Coalescer(partsOf(async (plan) => plan.read([])));
  const call = (key: string, n: number): Promise<number> => coalesced.call(write, { key, n });
  expect([await call("common", 1), await call("uncommon", 2), await call("none", 3)]).toEqual([1, 2, 3]);
  expect(await Promise.all([call("common", 4), call("uncommon", 5)])).toEqual([4, 5]);
  expect(sent).toEqual(["common", "uncommon", "batch of 1", "batch of 1", "batch of 2"]);
});

test("a lone call that waits for a lock holds up its own keys, and no others", async () => {
  const { promise: unlocked, resolve: unlock } = withResolvers();
  const { calls, batches } = coalescer(async (batch) => {
    if (batch.some(({ n }) => n === 1)) await unlocked;
    return echo(batch);
  });
  const locked = calls.call({ key: "a", n: 1 });
  await sleep(1);
  const behind = calls.call({ key: "a", n: 2 });
  expect(await calls.call({ key: "b", n: 3 })).toBe(3);
  unlock();
  expect(await Promise.all([locked, behind])).toEqual([1, 2]);
  expect(batches()).toEqual(["a1", "b3", "a2"]);
});

test("on a single connection batches always follow each other", async () => {
  const { promise: unlocked, resolve: unlock } = withResolvers();
  const { calls, batches } = coalescer(
    async (batch) => {
      if (batch.some(({ n }) => n === 1)) await unlocked;
      return echo(batch);
    },
    { connectionsMax: 1, unguarded: 0 },
  );
  const locked = calls.call({ key: "a", n: 1 });
  await sleep(1);
  const other = calls.call({ key: "b", n: 3 });
  await sleep(80);
  expect(batches()).toEqual(["a1"]);
  unlock();
  await Promise.all([locked, other]);
});
