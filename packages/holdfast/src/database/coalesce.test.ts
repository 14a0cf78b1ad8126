import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { DuplicateError, UnavailableError } from "../errors.ts";
import { Coalescer } from "./coalesce.ts";
import { HeldLane } from "./held-lane.ts";
import type { Plan } from "./plan.ts";
import type { RunPlan } from "./run-plan.ts";

interface Input {
  readonly key: string;
  readonly n: number;
}

/** Answers a batch; `lockMs` is how long it may wait for locks, undefined where for ever. */
type Answer = (batch: readonly Input[], lockMs: number | undefined) => Promise<readonly number[]>;

/** What a coalescer needs besides plans: a lane of two connections, and the given number of calls without a guard. */
function partsOf(run: RunPlan, { connectionsMax = 20, unguarded = 10 } = {}) {
  const lane = new HeldLane(2, async () => ({ lockMs: 0, statementMs: 0 }));
  const takeUnguarded = (): boolean => unguarded-- > 0;
  const lockWaits = { isGuarding: true, lane, takeUnguarded, giveUnguarded: () => void unguarded++ };
  return { run, lockWaits, connectionsMax };
}

/** A coalescer over a database that is a function: what a batch comes to, and a record of the batches. */
function coalescer(answer: Answer, options: { readonly connectionsMax?: number; readonly unguarded?: number } = {}) {
  const batches: (readonly Input[])[] = [];
  const plans = new Map<Plan<readonly number[]>, readonly Input[]>();
  const write = {
    name: "test",
    keys: ({ key }: Input) => [key],
    plan: (batch: readonly Input[]): Plan<readonly number[]> => {
      const plan: Plan<readonly number[]> = { statements: [], read: () => [] };
      plans.set(plan, batch);
      return plan;
    },
  };
  // It is given no plans but those of this write.
  const run = (async (plan, { guard, onSend } = {}) => {
    const batch = plans.get(plan as unknown as Plan<readonly number[]>) ?? [];
    onSend?.();
    batches.push(batch);
    return answer(batch, guard?.lockMs);
  }) as RunPlan;
  const calls = new Coalescer<Input, number>(write, partsOf(run, options));
  return { batches: () => batches.map((batch) => batch.map(({ key, n }) => `${key}${n}`).join(" ")), calls };
}

const echo = async (batch: readonly Input[]): Promise<readonly number[]> => {
  await sleep(2);
  return batch.map(({ n }) => n);
};

function failure(code: string): DuplicateError {
  return new DuplicateError("Refused.", { cause: Object.assign(new Error("refused"), { code }) });
}

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

test("a lone call goes by the plan of the usual case, and by the other where that gives nothing", async () => {
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
    usual: ({ key, n }: Input) => (key === "none" ? undefined : planned(key, key === "usual" ? [n] : [])),
  };
  const coalesced = new Coalescer<Input, number>(
    write,
    partsOf(async (plan) => plan.read([])),
  );
  const call = (key: string, n: number): Promise<number> => coalesced.call({ key, n });
  expect([await call("usual", 1), await call("unusual", 2), await call("none", 3)]).toEqual([1, 2, 3]);
  expect(await Promise.all([call("usual", 4), call("unusual", 5)])).toEqual([4, 5]);
  expect(sent).toEqual(["usual", "unusual", "batch of 1", "batch of 1", "batch of 2"]);
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

/** Answers as a server does on which others hold the rows of some keys until they let go. */
function holding(held: Set<string>): Answer {
  return async (batch, lockMs) => {
    const endsAt = performance.now() + (lockMs ?? Infinity);
    while (batch.some(({ key }) => held.has(key))) {
      await sleep(1);
      if (performance.now() > endsAt) throw failure("55P03");
    }
    return echo(batch, lockMs);
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
  const order = [..."abab"].map((key, n) => calls.call({ key, n }));
  expect(await Promise.all([order[1], order[3]])).toEqual([1, 3]);
  held.clear();
  expect(await Promise.all(order)).toEqual([0, 1, 2, 3]);
  expect(batches().lastIndexOf("a0")).toBeLessThan(batches().lastIndexOf("a2"));
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

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((_resolve) => {
    resolve = _resolve;
  });
  return { promise, resolve: () => resolve() };
}
