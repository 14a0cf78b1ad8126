import type { Codec } from "../database/codec.ts";
import { batchItemsMax, invalid } from "../database/input.ts";
import { checkDistinct, encodeEach } from "../database/items.ts";
import type { Locked } from "../database/lock-order.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
import { quote } from "../quote.ts";
import { inOrderOfDependencies } from "./dependencies.ts";
import { encodeJob, type EncodedJob } from "./input.ts";
import type { JobInput, PushedJob } from "./job.ts";
import {
  lockLinkedJobs,
  pushAlikeJobs,
  pushChunks,
  pushJob,
  pushJobs as pushAnyJobs,
  type PushJobsRow,
} from "./statements.generated.ts";

/**
 * Checks and encodes the jobs that a call has under the name `field`: each by itself, then that no id or unique key repeats and no
 * cycle is among them. As many as one statement takes, unless `max` says how many. Inside an `owner`, an execution, they belong to it
 * unless they name another.
 */
export function encodeJobs(
  codec: Codec,
  inputs: readonly JobInput[],
  field: string,
  { max = batchItemsMax, owner }: { readonly max?: number; readonly owner?: string } = {},
): readonly EncodedJob[] {
  const jobs = encodeEach(inputs, field, (input, place) => encodeJob(codec, input, place, owner), max);
  // An id that was made is nobody else's.
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

/**
 * Pushes any number of jobs, all or nothing. Where they are cut into several statements, those that come after others of the call
 * follow them, so that each finds what it names.
 */
export async function pushAll(session: Session, jobs: readonly EncodedJob[]): Promise<readonly PushedJob[]> {
  if (jobs.length <= batchItemsMax) return session.writeAll(pushJobs, jobs);
  const ordered = inOrderOfDependencies(jobs, "inputs");
  const pushed = await session.writeAll(pushJobs, ordered);
  return inGivenOrder(jobs, ordered, pushed);
}

/** The outcomes of jobs that were pushed in another order. */
function inGivenOrder(
  jobs: readonly EncodedJob[],
  ordered: readonly EncodedJob[],
  pushed: readonly PushedJob[],
): readonly PushedJob[] {
  const outcomes = new Map(ordered.map((job, i) => [job, pushed[i]]));
  return jobs.flatMap((job) => outcomes.get(job) ?? []);
}

/**
 * The write of jobs. Batches of new jobs that differ in little but their payloads, as the pushes of most callers do, take a statement of
 * their own, several times as fast as the general one.
 */
export const pushJobs: Write<EncodedJob, PushedJob> = {
  name: "jobs.push",
  // The ordinal comes first, so that jobs pushed side by side keep the order of the calls.
  keys: (job) => [String(job.ordinal).padStart(16, "0"), ...keysOf(job)],
  locks: locksOfPush,
  brings: (job) => (isReadyAtOnce(job) && job.after.length === 0 ? `jobs:${job.queue}` : null),
  usual: (job) => (isNew(job) && job.executionId === null && isReadyAtOnce(job) ? lonePlan(job) : undefined),
  plan: (jobs) => {
    const [first] = jobs;
    return first?.runAt === null && jobs.every((job) => isNew(job) && isAlike(job, first))
      ? alikePlan(first, jobs)
      : generalPlan(jobs);
  },
  lock: (jobs) => lockLinked([], jobs),
};

/**
 * The push of jobs that are a part of wholes, such as starts: those travel sorted by keys of their own, and their jobs keep the order
 * of the calls all the same.
 */
export const pushGathered: Pick<Write<EncodedJob, PushedJob>, "keys" | "plan"> = {
  keys: keysOf,
  plan: (jobs) => {
    const ordered = jobs.toSorted((a, b) => a.ordinal - b.ordinal);
    return mapPlan(pushJobs.plan(ordered), (pushed) => inGivenOrder(jobs, ordered, pushed));
  },
};

/** From how many jobs on a push makes chunks of them: few jobs are claimed one by one as often, which unpacks a chunk. */
const chunkMin = 10;

/** What no two jobs of one statement may have in common. An id that was made is nobody else's. */
function keysOf({ id, hasOwnId, queue, uniqueKey }: EncodedJob): readonly string[] {
  const keys = hasOwnId ? [`job\0${id}`] : [];
  if (uniqueKey !== null) keys.push(uniqueKeyOf(queue, uniqueKey));
  return keys;
}

/** Nothing, where a job has no key that others may have and comes after no other. */
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
  payload,
}: EncodedJob): Plan<readonly PushedJob[]> {
  const push = pushJob({ id, queue, priority, route, maxAttempts, backoffMs, backoffMaxMs, payload });
  return mapPlan(push, ({ runAt }) => [created(id, "ready", runAt)]);
}

