import type { Described, Latency, Measurement, Named } from "./bench.ts";
import type { Cost } from "./cost.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** What a contender did in a round, and what an operation cost. */
export interface CostlyMeasurement extends Measurement {
  /** null where it was not measured. */
  readonly cost: Cost | null;
}

/** What has been measured of a case so far: one reference a round, and of each contender one measurement a round. */
export interface CaseRounds {
  readonly case: { readonly name: string; readonly contenders: readonly Named[] };
  readonly references: number[];
  readonly measurements: Map<string, readonly CostlyMeasurement[]>;
}

/** What came of a bench. */
export interface BenchResult extends Described {
  readonly cases: readonly CaseResult[];
  /** What was looked at again and again. */
  readonly samples?: readonly Samples[];
}

/** A figure, as it was at each moment. */
export interface Samples {
  readonly what: string;
  readonly at: readonly string[];
  readonly values: readonly number[];
}

/** What came of one case. */
export interface CaseResult {
  readonly name: string;
  readonly referencePerSecond: Spread;
  readonly contenders: readonly ContenderResult[];
  /** The best of ours divided by the best of the others but the former release, of each round; null where only one was measured. */
  readonly oursToBestOther: Spread | null;
}

/** What came of one contender in one case. */
export interface ContenderResult {
  readonly name: string;
  readonly isOurs: boolean;
  readonly perSecond: Spread;
  /** Of each round, in order. */
  readonly rounds: readonly number[];
  /** Divided by the reference of the same round. */
  readonly toReference: Spread;
  /** The median of the rounds'. */
  readonly latencyMs: Latency | null;
  /** The median of the rounds'; null where it was not measured. */
  readonly cost: Cost | null;
  /** The most of the rounds'; null where it was not measured. */
  readonly grewMiB: number | null;
}

/** The rate of a measurement. */
export function perSecond({ operations, elapsedMs }: Measurement): number {
  return (operations / elapsedMs) * 1000;
}

/** Makes medians and ratios of what was measured. Ratios are made within a round, and their median is taken. */
export function toBenchResult(bench: Described, rounds: readonly CaseRounds[]): BenchResult {
  const { name, measures, unit } = bench;
  return { name, measures, unit, cases: rounds.map(toCaseResult) };
}

function toCaseResult({ case: { name, contenders }, references, measurements }: CaseRounds): CaseResult {
  const results = contenders.map((contender) =>
    toContenderResult(contender, measurements.get(contender.name) ?? [], references),
  );
  return {
    name,
    referencePerSecond: spreadOf(references),
    contenders: results,
    oursToBestOther: oursToBestOther(
      results.filter((_, i) => !contenders[i]?.isFormer),
      references.length,
    ),
  };
}

function toContenderResult(
  { name, isOurs }: Named,
  measurements: readonly CostlyMeasurement[],
  references: readonly number[],
): ContenderResult {
  const rounds = measurements.map(perSecond);
  const latencies = measurements.flatMap(({ latencyMs }) => latencyMs ?? []);
  const costs = measurements.flatMap(({ cost }) => cost ?? []);
  const grown = measurements.flatMap(({ grewMiB }) => grewMiB ?? []);
  return {
    name,
    isOurs,
    perSecond: spreadOf(rounds),
    rounds,
    toReference: spreadOf(rounds.map((rate, round) => rate / (references[round] ?? Number.NaN))),
    latencyMs:
      latencies.length === 0
        ? null
        : { p50: median(latencies.map(({ p50 }) => p50)), p99: median(latencies.map(({ p99 }) => p99)) },
    cost:
      costs.length === 0
        ? null
        : {
            walBytes: median(costs.map(({ walBytes }) => walBytes)),
            transactions: median(costs.map(({ transactions }) => transactions)),
            deadRows: median(costs.map(({ deadRows }) => deadRows)),
            statements: medianOf(costs.map(({ statements }) => statements)),
            clientMicros: medianOf(costs.map(({ clientMicros }) => clientMicros)),
          },
    grewMiB: grown.length === 0 ? null : Math.max(...grown),
  };
}

function median(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** The median of the values that are not null; null if there are none. */
function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

function oursToBestOther(results: readonly ContenderResult[], rounds: number): Spread | null {
  if (new Set(results.map(({ isOurs }) => isOurs)).size < 2) return null;
  const best = (isOurs: boolean, round: number): number =>
    Math.max(...results.filter((each) => each.isOurs === isOurs).map((each) => each.rounds[round] ?? 0));
  return spreadOf(Array.from({ length: rounds }, (_, round) => best(true, round) / best(false, round)));
}
