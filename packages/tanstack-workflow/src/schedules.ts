import type {
  ClaimDueScheduleBucketsArgs,
  MarkScheduleBucketStartedArgs,
  ScheduleBucket,
  UpsertScheduleArgs,
  WorkflowLease,
} from "@tanstack/workflow-runtime";
import { defineKv } from "holdfast";
import { isFree, leaseOf } from "./leases.ts";
import type { Nouns } from "./runs.ts";
import { checkLimit, checkMoment, escaped } from "./text.ts";

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

/** Separates the parts of a key. No escaped text holds a control character. */
const separator = "\u0001";

const keyOf = (scheduleId: string, bucketId: string): string =>
  [escaped(scheduleId, "scheduleId"), escaped(bucketId, "bucketId")].join(separator);

/** Creates or replaces a schedule. */
export async function upsertSchedule({ kv }: Nouns, args: UpsertScheduleArgs): Promise<void> {
  const { schedule: _schedule, now: _now, ...value } = args;
  if (value.nextFireAt !== undefined) checkMoment(value.nextFireAt, "nextFireAt");
  await kv.set({ prefix: schedules, key: escaped(value.scheduleId, "scheduleId"), value });
}

/** Claims the due bucket of each schedule that has one. A started bucket is never claimed again. */
export async function claimDueBuckets(
  { kv }: Nouns,
  { now, limit, ...lease }: ClaimDueScheduleBucketsArgs,
): Promise<ScheduleBucket[]> {
  const claimed: ScheduleBucket[] = [];
  if (checkLimit(limit) === 0) return claimed;
  checkMoment(now, "now");
  for await (const { value: schedule } of kv.iterate(schedules, { limit: 1000 })) {
    const bucket = dueBucketOf(schedule, now);
    if (bucket === null) continue;
    const key = keyOf(bucket.scheduleId, bucket.bucketId);
    const stored = await kv.get(buckets, key);
    if (stored && (stored.value.status === "started" || !isFree(stored.value.lease, { ...lease, now }))) continue;
    const value: StoredBucket = { bucket, status: "claimed", lease: leaseOf({ ...lease, now }) };
    const expectedVersion = stored?.version ?? 0;
    const entry = { prefix: buckets, key, value, expectedVersion, ttlMs: bucketTtlMs };
    const { ok } = await kv.compareAndSet(entry);
    if (ok) claimed.push(bucket);
    if (claimed.length === limit) break;
  }
  return claimed;
}

/** Notes that the run of a claimed bucket has started. */
export async function markStarted({ kv }: Nouns, args: MarkScheduleBucketStartedArgs): Promise<void> {
  const key = keyOf(args.scheduleId, args.bucketId);
  for (let isDone = false; !isDone;) {
    const stored = await kv.get(buckets, key);
    if (stored === null) return;
    const bucket = { ...stored.value.bucket, runId: args.runId };
    const value: StoredBucket = { ...stored.value, bucket, status: "started" };
    const entry = { prefix: buckets, key, value, expectedVersion: stored.version, ttlMs: bucketTtlMs };
    isDone = (await kv.compareAndSet(entry)).ok;
  }
}

function dueBucketOf(schedule: StoredSchedule, now: number): ScheduleBucket | null {
  const { scheduleId, workflowId, workflowVersion, nextFireAt, input, overlapPolicy, enabled } = schedule;
  if (!enabled || nextFireAt === undefined || nextFireAt > now) return null;
  const bucketId = String(nextFireAt);
  const runId = `${workflowId}:${scheduleId}:${bucketId}`;
  const version = workflowVersion === undefined ? {} : { workflowVersion };
  return { scheduleId, bucketId, workflowId, ...version, runId, fireAt: nextFireAt, input, overlapPolicy };
}
