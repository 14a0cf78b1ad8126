import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkOptionalBoolean } from "../database/input.ts";

/** For how many milliseconds something is kept; false keeps it for ever. */
export type Period = number | false;

/** What retention removes, and when. What is left out is as the store has it, or else as stated here. */
export interface RetentionPolicy {
  /** Ended executions with everything that is theirs, so long after they ended: 30 days. */
  readonly executions?: Period | undefined;
  /** Jobs of no execution that succeeded or were canceled, so long ago: 7 days. */
  readonly jobs?: Period | undefined;
  /** Jobs of no execution that are dead, so long ago: 30 days. */
  readonly deadJobs?: Period | undefined;
  /** Timers that fired or were canceled, so long ago: 7 days. Those with a dedupe key stay as long as their execution. */
  readonly timers?: Period | undefined;
  /** Events that a waiter took or that expired, so long ago, with the dedupe ids that they remember: 7 days. */
  readonly events?: Period | undefined;
  /** Former versions of snapshots, so long after they were replaced: for ever, as `keep` says how many of them there are. */
  readonly snapshots?: Period | undefined;
  /** Schedules that ended, so long ago: 30 days. */
  readonly schedules?: Period | undefined;
  /** Whether key/value entries go when they expire: true. */
  readonly kv?: boolean | undefined;
  /** Whether blobs go when they expire, and bytes that no blob has any more: true. */
  readonly blobs?: boolean | undefined;
}

/** A kind of thing that retention removes. */
export type RetentionKind = keyof RetentionPolicy;

/** A policy that says something of every kind. */
export type FullPolicy = Readonly<Record<RetentionKind, Period>>;

const dayMs = 24 * 60 * 60 * 1000;

/** What is kept for how long when nothing else is said. */
export const defaultPolicy: FullPolicy = {
  executions: 30 * dayMs,
  jobs: 7 * dayMs,
  deadJobs: 30 * dayMs,
  timers: 7 * dayMs,
  events: 7 * dayMs,
  snapshots: false,
  schedules: 30 * dayMs,
  kv: 0,
  blobs: 0,
};

/** What has a time of its own to expire at, so that no period is to be said. */
const expiring: ReadonlySet<RetentionKind> = new Set(["kv", "blobs"]);

/** In the order in which they are removed. */
export const retentionKinds: readonly RetentionKind[] = Object.keys(defaultPolicy) as readonly RetentionKind[];

/** The longest period: a hundred years, beyond which `false` says it better. */
const periodMsMax = 100 * 366 * dayMs;

const policyFields: Fields<RetentionPolicy> = fieldsOf<RetentionPolicy>({
  executions: true,
  jobs: true,
  deadJobs: true,
  timers: true,
  events: true,
  snapshots: true,
  schedules: true,
  kv: true,
  blobs: true,
});

/** A policy, checked, over the one that holds where it says nothing. */
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
