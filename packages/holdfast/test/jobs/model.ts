import type { JobStatus } from "../../src/core/enums.generated.ts";

/** Within which the model counts time: far more than a run takes, so that the clock, which goes on running, decides no case. */
export const unitMs = 600_000;

/** The longest lease that steps ask for. */
export const leaseUnits = 3;

/** What the model knows of a job. */
export interface ModelJob {
  readonly id: string;
  readonly queue: string;
  readonly group: string | null;
  readonly executionId: string | null;
  readonly maxAttempts: number;
  readonly policy: "cancel" | "ignore";
  /** The order of pushes. */
  readonly sequence: number;
  key: string | null;
  priority: number;
  /** Its moment in units, and the step that set it: later steps are later within a unit. */
  runAt: readonly [unit: number, step: number];
  status: JobStatus;
  attempts: number;
  token: number;
  leaseUntil: number;
  finishedAt: number;
  /** Those that have not ended, of the jobs that it comes after. */
  readonly after: Set<string>;
}

/** Where a job is to wait: until so many units from now, and by which priority; either may stay as it is. */
export interface Place {
  readonly units?: number;
  readonly priority?: number;
}

const endStatuses: ReadonlySet<JobStatus> = new Set(["succeeded", "dead", "canceled"]);

/** What jobs should be after each step: the promises of docs/jobs.md and docs/queues.md, kept in memory by one caller. */
export class JobModel {
  readonly jobs = new Map<string, ModelJob>();
  readonly paused = new Set<string>();
  readonly perGroup = new Map<string, number | null>();
  readonly concurrency = new Map<string, number | null>();
  now = 0;
  step = 0;
  #sequence = 0;
  readonly #keys = new Map<string, string>();

  static hasEnded(job: ModelJob): boolean {
    return endStatuses.has(job.status);
  }

  push(job: Omit<ModelJob, "sequence" | "status" | "attempts" | "token" | "leaseUntil" | "finishedAt">): ModelJob {
    const made: ModelJob = {
      ...job,
      sequence: ++this.#sequence,
      status: "ready",
      attempts: 0,
      token: 0,
      leaseUntil: 0,
      finishedAt: 0,
    };
    this.jobs.set(job.id, made);
    if (made.key !== null) this.#keys.set(keyOf(made), made.id);
    const first = [...made.after].flatMap((id) => this.jobs.get(id) ?? []);
    const failed = first.some((each) => JobModel.hasEnded(each) && each.status !== "succeeded");
    for (const each of first) if (JobModel.hasEnded(each)) made.after.delete(each.id);
    if (failed && made.policy === "cancel") this.end(made, "canceled");
    else this.place(made);
    return made;
  }

  /** The job that has the key, if one that has not ended does. */
  holder(queue: string, key: string): ModelJob | null {
    const id = this.#keys.get(keyOf({ queue, key }));
    return id === undefined ? null : (this.jobs.get(id) ?? null);
  }

  replace(job: ModelJob, to: { readonly priority: number; readonly runAt: ModelJob["runAt"] }): void {
    Object.assign(job, to, { attempts: 0 });
    this.place(job);
  }

  /** Lets a job wait elsewhere. */
  move(job: ModelJob, { units, priority = job.priority }: Place): void {
    if (units !== undefined) job.runAt = [this.now + units, this.step];
    job.priority = priority;
    this.place(job);
  }

  /** Puts a job where it waits now. */
  place(job: ModelJob): void {
    if (job.after.size > 0) job.status = "blocked";
    else job.status = job.runAt[0] > this.now ? "scheduled" : "ready";
  }

  /** Ends a job well, if it exists. */
  succeed(id: string): void {
    const job = this.jobs.get(id);
    if (job) this.end(job, "succeeded");
  }

  /** Ends a job, frees its key and settles what comes after it. */
  end(job: ModelJob, status: "succeeded" | "dead" | "canceled"): void {
    job.status = status;
    job.finishedAt = this.now;
    this.settle([job]);
  }

