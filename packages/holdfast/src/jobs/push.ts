import type { Codec } from "../core/codec.ts";
import { batchItemsMax, invalid } from "../core/input.ts";
import { checkDistinct, encodeEach } from "../core/items.ts";
import type { Locked } from "../core/lock-order.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { quote } from "../core/quote.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import { inOrderOfDependencies } from "./dependencies.ts";
import { type EncodedJob, encodeJob } from "./input.ts";
import type { JobInput, PushedJob } from "./job.ts";
import type { DefinedJob } from "./queue-definition.ts";
import {
  lockLinkedJobs,
  pushAlikeJobs,
  pushChunks,
  pushJob,
  pushJobs as pushAnyJobs,
  type PushJobsRow,
} from "./statements.generated.ts";

/**
 * Checks and encodes the jobs of a call, given under the name `field`. Ids and unique keys must be distinct, and dependencies free of
 * cycles. Takes as many as one statement does, unless `max` is given. Inside an `owner`, an execution, jobs belong to it unless they name
 * another.
 */
export function encodeJobs(
  codec: Codec,
  inputs: readonly (JobInput | DefinedJob)[],
  field: string,
  { max = batchItemsMax, owner }: { readonly max?: number; readonly owner?: string } = {},
): readonly EncodedJob[] {
  const jobs = encodeEach(inputs, field, (input, place) => encodeJob(codec, input, place, owner), max);
  // A generated id is unique.
  checkDistinct(jobs, field, ({ id, hasOwnId }) => (hasOwnId ? id : undefined));
  const keys = new Set<string>();
  for (const [i, { uniqueKey, queue }] of jobs.entries()) {
    if (uniqueKey === null) continue;
    const key = uniqueKeyOf(queue, uniqueKey);
    if (keys.has(key)) {
      throw invalid(`${field}[${i}].uniqueKey`, `repeats ${quote(uniqueKey)}, which a batch may hold once a queue`);
    }
    keys.add(key);
  }
  inOrderOfDependencies(jobs, field);
  return jobs;
}

/** Pushes any number of jobs, all or nothing. If they take several statements, jobs that depend on others of the call go last. */
export async function pushAll(session: Session, jobs: readonly EncodedJob[]): Promise<readonly PushedJob[]> {
  if (jobs.length <= batchItemsMax) return session.writeAll(pushJobs, jobs);
  const ordered = inOrderOfDependencies(jobs, "inputs");
  const pushed = await session.writeAll(pushJobs, ordered);
  return inGivenOrder(jobs, ordered, pushed);
}

/** Restores the given order of outcomes of jobs that were pushed in another one. */
function inGivenOrder(
  jobs: readonly EncodedJob[],
  ordered: readonly EncodedJob[],
  pushed: readonly PushedJob[],
): readonly PushedJob[] {
  const outcomes = new Map(ordered.map((job, i) => [job, pushed[i]]));
  return jobs.flatMap((job) => outcomes.get(job) ?? []);
}

/**
 * The write of jobs. Batches of new jobs that differ in little but their payloads are the usual case. They take a statement of their own,
 * several times as fast as the general one.
 */
export const pushJobs: Write<EncodedJob, PushedJob> = {
  name: "jobs.push",
  // The ordinal comes first, so that concurrent pushes keep the order of their calls.
  keys: (job) => [String(job.ordinal).padStart(16, "0"), ...keysOf(job)],
  locks: locksOfPush,
  announces: (job) => (isReadyAtOnce(job) && job.after.length === 0 ? `jobs:${job.queue}` : null),
  fastPath: (job) => (isNew(job) && job.executionId === null && isReadyAtOnce(job) ? lonePlan(job) : undefined),
  plan: (jobs) => {
    const [first] = jobs;
    return first?.runAt === null && jobs.every((job) => isNew(job) && isAlike(job, first))
      ? uniformPlan(first, jobs)
      : generalPlan(jobs);
  },
  lock: (jobs) => lockLinked([], jobs),
};

/**
 * Pushes jobs that are part of something larger, such as starts. Those are sorted by their own keys, yet their jobs keep the order of the
 * calls.
 */
