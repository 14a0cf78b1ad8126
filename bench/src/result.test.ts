import { expect, test } from "vitest";
import type { Cost } from "./cost.ts";
import { type CaseRounds, type CostlyMeasurement, toBenchResult } from "./result.ts";

const described = { name: "drain", measures: "A queue is drained.", unit: "jobs" };
const costless: Cost = { walBytes: 0, transactions: 0, deadRows: 0, statements: null, clientMicros: null };

function measured(perSecond: number, cost: Partial<Cost> = {}): CostlyMeasurement {
  return { operations: perSecond, elapsedMs: 1000, latencyMs: null, cost: { ...costless, ...cost } };
}

function roundsOf(
  contenders: CaseRounds["case"]["contenders"],
  measurements: Readonly<Record<string, readonly CostlyMeasurement[]>>,
): CaseRounds {
  const references = (Object.values(measurements)[0] ?? []).map(() => 100);
  return { case: { name: "all", contenders }, references, measurements: new Map(Object.entries(measurements)) };
}

test("the former release is not among those that Holdfast is compared to", () => {
  const contenders = [
    { name: "ours", isOurs: true },
    { name: "former", isOurs: false, isFormer: true as const },
    { name: "peer", isOurs: false },
  ];
  const rounds = roundsOf(contenders, { ours: [measured(60)], former: [measured(90)], peer: [measured(20)] });
  expect(toBenchResult(described, [rounds]).cases[0]?.oursToBestOther?.median).toBe(3);
});

test("the client's time and the statements are medians of the rounds that have them", () => {
  const rounds = roundsOf([{ name: "ours", isOurs: true }], {
    ours: [
      measured(10, { clientMicros: 8, statements: 3 }),
      measured(10, { clientMicros: 4 }),
      measured(10, { clientMicros: 5 }),
    ],
  });
  const cost = toBenchResult(described, [rounds]).cases[0]?.contenders[0]?.cost;
  expect(cost).toMatchObject({ clientMicros: 5, statements: 3 });
});

test("a time that no round has is null, and not 0", () => {
  const rounds = roundsOf([{ name: "ours", isOurs: true }], { ours: [measured(10)] });
  const cost = toBenchResult(described, [rounds]).cases[0]?.contenders[0]?.cost;
  expect(cost).toMatchObject({ clientMicros: null, statements: null });
});
