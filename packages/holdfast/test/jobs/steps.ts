import assert from "node:assert/strict";
import type { Fenced } from "../../src/claims/claims.ts";
import type { ClaimedJob, JobInput, JobStanding } from "../../src/jobs/jobs.ts";
import type { TestStore } from "../../src/testing/index.ts";
import { compareAll } from "./comparing.ts";
import { Draws, inputOf, jobOf, keyedInputOf, momentOf, placeFrom, placeOf, queues } from "./draws.ts";
import { JobModel, leaseUnits, type ModelJob, unitMs } from "./model.ts";
import type { Step } from "./sequences.ts";

/** Does steps to a store and to the model, and compares what each answers. */
export class Run {
  readonly model = new JobModel();
  readonly #test: TestStore;
  readonly #claims: ClaimedJob[] = [];
  #made = 0;
  #draws = new Draws([]);

  constructor(test: TestStore) {
    this.#test = test;
  }

  async start(): Promise<void> {
    for (const id of ["e0", "e1"]) await this.#test.store.executions.create({ id });
    await this.#limit("grouped", 2);
    await this.#limit("narrow", 3);
  }

  /** Does one step in both, and then compares every job. */
  async do({ act, n }: Step): Promise<void> {
    this.model.step += 1;
    this.#draws = new Draws(n);
    await this.#acts[act]();
    await compareAll(this.#test.store, this.model);
  }

  readonly #acts: Readonly<Record<Step["act"], () => Promise<void>>> = {
    push: async () => {
      const inputs = Array.from({ length: this.#draws.pick([1, 1, 2, 5]) }, () =>
        inputOf(this.#draws, (this.#made += 1)),
      );
      // Ids that are made for them, in the usual push; or the caller's, in the general one.
      const own = this.#draws.below(2) === 0;
      const pushed = await this.#test.store.jobs.pushMany(
        inputs.map(({ id, ...input }) => (own ? { id, ...input } : input)),
      );
      for (const [i, input] of inputs.entries()) this.#made_(input, pushed[i]?.id ?? "", pushed[i]?.status);
    },
    // Enough of a kind for chunks of them.
    pushAlike: async () => {
      const { queue, priority = 0, maxAttempts = 1 } = inputOf(this.#draws, 0, ["plain", "plain", "narrow"]);
      const input = { queue, priority, maxAttempts };
      const inputs = Array.from({ length: this.#draws.pick([10, 12, 130]) }, () => input);
      const pushed = await this.#test.store.jobs.pushMany(inputs);
      for (const { id, status } of pushed) this.#made_(input, id, status);
    },
    pushKeyed: async () => {
      const input = keyedInputOf(this.#draws, (this.#made += 1));
      const holder = this.model.holder(input.queue, input.uniqueKey);
      const pushed = await this.#test.store.jobs.push(input);
      const isRunning = holder?.status === "running";
      if (holder !== null && (input.onRunning === "keep" || !isRunning)) {
        const isReplaced = input.onConflict === "replace" && !isRunning;
        if (isReplaced) {
          this.model.replace(holder, { priority: input.priority ?? 0, runAt: momentOf(this.model, input) });
        }
        const outcome = isReplaced ? "replaced" : "kept";
        assert.deepEqual({ id: pushed.id, outcome: pushed.outcome }, { id: holder.id, outcome });
        return;
      }
      if (holder !== null) holder.key = null;
      const follows = holder !== null && input.onRunning === "after";
      const made = follows ? { ...input, after: [holder.id], onDependencyFailure: "ignore" as const } : input;
      this.#made_(made, pushed.id, pushed.status);
    },
    pushAfter: async () => {
      const jobs = [...this.model.jobs.values()].slice(-30);
      if (jobs.length === 0) return;
      const after = [...new Set([this.#draws.pick(jobs).id, this.#draws.pick(jobs).id])];
      const input = {
        ...inputOf(this.#draws, (this.#made += 1)),
        after,
        onDependencyFailure: this.#draws.pick(["cancel", "ignore"] as const),
      };
      const pushed = await this.#test.store.jobs.push(input);
      this.#made_(input, pushed.id, pushed.status);
    },
    claim: async () => {
      const [queue, limit, units] = [
        this.#draws.pick(queues),
        this.#draws.pick([1, 2, 5, 20, 150]),
        1 + this.#draws.below(leaseUnits),
      ];
      // A claim takes a hundred from lost holders at most, or as many as it asks for.
      if (this.model.expired(queue).length > 100) await this.#acts.rescue();
      const claims = await this.#test.store.jobs.claim({
        queues: [queue],
        limit,
        leaseMs: units * unitMs,
        holder: "w",
      });
      if (!this.model.paused.has(queue)) {
        this.model.rescue(queue);
        this.model.makeDue(queue);
      }
      const expected = this.model.claimable(queue, limit);
      const ids = claims.map((claim) => claim.id);
      if (queue === "grouped") assert.equal(ids.length, expected.count);
      else {
        assert.deepEqual(
          ids,
          expected.jobs.slice(0, expected.count).map((job) => job.id),
        );
      }
      for (const claim of claims) {
        const job = this.model.jobs.get(claim.id);
        assert.deepEqual([claim.id, job?.status, claim.attempts], [claim.id, "ready", (job?.attempts ?? 0) + 1]);
        Object.assign(job ?? {}, {
          status: "running",
          attempts: claim.attempts,
          token: claim.token,
          leaseUntil: this.model.now + units,
        });
      }
      this.#claims.push(...claims);
    },
    complete: async () => {
      const claim = this.#claim();
      if (claim === null) return;
      const { store } = this.#test;
      this.#completed(claim, await store.jobs.complete(claim, { result: this.model.step }));
    },
    completeMany: async () => {
      const claims = [
        ...new Map(this.#claims.filter(() => this.#draws.below(3) === 0).map((claim) => [claim.id, claim])).values(),
      ];
      const outcomes = await this.#test.store.jobs.completeMany(claims.map((claim) => ({ claim })));
      const held = claims.map((claim) => this.model.holds(claim) || this.model.isDone(claim));
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        held,
      );
      for (const claim of claims) if (this.model.holds(claim)) this.model.succeed(claim.id);
    },
    fail: async () => {
      const claim = this.#claim();
      if (claim === null) return;
      const [final, units] = [this.#draws.below(5) === 0, this.#draws.pick([0, 0, 1, 2])];
      const outcome = await this.#test.store.jobs.fail(claim, {
        error: { claim: claim.token },
        final,
        retryAfterMs: units * unitMs,
      });
      assert.deepEqual(outcome.ok, this.model.holds(claim));
      const job = this.model.jobs.get(claim.id);
      if (!outcome.ok || job === undefined) return;
      const isLast = final || job.attempts >= job.maxAttempts;
      if (isLast) this.model.end(job, "dead");
      else this.model.move(job, { units });
      assert.deepEqual(outcome.status, job.status);
    },
    release: async () => {
      const claim = this.#claim();
      if (claim === null) return;
      const place = placeFrom(this.#draws);
      const outcome = await this.#test.store.jobs.release(claim, placeOf(place));
      assert.deepEqual(outcome.ok, this.model.holds(claim));
      const job = this.model.jobs.get(claim.id);
      if (!outcome.ok || job === undefined) return;
      job.attempts -= 1;
      this.model.move(job, place);
      assert.deepEqual(outcome.status, job.status);
    },
    reschedule: async () => {
      const job = this.#job();
      if (job === null) return;
      const place = { priority: this.#draws.below(3) - 1, ...placeFrom(this.#draws) };
      const isWaiting = job.status !== "running" && !JobModel.hasEnded(job);
      const [{ queue, key }, { jobs }] = [job, this.#test.store];
      const outcome = await (isWaiting && key !== null
        ? jobs.rescheduleByKey({ queue, uniqueKey: key }, placeOf(place))
        : jobs.reschedule(job.id, placeOf(place)));
      if (isWaiting) this.model.move(job, place);
      assert.deepEqual([outcome.ok, outcome.ok ? outcome.status : outcome.current?.status], [isWaiting, job.status]);
    },
    heartbeat: async () => {
      const claims = this.#claims.filter(() => this.#draws.below(2) === 0);
      const newest = [...new Map(claims.map((claim) => [claim.id, claim])).values()];
      const kept = await this.#test.store.jobs.heartbeat(newest, { leaseMs: leaseUnits * unitMs });
      assert.deepEqual(
        kept.map((until) => until !== null),
        newest.map((claim) => this.model.holds(claim)),
      );
      for (const claim of newest) {
        if (this.model.holds(claim)) {
          Object.assign(this.model.jobs.get(claim.id) ?? {}, { leaseUntil: this.model.now + leaseUnits });
        }
      }
    },
    stale: async () => {
      const claim = this.#claim();
      if (claim === null) return;
      const wrong = { id: claim.id, token: claim.token + 1_000_000 };
      const { jobs } = this.#test.store;
      for (const outcome of [await jobs.complete(wrong), await jobs.fail(wrong), await jobs.release(wrong)]) {
        const job = this.model.jobs.get(claim.id);
        if (outcome.ok) throw new Error("A claim that never was held.");
        assert.deepEqual(
          outcome.current && [outcome.current.status, outcome.current.attempts],
          job ? [job.status, job.attempts] : null,
        );
      }
    },
    cancel: async () => {
      const job = this.#job();
      if (job === null) return;
      assert.deepEqual(await this.#test.store.jobs.cancel(job.id), !JobModel.hasEnded(job));
      if (!JobModel.hasEnded(job)) this.model.end(job, "canceled");
    },
    cancelAll: async () => {
      const queue = this.#draws.pick(queues);
      const statuses = this.#draws.pick([["ready"], ["blocked", "scheduled"], ["running"]] as const);
      const jobs = this.model.of(queue).filter((job) => (statuses as readonly string[]).includes(job.status));
      assert.deepEqual((await this.#test.store.jobs.cancelAll({ queue, status: statuses })).changed, jobs.length);
      this.model.cancel(jobs);
    },
    retry: async () => {
      const job = this.#job();
      if (job === null) return;
      const isRetried = job.status === "dead" || job.status === "canceled";
      const twin = job.key === null ? null : this.model.holder(job.queue, job.key);
      const retried = this.#test.store.jobs.retry(job.id);
      if (isRetried && twin !== null) return await assert.rejects(retried, { code: "duplicate" });
      assert.deepEqual(await retried, isRetried);
      if (isRetried) this.model.retry(job);
    },
    retryAll: async () => {
      const queue = this.#draws.pick(queues);
      const chosen = this.model.retriable(queue);
      assert.deepEqual((await this.#test.store.jobs.retryAll({ queue })).changed, chosen.length);
      for (const job of chosen) this.model.retry(job);
    },
    advance: async () => {
      const units = this.#draws.pick([1, 1, 2, 4]);
      await this.#test.clock.advance(units * unitMs);
      this.model.now += units;
    },
    rescue: async () => {
      const { reclaimed, died } = await this.#test.store.jobs.rescue();
      assert.deepEqual(
        reclaimed + died,
        queues.reduce((sum, queue) => sum + this.model.rescue(queue), 0),
      );
    },
    pause: async () => {
      const queue = this.#draws.pick(queues);
      const isPaused = this.model.paused.delete(queue);
      if (!isPaused) this.model.paused.add(queue);
      await this.#test.store.queues[isPaused ? "resume" : "pause"](queue);
    },
    limit: () => this.#limit(this.#draws.pick(["grouped", "narrow"] as const), this.#draws.pick([1, 2, 3, null])),
    removeExecution: async () => {
      const id = this.#draws.pick(["e0", "e1"]);
      await this.#test.store.executions.remove(id);
      this.model.remove([...this.model.jobs.values()].filter((job) => job.executionId === id));
      await this.#test.store.executions.create({ id });
    },
    retain: async () => {
      const units = this.#draws.pick([1, 3]);
      await this.#test.store.retain({ jobs: units * unitMs, deadJobs: units * unitMs, executions: false });
      const left = new Set<string>();
      for await (const { id } of this.#test.store.jobs.iterate({ limit: 1000 })) left.add(id);
      assert.equal(this.model.retain(units, left), undefined);
    },
  };

  async #limit(queue: "grouped" | "narrow", limit: number | null): Promise<void> {
    const settings = queue === "grouped" ? { concurrencyPerGroup: limit } : { concurrency: limit };
    await this.#test.store.queues.configure(queue, settings);
    (queue === "grouped" ? this.model.perGroup : this.model.concurrency).set(queue, limit);
  }

  #made_(input: JobInput, id: string, status: string | undefined): void {
    assert.deepEqual(status, this.model.push(jobOf(this.model, input, id)).status);
  }

  /** A claim, mostly of those that are newest. */
  #claim(): ClaimedJob | null {
    return this.#claims.length === 0 ? null : this.#draws.pick(this.#claims.slice(-12));
  }

  #job(): ModelJob | null {
    const jobs = [...this.model.jobs.values()].slice(-40);
    return jobs.length === 0 ? null : this.#draws.pick(jobs);
  }

  #completed(claim: ClaimedJob, { ok }: Fenced<JobStanding>): void {
    assert.deepEqual(ok, this.model.holds(claim) || this.model.isDone(claim));
    if (this.model.holds(claim)) this.model.succeed(claim.id);
  }
}