  settle(ended: readonly ModelJob[]): void {
    for (const job of ended) {
      if (job.key !== null && this.#keys.get(keyOf(job)) === job.id) this.#keys.delete(keyOf(job));
    }
    for (const job of ended) {
      for (const dependent of this.jobs.values()) {
        if (!dependent.after.delete(job.id) || dependent.status !== "blocked") continue;
        if (job.status !== "succeeded" && dependent.policy === "cancel") this.end(dependent, "canceled");
        else if (dependent.after.size === 0) this.place(dependent);
      }
    }
  }

  cancel(jobs: readonly ModelJob[]): void {
    for (const job of jobs) {
      job.status = "canceled";
      job.finishedAt = this.now;
    }
    this.settle(jobs);
  }

  /** Removes the jobs of an execution, or others that have ended. */
  remove(jobs: readonly ModelJob[]): void {
    const open = jobs.filter((job) => !JobModel.hasEnded(job));
    for (const job of jobs) this.jobs.delete(job.id);
    for (const job of open) job.status = "canceled";
    this.settle(open);
  }

  /** Retention removes jobs that ended so long ago; of those that are left, others of their claim must run. Answers the first that is not so. */
  retain(units: number, left: ReadonlySet<string>): ModelJob | undefined {
    const isOld = (job: ModelJob): boolean => JobModel.hasEnded(job) && job.finishedAt <= this.now - units;
    const old = [...this.jobs.values()].filter((job) => job.executionId === null && isOld(job));
    const claims = new Set([...this.jobs.values()].filter((job) => job.status === "running").map((job) => job.token));
    this.remove(old.filter((job) => !left.has(job.id)));
    return old.find((job) => left.has(job.id) && !claims.has(job.token));
  }

  retry(job: ModelJob): void {
    if (job.key !== null) this.#keys.set(keyOf(job), job.id);
    job.attempts = 0;
    job.runAt = [this.now, this.step];
    this.place(job);
  }

  /** Takes jobs of a queue from holders whose leases have run out. */
  rescue(queue: string): number {
    const expired = this.expired(queue);
    for (const job of expired) {
      if (job.attempts >= job.maxAttempts) this.end(job, "dead");
      else this.place(job);
    }
    return expired.length;
  }

  /** The jobs of a queue whose leases have run out. */
  expired(queue: string): readonly ModelJob[] {
    return this.running(queue).filter((job) => job.leaseUntil <= this.now);
  }

  /** Makes ready what is due in a queue. */
  makeDue(queue: string): void {
    for (const job of this.of(queue)) if (job.status === "scheduled" && job.runAt[0] <= this.now) job.status = "ready";
  }

  of(queue: string): readonly ModelJob[] {
    return [...this.jobs.values()].filter((job) => job.queue === queue);
  }

  running(queue: string): readonly ModelJob[] {
    return this.of(queue).filter((job) => job.status === "running");
  }

  /** The ended jobs of a queue that a retry of all takes: of several with one unique key that is free, the last by id. */
  retriable(queue: string): ModelJob[] {
    const ended = this.of(queue).filter(({ status }) => status === "dead" || status === "canceled");
    const isLast = ({ id, key }: ModelJob): boolean => !ended.some((other) => other.key === key && other.id > id);
    return ended.filter((job) => job.key === null || (this.holder(queue, job.key) === null && isLast(job)));
  }

  /** Whether the job succeeded under this claim: to complete it again changes nothing, and succeeds. */
  isDone({ id, token }: { readonly id: string; readonly token: number }): boolean {
    const job = this.jobs.get(id);
    return job?.status === "succeeded" && job.token === token;
  }

  /** Whether a claim still holds. */
  holds(claim: { readonly id: string; readonly token: number }): boolean {
    const job = this.jobs.get(claim.id);
    return job !== undefined && job.status === "running" && job.token === claim.token && job.leaseUntil > this.now;
  }

  /** What a claim may take: the jobs in their order, and how many of them at most. */
  claimable(queue: string, limit: number): { readonly jobs: readonly ModelJob[]; readonly count: number } {
    if (this.paused.has(queue)) return { jobs: [], count: 0 };
    const jobs = this.of(queue)
      .filter((job) => job.status === "ready")
      .toSorted(inOrder);
    const perGroup = this.perGroup.get(queue) ?? null;
    const room = [...new Set(jobs.map((job) => job.group))].reduce((sum, group) => {
      const waiting = jobs.filter((job) => job.group === group).length;
      const taken = this.running(queue).filter((job) => job.group === group).length;
      return sum + (perGroup === null || group === null ? waiting : Math.min(Math.max(perGroup - taken, 0), waiting));
    }, 0);
    const concurrency = this.concurrency.get(queue) ?? null;
    const left = concurrency === null ? limit : Math.max(concurrency - this.running(queue).length, 0);
    return { jobs, count: Math.min(limit, room, left) };
  }

  counts(queue: string): Record<JobStatus, number> {
    const counts = { blocked: 0, scheduled: 0, ready: 0, running: 0, succeeded: 0, dead: 0, canceled: 0 };
    for (const job of this.of(queue)) counts[job.status] += 1;
    return counts;
  }
}

/** By priority, moment and push. */
function inOrder(a: ModelJob, b: ModelJob): number {
  return a.priority - b.priority || a.runAt[0] - b.runAt[0] || a.runAt[1] - b.runAt[1] || a.sequence - b.sequence;
}

function keyOf({ queue, key }: { readonly queue: string; readonly key: string | null }): string {
  return `${queue}/${key}`;
}
