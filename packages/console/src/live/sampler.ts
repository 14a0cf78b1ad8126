import type { Queue, Store } from "holdfast";
import type { ExecutionEnds, ExecutionGroup } from "holdfast/executions";
import type { JobEnds } from "holdfast/jobs";
import type { JobCounts } from "holdfast/queues";
import type { Sample, Topic } from "../protocol/index.ts";

const unfinished = ["pending", "running", "waiting", "paused"] as const;

/** The most queues of a sample, and the most jobs that are counted per queue and status. */
const queuesMax = 20;
const countUpTo = 10_000;

/** After a longer gap, the rates of a sample would be an average that nobody watched. */
const gapMsMax = 120_000;

/** What a sample is made of. */
interface Measured {
  readonly counts: JobCounts;
  readonly queues: readonly Queue[];
  readonly groups: readonly ExecutionGroup[];
  readonly jobs: JobEnds;
  readonly executions: ExecutionEnds;
}

/** Measures throughput, latency, depth and failures: each sample since the one before. */
export class Sampler {
  readonly #store: Store;
  #last: Date | null = null;
  #queues = "";
  #unfinished = "";

  constructor(store: Store) {
    this.#store = store;
  }

  /** A new sample, and the topics that have changed since the last one. */
  async measure(): Promise<{ readonly sample: Sample; readonly changed: readonly Topic[] }> {
    // The first sample only finds out the time.
    const since = this.#last ?? new Date();
    const [counts, { items: queues }, groups, jobs, executions] = await this.#store.read([
      (nouns) => nouns.queues.counts(),
      (nouns) => nouns.queues.list({ limit: queuesMax, countUpTo }),
      (nouns) => nouns.executions.countBy("status", { status: unfinished }),
      (nouns) => nouns.jobs.ends(since),
      (nouns) => nouns.executions.ends(since),
    ]);
    const gapMs = this.#last === null ? null : executions.now.getTime() - this.#last.getTime();
    this.#last = executions.now;
    const sinceMs = gapMs !== null && gapMs > 0 && gapMs <= gapMsMax ? gapMs : null;
    const measured = { counts, queues, groups, jobs, executions };
    return { sample: toSample(measured, sinceMs), changed: this.#changes(measured) };
  }

  #changes({ counts, queues, groups, executions }: Measured): readonly Topic[] {
    const queueState = JSON.stringify([counts, queues]);
    const executionState = JSON.stringify([groups, executions.created]);
    const ended = executions.succeeded + executions.failed + executions.timed_out + executions.canceled;
    const changed: Topic[] = [];
    if (this.#queues !== "" && this.#queues !== queueState) changed.push("jobs", "queues");
    if (this.#unfinished !== "" && (this.#unfinished !== executionState || ended > 0)) changed.push("executions");
    this.#queues = queueState;
    this.#unfinished = executionState;
    return changed;
  }
}

function toSample({ counts, queues, groups, jobs, executions }: Measured, sinceMs: number | null): Sample {
  const found = new Map(groups.map(({ value, count }) => [value, count]));
  const of = (status: (typeof unfinished)[number]): number => found.get(status) ?? 0;
  const { now, ...executionPace } = executions;
  const { now: _, ...jobPace } = jobs;
  const { blocked, scheduled, ready, running } = counts;
  const oldest = queues.flatMap(({ oldestReadyAt }) => (oldestReadyAt === null ? [] : [oldestReadyAt.getTime()]));
  const busy = queues.filter(({ counts: own }) => own.ready + own.running + own.scheduled + own.blocked > 0);
  return {
    at: now.toISOString(),
    sinceMs,
    executions: { pending: of("pending"), running: of("running"), waiting: of("waiting"), paused: of("paused") },
    jobs: { blocked, scheduled, ready, running },
    oldestReadyMs: oldest.length === 0 ? null : Math.max(now.getTime() - Math.min(...oldest), 0),
    jobPace: sinceMs === null ? null : jobPace,
    executionPace: sinceMs === null ? null : executionPace,
    queues: Object.fromEntries(busy.map(({ name, counts: own }) => [name, { ready: own.ready, running: own.running }])),
  };
}
