import type { QueueSettings } from "holdfast";
import type { Bench, Contender } from "../bench.ts";
import { holdfastDrain } from "../peers/holdfast-jobs.ts";

const worker = { concurrency: 500, prefetch: 2000 };

interface Limit {
  readonly name: string;
  readonly groups: number;
  readonly settings: QueueSettings;
}

/** Wide enough not to slow the queue by themselves, so that what is seen is the price of keeping them. */
const wideLimits: readonly Limit[] = [
  { name: "50 groups in turn", groups: 50, settings: {} },
  { name: "50 groups, at most 50 jobs of each at once", groups: 50, settings: { concurrencyPerGroup: 50 } },
  { name: "at most 2,500 jobs at once", groups: 0, settings: { concurrency: 2500 } },
  { name: "at most 1,000,000 jobs a second", groups: 0, settings: { rate: { limit: 1_000_000, periodMs: 1000 } } },
  {
    name: "all of them",
    groups: 50,
    settings: { concurrency: 2500, concurrencyPerGroup: 50, rate: { limit: 1_000_000, periodMs: 1000 } },
  },
];

/** What limits and fairness cost. */
export const limits: Bench = {
  name: "limits",
  measures: "A queue is emptied as in drain, with limits that are too wide to hold it up, and without.",
  unit: "jobs",
  cases: (size) => wideLimits.map((limit) => ({ name: limit.name, contenders: contendersOf(size.jobs, limit) })),
};

function contendersOf(jobs: number, { name, groups, settings }: Limit): readonly Contender[] {
  const without: Contender = { ...holdfastDrain(jobs, worker), name: "without", isOurs: false };
  return [{ ...holdfastDrain(jobs, { ...worker, groups, settings }), name }, without];
}
