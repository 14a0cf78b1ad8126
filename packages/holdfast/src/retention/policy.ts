import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOptionalBoolean } from "../core/input.ts";

/** How long something is kept, in milliseconds; false keeps it forever. */
export type Period = number | false;

/** What retention removes, and when. Omitted kinds use the store's policy, or else these defaults. */
export interface RetentionPolicy {
  /** Time after the end of executions, which are removed with everything they own: 30 days. */
  readonly executions?: Period | undefined;
  /** Time after the end of succeeded or canceled jobs without an execution: 7 days. */
  readonly jobs?: Period | undefined;
  /** Time after the end of dead jobs without an execution: 30 days. */
  readonly deadJobs?: Period | undefined;
  /** Time after timers fired or were canceled: 7 days. Those with a dedupe key stay as long as their execution. */
  readonly timers?: Period | undefined;
  /** Time after a waiter took an event or the event expired: 7 days. Its dedupe id is removed with it. */
  readonly events?: Period | undefined;
  /** Time after a version of a snapshot was replaced: forever, because `keep` limits their number. */
  readonly snapshots?: Period | undefined;
  /** Time after the end of schedules: 30 days. */
  readonly schedules?: Period | undefined;
  /** Whether to remove expired threads of checkpoints: true. */
  readonly checkpoints?: boolean | undefined;
  /** Whether to remove expired key/value entries: true. */
  readonly kv?: boolean | undefined;
  /** Whether to remove expired blobs, and bytes that no blob has any more: true. */
  readonly blobs?: boolean | undefined;
}

/** A kind of thing that retention removes. */
export type RetentionKind = keyof RetentionPolicy;

/** A policy with a value for every kind. */
export type FullPolicy = Readonly<Record<RetentionKind, Period>>;

const dayMs = 24 * 60 * 60 * 1000;

/** The default policy. */
export const defaultPolicy: FullPolicy = {
  executions: 30 * dayMs,
  jobs: 7 * dayMs,
  deadJobs: 30 * dayMs,
  timers: 7 * dayMs,
  events: 7 * dayMs,
  snapshots: false,
  schedules: 30 * dayMs,
  checkpoints: 0,
  kv: 0,
  blobs: 0,
};

/** Kinds with their own expiry, which need no period. */
const expiring: ReadonlySet<RetentionKind> = new Set(["checkpoints", "kv", "blobs"]);

/** In the order of removal. */
export const retentionKinds: readonly RetentionKind[] = Object.keys(defaultPolicy) as readonly RetentionKind[];

/** The longest period: a hundred years. Beyond that, use `false`. */
const periodMsMax = 100 * 366 * dayMs;

const policyFields: Fields<RetentionPolicy> = fieldsOf<RetentionPolicy>({
  executions: true,
  jobs: true,
  deadJobs: true,
  timers: true,
  events: true,
  snapshots: true,
  schedules: true,
  checkpoints: true,
  kv: true,
  blobs: true,
});

/** Checks a policy, with defaults from another one. */
export function checkPolicy(policy: RetentionPolicy, otherwise: FullPolicy, field = "policy"): FullPolicy {
  const given = policyFields.readInner(policy, field);
  const periods = retentionKinds.map((kind) => {
    const period = given[kind];
    return [kind, period === undefined ? otherwise[kind] : checkPeriod(kind, period, `${field}.${kind}`)] as const;
  });
  // Made of all kinds just above.
  return Object.fromEntries(periods) as FullPolicy;
}

function checkPeriod(kind: RetentionKind, period: unknown, field: string): Period {
  if (expiring.has(kind)) return checkOptionalBoolean(period, field) === true ? 0 : false;
  return period === false ? false : checkInteger(period, field, { min: 0, max: periodMsMax });
}