export const pushGathered: Pick<Write<EncodedJob, PushedJob>, "keys" | "plan"> = {
  keys: keysOf,
  plan: (jobs) => {
    const ordered = jobs.toSorted((a, b) => a.ordinal - b.ordinal);
    return mapPlan(pushJobs.plan(ordered), (pushed) => inGivenOrder(jobs, ordered, pushed));
  },
};

/** From this many jobs on, a push makes chunks. Fewer jobs are often claimed one by one, which unpacks a chunk. */
const chunkMin = 10;

/** Keys that no two jobs of one statement may share. A generated id is unique. */
function keysOf({ id, hasOwnId, queue, uniqueKey }: EncodedJob): readonly string[] {
  const keys = hasOwnId ? [`job\0${id}`] : [];
  if (uniqueKey !== null) keys.push(uniqueKeyOf(queue, uniqueKey));
  return keys;
}

/** Empty for a job without a shareable key and without dependencies. */
export function locksOfPush(job: EncodedJob): readonly Locked[] {
  return keysOf(job).length === 0 && job.after.length === 0 ? [] : ["jobs"];
}

function lonePlan({
  id,
  queue,
  priority,
  route,
  maxAttempts,
  backoffMs,
  backoffMaxMs,
  timeoutMs,
  payload,
  traceContext,
}: EncodedJob): Plan<readonly PushedJob[]> {
  const backoff = { maxAttempts, backoffMs, backoffMaxMs };
  const push = pushJob({ id, queue, priority, route, ...backoff, timeoutMs, payload, traceContext });
  return mapPlan(push, ({ runAt }) => [created(id, "ready", runAt)]);
}

function uniformPlan(shared: EncodedJob, jobs: readonly EncodedJob[]): Plan<readonly PushedJob[]> {
  const { queue, priority, maxAttempts, backoffMs, backoffMaxMs, timeoutMs, route } = shared;
  const delayMs = shared.delayMs ?? 0;
  const traceContexts = nullsNever(jobs.map((job) => job.traceContext));
  if (jobs.length >= chunkMin && delayMs === 0 && route === "" && jobs.every((job) => job.executionId === null)) {
    const push = pushChunks({
      queue,
      priority,
      maxAttempts,
      backoffMs,
      backoffMaxMs,
      timeoutMs,
      ids: jobs.map((job) => job.id),
      payloads: nullsNever(jobs.map((job) => job.payload)),
      traceContexts,
    });
    return mapPlan(push, ({ runAt }) => jobs.map(({ id }) => created(id, "ready", runAt)));
  }
  const push = pushAlikeJobs({
    queue,
    delayMs,
    priority,
    route,
    maxAttempts,
    backoffMs,
    backoffMaxMs,
    timeoutMs,
    ids: jobs.map((job) => job.id),
    payloads: nullsNever(jobs.map((job) => job.payload)),
    executionIds: nullsNever(jobs.map((job) => job.executionId)),
    traceContexts,
    failsExecution: shared.failsExecution,
  });
  // Statement and delay use one clock, so the outcome is known without an answer per job.
  const status = delayMs > 0 ? "scheduled" : "ready";
  return mapPlan(push, ({ runAt }) => jobs.map(({ id }) => created(id, status, runAt)));
}

/** The column, or an empty one if all values are null. */
function nullsNever<T>(values: readonly (T | null)[]): readonly (T | null)[] {
  return values.every((value) => value === null) ? [] : values;
}

