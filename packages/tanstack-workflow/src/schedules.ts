import type {
  ClaimDueScheduleBucketsArgs,
  MarkScheduleBucketStartedArgs,
  ScheduleBucket,
  UpsertScheduleArgs,
  WorkflowLease,
} from "@tanstack/workflow-runtime";
import { defineKv, type Store, type Transaction } from "holdfast";
import { ConflictError } from "holdfast/errors";
import { isFree, leaseOf } from "./leases.ts";
import type { Nouns } from "./runs.ts";
import { checkLimit, checkMoment, escaped, keyOfParts, momentText } from "./text.ts";

type StoredSchedule = Omit<UpsertScheduleArgs, "schedule" | "now">;

interface StoredBucket {
  readonly bucket: ScheduleBucket;
  readonly status: "claimed" | "started";
  readonly lease: WorkflowLease | null;
}

const schedules = defineKv<StoredSchedule>("tanstack-workflow/schedules");

const buckets = defineKv<StoredBucket>("tanstack-workflow/buckets");

/** How long a bucket is remembered, so that it starts once. The engine looks back 32 days by default. */
const bucketTtlMs = 64 * 24 * 60 * 60 * 1000;

/** The schedules that have a bucket to start, by its time: the keys begin with it. Claims check what they find here. */
const due = defineKv<{ readonly scheduleId: string }>("tanstack-workflow/due");

const bucketKey = (scheduleId: string, bucketId: string): string =>
  keyOfParts(escaped(scheduleId, "scheduleId"), escaped(bucketId, "bucketId"));

const dueKey = (scheduleId: string, fireAt: number): string =>
  keyOfParts(momentText(fireAt), escaped(scheduleId, "scheduleId"));

/** Creates or replaces a schedule. */
export async function upsertSchedule(place: Store | Transaction, args: UpsertScheduleArgs): Promise<void> {
  const { schedule: _schedule, now: _now, ...value } = args;
  const { scheduleId, nextFireAt, enabled } = value;
  const key = escaped(scheduleId, "scheduleId");
  const next = nextFireAt === undefined ? null : dueKey(scheduleId, checkMoment(nextFireAt, "nextFireAt"));
  await place.transaction(async ({ kv }) => {
    const [before, bucket] = await kv.getMany([
      { prefix: schedules, key },
      { prefix: buckets, key: bucketKey(scheduleId, String(nextFireAt)) },
    ]);
    await kv.set({ prefix: schedules, key, value });
    const former = before?.value.nextFireAt === undefined ? null : dueKey(scheduleId, before.value.nextFireAt);
    const isDue = enabled && next !== null && bucket?.value.status !== "started";
    if (former !== null && (former !== next || !isDue)) await kv.remove(due, former);
    if (isDue) await kv.set({ prefix: due, key: next, value: { scheduleId } });
  });
}

/** Claims the due bucket of each schedule that has one, the earliest first. A started bucket is never claimed again. */
export async function claimDueBuckets(
  place: Store | Transaction,
  { now, limit, ...lease }: ClaimDueScheduleBucketsArgs,
): Promise<ScheduleBucket[]> {
  const { kv } = place;
  const claimed: ScheduleBucket[] = [];
  if (checkLimit(limit) === 0) return claimed;
  const lt = momentText(checkMoment(now, "now") + 1);
  for await (const { key: at, value, version } of kv.iterate(due, { lt, limit: Math.min(1000, limit + 10) })) {
    const { scheduleId } = value;
    const schedule = await kv.get(schedules, escaped(scheduleId, "scheduleId"));
    const bucket = schedule && bucketOf(schedule.value);
    const key = bucket && bucketKey(scheduleId, bucket.bucketId);
    const stored = key === null ? null : await kv.get(buckets, key);
    if (!bucket || !key || dueKey(scheduleId, bucket.fireAt) !== at || stored?.value.status === "started") {
      // Left by concurrent changes of the schedule. Of this version only: the schedule may have become due again.
      await place.transaction((tx) => tx.kv.remove(due, at, { expectedVersion: version })).catch(ignoreConflict);
      continue;
    }
    if (bucket.fireAt > now || !isFree(stored?.value.lease, { ...lease, now })) continue;
    const claim: StoredBucket = { bucket, status: "claimed", lease: leaseOf({ ...lease, now }) };
    const expectedVersion = stored?.version ?? 0;
    const { ok } = await kv.compareAndSet({ prefix: buckets, key, value: claim, expectedVersion, ttlMs: bucketTtlMs });
    if (ok) claimed.push(bucket);
    if (claimed.length === limit) break;
  }
  return claimed;
}

/** Notes that the run of a claimed bucket has started. */
export async function markStarted({ kv }: Nouns, args: MarkScheduleBucketStartedArgs): Promise<void> {
  const key = bucketKey(args.scheduleId, args.bucketId);
  for (let isDone = false; !isDone;) {
    const stored = await kv.get(buckets, key);
    if (stored === null) return;
    const bucket = { ...stored.value.bucket, runId: args.runId };
    const value: StoredBucket = { ...stored.value, bucket, status: "started" };
    const entry = { prefix: buckets, key, value, expectedVersion: stored.version, ttlMs: bucketTtlMs };
    isDone = (await kv.compareAndSet(entry)).ok;
    if (isDone) await kv.remove(due, dueKey(args.scheduleId, bucket.fireAt));
  }
}

/** The next bucket of a schedule; null if it has none. */
function bucketOf(schedule: StoredSchedule): ScheduleBucket | null {
  const { scheduleId, workflowId, workflowVersion, nextFireAt, input, overlapPolicy, enabled } = schedule;
  if (!enabled || nextFireAt === undefined) return null;
  const bucketId = String(nextFireAt);
  const runId = `${workflowId}:${scheduleId}:${bucketId}`;
  const version = workflowVersion === undefined ? {} : { workflowVersion };
  return { scheduleId, bucketId, workflowId, ...version, runId, fireAt: nextFireAt, input, overlapPolicy };
}

/** Another process changed the entry meanwhile. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof ConflictError)) throw error;
}
