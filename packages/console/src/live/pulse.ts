import type { Store } from "holdfast";
import type { ExecutionChange, LiveEvents, Sample, Topic } from "../protocol/index.ts";
import { ExecutionWatch } from "./execution-watch.ts";
import { JobWatch } from "./job-watch.ts";
import { Sampler } from "./sampler.ts";
import { idsOf } from "./topics.ts";

/** What one measurement found. */
export interface PulseResult {
  readonly sample: Sample | null;
  readonly changed: readonly Topic[];
  readonly executions: readonly ExecutionChange[];
  readonly tasks: readonly LiveEvents["tasks"][];
}

/** Measures what is watched, and compares it with the measurement before: not every change sends a hint. */
export class Pulse {
  readonly #store: Store;
  readonly #sampler: Sampler;
  readonly #executions: ExecutionWatch;
  readonly #jobs: JobWatch;
  #due = "";

  constructor(store: Store) {
    this.#store = store;
    this.#sampler = new Sampler(store);
    this.#executions = new ExecutionWatch(store);
    this.#jobs = new JobWatch(store);
  }

  async measure(topics: ReadonlySet<Topic>): Promise<PulseResult> {
    const { sample, changed } = await this.#sampler.measure();
    const { executions, tasks } = await this.#executions.measure(idsOf(topics, "execution"), new Date(sample.at));
    const jobs = await this.#jobs.measure(idsOf(topics, "job"));
    const watchesTime = topics.has("timers") || topics.has("schedules");
    const time: readonly Topic[] = watchesTime && (await this.#isTimeChanged()) ? ["timers", "schedules"] : [];
    return { sample, changed: [...changed, ...jobs, ...time], executions, tasks };
  }

  async #isTimeChanged(): Promise<boolean> {
    const next = await this.#store.read([({ timers }) => timers.next(), ({ schedules }) => schedules.next()]);
    const before = this.#due;
    this.#due = next.map((each) => each?.at.toISOString() ?? "").join(" ");
    return before !== "" && before !== this.#due;
  }
}