function alikePlan(shared: EncodedJob, jobs: readonly EncodedJob[]): Plan<readonly PushedJob[]> {
  const { queue, priority, maxAttempts, backoffMs, backoffMaxMs, route } = shared;
  const delayMs = shared.delayMs ?? 0;
  if (jobs.length >= chunkMin && delayMs === 0 && route === "" && jobs.every((job) => job.executionId === null)) {
    const push = pushChunks({
      queue,
      priority,
      maxAttempts,
      backoffMs,
      backoffMaxMs,
      ids: jobs.map((job) => job.id),
      payloads: nullsNever(jobs.map((job) => job.payload)),
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
    ids: jobs.map((job) => job.id),
    payloads: nullsNever(jobs.map((job) => job.payload)),
    executionIds: nullsNever(jobs.map((job) => job.executionId)),
  });
  // Statement and delay go by one clock, so what becomes of the jobs is known without an answer for each.
  const status = delayMs > 0 ? "scheduled" : "ready";
  return mapPlan(push, ({ runAt }) => jobs.map(({ id }) => created(id, status, runAt)));
}

/** A column, or nothing of it where it is all nulls. */
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
    priorities: jobs.map((job) => job.priority),
    runAt: nullsNever(jobs.map((job) => job.runAt)),
    delaysMs: nullsNever(jobs.map((job) => job.delayMs)),
    maxAttempts: jobs.map((job) => job.maxAttempts),
    backoffMs: jobs.map((job) => job.backoffMs),
    backoffMaxMs: jobs.map((job) => job.backoffMaxMs),
    executionIds: nullsNever(jobs.map((job) => job.executionId)),
    groups: nullsNever(jobs.map((job) => job.group)),
    routes: jobs.map((job) => job.route),
    uniqueKeys: nullsNever(jobs.map((job) => job.uniqueKey)),
    replaces: jobs.map((job) => job.replaces),
    debounceMaxMs: nullsNever(jobs.map((job) => job.debounceMaxMs)),
    throttleMs: nullsNever(jobs.map((job) => job.throttleMs)),
    policies: jobs.map((job) => job.onDependencyFailure),
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
 * Locks all jobs that a step has to do with, whose claims are `claimed`, so that steps that acknowledge or cancel each other's jobs and
 * push what comes after both do not wait for each other. Nothing where no push refers to another job, and none is canceled.
 */
export function lockLinked(
  claimed: readonly string[],
  jobs: readonly EncodedJob[],
  canceled: readonly string[] = [],
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
  });
}

function isPlain(job: EncodedJob): boolean {
  return job.uniqueKey === null && job.after.length === 0;
}

function isReadyAtOnce({ runAt, delayMs }: EncodedJob): boolean {
  return runAt === null && (delayMs ?? 0) === 0;
}

/** Whether there can be none of its id or key, nothing holds it back, and it is in no line. */
function isNew(job: EncodedJob): boolean {
  return isPlain(job) && !job.hasOwnId && job.group === null;
}

/** Of new jobs: whether one differs from another in no more than id, payload and execution. */
function isAlike(job: EncodedJob, other: EncodedJob): boolean {
  return (
    job.queue === other.queue &&
    job.runAt === other.runAt &&
    job.delayMs === other.delayMs &&
    job.priority === other.priority &&
    job.maxAttempts === other.maxAttempts &&
    job.backoffMs === other.backoffMs &&
    job.backoffMaxMs === other.backoffMaxMs &&
    job.route === other.route
  );
}

/** A NUL separates the two, which neither can hold. */
function uniqueKeyOf(queue: string, uniqueKey: string): string {
  return `unique\0${queue}\0${uniqueKey}`;
}
