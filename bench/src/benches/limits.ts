import type { QueueSettings } from "holdfast/queues";
import type { Bench, Contender } from "../bench.ts";
import { formerRelease, prepareFormerRelease } from "../peers/former-release.ts";
import { holdfastDrain } from "../peers/holdfast-jobs.ts";

const worker = { concurrency: 500, prefetch: 2000 };

interface Limit {
  readonly name: string;
  readonly groups: number;
  readonly settings: QueueSettings;
  /** Whether the former release is measured too. */
  readonly withFormer?: true;
}

/** Wide enough not to slow the queue by themselves, so that what is seen is the price of keeping them. */
const wideLimits: readonly Limit[] = [
  { name: "50 groups in turn", groups: 50, settings: {} },
  {
    name: "50 groups, at most 50 jobs of each at once",
    groups: 50,
    settings: { concurrencyPerGroup: 50 },
    withFormer: true,
  },
  { name: "at most 2,500 jobs at once", groups: 0, settings: { concurrency: 2500 } },
  { name: "at most 1,000,000 jobs a second", groups: 0, settings: { rate: { limit: 1_000_000, periodMs: 1000 } } },
  {
    name: "all of them",
    groups: 50,
    settings: { concurrency: 2500, concurrencyPerGroup: 50, rate: { limit: 1_000_000, periodMs: 1000 } },
    withFormer: true,
  },
];

/** What limits and fairness cost. */
export const limits: Bench = {
  name: "limits",
  measures: "A queue is emptied as in drain, with limits that are too wide to hold it up, and without.",
  unit: "jobs",
  prepare: prepareFormerRelease,
  cases: (size) => wideLimits.map((limit) => ({ name: limit.name, contenders: contendersOf(size.jobs, limit) })),
};

function contendersOf(jobs: number, { name, groups, settings, withFormer }: Limit): readonly Contender[] {
  const drain = { ...worker, groups, settings };
  return [
    { ...holdfastDrain(jobs, drain), name },
    ...(withFormer ? [{ ...holdfastDrain(jobs, { ...drain, release: formerRelease }), name: "former release" }] : []),
    { ...holdfastDrain(jobs, worker), name: "without", isOurs: false },
  ];
}