function generalPlan(jobs: readonly EncodedJob[]): Plan<readonly PushedJob[]> {
  const edges = jobs.flatMap((job) => job.after.map((after) => ({ job: job.id, after })));
  const push = pushAnyJobs({
    ids: jobs.map((job) => job.id),
    hasOwnIds: jobs.map((job) => job.hasOwnId),
    queues: jobs.map((job) => job.queue),
    payloads: nullsNever(jobs.map((job) => job.payload)),
    traceContexts: nullsNever(jobs.map((job) => job.traceContext)),
    priorities: jobs.map((job) => job.priority),
    runAt: nullsNever(jobs.map((job) => job.runAt)),
    delaysMs: nullsNever(jobs.map((job) => job.delayMs)),
    maxAttempts: jobs.map((job) => job.maxAttempts),
    backoffMs: jobs.map((job) => job.backoffMs),
    backoffMaxMs: jobs.map((job) => job.backoffMaxMs),
    timeoutMs: nullsNever(jobs.map((job) => job.timeoutMs)),
    executionIds: nullsNever(jobs.map((job) => job.executionId)),
    groups: nullsNever(jobs.map((job) => job.group)),
    routes: jobs.map((job) => job.route),
    uniqueKeys: nullsNever(jobs.map((job) => job.uniqueKey)),
    replaces: jobs.map((job) => job.replaces),
    onRunning: jobs.map((job) => job.onRunning),
    debounceMaxMs: nullsNever(jobs.map((job) => job.debounceMaxMs)),
    throttleMs: nullsNever(jobs.map((job) => job.throttleMs)),
    policies: jobs.map((job) => job.onDependencyFailure),
    failExecutions: jobs.map((job) => job.failsExecution),
    edgeJobs: edges.map((edge) => edge.job),
    edgeAfters: edges.map((edge) => edge.after),
  });
  return mapPlan(push, ([moment, ...rows]) => {
    if (moment === undefined) throw new TypeError("The moment of the push is missing.");
    const others = new Map(rows.map((row) => [row.pushedId, toPushed(row)]));
    return jobs.map(({ id, runAt }) => others.get(id) ?? created(id, "ready", runAt ?? moment.runAt));
  });
}

function created(id: string, status: PushedJob["status"], runAt: Date): PushedJob {
  return { id, outcome: "created", status, runAt };
}

function toPushed({ id, outcome, status, runAt }: PushJobsRow): PushedJob {
  if (id === null || status === null) throw new TypeError("A push got no answer.");
  return { id, outcome: outcome === "created" || outcome === "replaced" ? outcome : "kept", status, runAt };
}

/**
 * Locks all jobs that a step touches, with `claimed` as the claims among them, and the unfinished jobs of executions that it ends. So
 * steps that acknowledge or cancel each other's jobs, and push dependents of both, do not deadlock. Does nothing if no push refers to
 * another job and none is canceled.
 */
export function lockLinked(
  claimed: readonly string[],
  jobs: readonly EncodedJob[],
  canceled: readonly string[] = [],
  ending: readonly string[] = [],
): Plan<unknown> {
  if (canceled.length === 0 && jobs.every(isPlain)) return { statements: [], read: () => null };
  const unique = jobs.flatMap(({ queue, uniqueKey }) => (uniqueKey === null ? [] : [{ queue, uniqueKey }]));
  const ownIds = jobs.flatMap(({ id, hasOwnId }) => (hasOwnId ? [id] : []));
  return lockLinkedJobs({
    executionIds: jobs.map((job) => job.executionId),
    ownIds,
    touched: [...claimed, ...canceled, ...ownIds, ...jobs.flatMap((job) => job.after)],
    queues: unique.map(({ queue }) => queue),
    uniqueKeys: unique.map(({ uniqueKey }) => uniqueKey),
    ending,
  });
}

function isPlain(job: EncodedJob): boolean {
  return job.uniqueKey === null && job.after.length === 0;
}

function isReadyAtOnce({ runAt, delayMs }: EncodedJob): boolean {
  return runAt === null && (delayMs ?? 0) === 0;
}

/** Whether no job can have its id or key, nothing holds it back, and it is in no group. */
function isNew(job: EncodedJob): boolean {
  return isPlain(job) && !job.hasOwnId && job.group === null;
}

/** Whether new jobs differ in nothing but id, payload, trace and execution. */
function isAlike(job: EncodedJob, other: EncodedJob): boolean {
  return (
    job.queue === other.queue &&
    job.runAt === other.runAt &&
    job.delayMs === other.delayMs &&
    job.priority === other.priority &&
    job.maxAttempts === other.maxAttempts &&
    job.backoffMs === other.backoffMs &&
    job.backoffMaxMs === other.backoffMaxMs &&
    job.timeoutMs === other.timeoutMs &&
    job.failsExecution === other.failsExecution &&
    job.route === other.route
  );
}

/** Neither can contain the NUL that separates them. */
function uniqueKeyOf(queue: string, uniqueKey: string): string {
  return `unique\0${queue}\0${uniqueKey}`;
}
