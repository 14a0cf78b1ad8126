import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOptionalBoolean } from "../core/input.ts";
import type { Session } from "../session/session.ts";
import { Budget } from "./budget.ts";
import {
  checkPolicy,
  defaultPolicy,
  type FullPolicy,
  type RetentionKind,
  retentionKinds,
  type RetentionPolicy,
} from "./policy.ts";
import { type RetentionParts, rules } from "./rules.ts";
import { claimTurn, hastenTurn } from "./statements.generated.ts";

export type { FullPolicy, Period, RetentionKind, RetentionPolicy } from "./policy.ts";

/** The limits of one call of `retain`. */
export interface RetainOptions {
  /** The most rows to remove; 100,000 by default. Rows that an execution owns count too. */
  readonly limit?: number | undefined;
  /** Removes nothing, and counts everything that a call would remove now, whatever the limit. */
  readonly dryRun?: boolean | undefined;
}

/** What a call of `retain` removed, or would remove. */
export interface Retained {
  /** The number of each kind. Rows that an execution owns are not counted. */
  readonly counts: Readonly<Record<RetentionKind, number>>;
  /** Whether nothing is left. Otherwise the limit was reached, and another call continues. */
  readonly isComplete: boolean;
}

/** Removes data that nobody needs any more. */
export interface Retention {
  /**
   * Removes data past its period, oldest first, in short transactions of at most 1,000 rows each. After a crash or an error, the next
   * call resumes. Unfinished work is never touched, and rows that somebody holds are skipped. Kinds omitted from `policy` use the store's
   * own.
   */
  retain(policy?: RetentionPolicy, options?: RetainOptions): Promise<Retained>;
  /**
   * Does a small part of `retain` by the store's own policy if that is due. All processes together do so once in five minutes, and sooner
   * while rows are left. Returns the delay until the next call in milliseconds; null if the store was opened with `retention: false`.
   * Workers, timer pumps and schedulers call it automatically.
   */
  retainWhenDue(): Promise<number | null>;
}

const retainOptions: Fields<RetainOptions> = fieldsOf<RetainOptions>({ limit: true, dryRun: true });

const rowsDefault = 100_000;
const rowsMax = 2 ** 31 - 1;

/** How often retention runs automatically, how much it then removes, and how soon it continues if rows are left. */
const backgroundRun = { everyMs: 300_000, rows: 10_000, pauseMs: 1000 };

/** The retention of a store with a checked policy; false disables the automatic part. */
export function retentionOf(parts: RetentionParts, own: FullPolicy | false): Retention {
  const { session } = parts;
  const defaults = own === false ? defaultPolicy : own;
  return {
    retain: async (policy = {}, options = {}) => {
      const { limit = rowsDefault, dryRun } = retainOptions.read(options, "options");
      const full = checkPolicy(policy, defaults);
      const budget = new Budget(checkInteger(limit, "limit", { min: 1, max: rowsMax }));
      return checkOptionalBoolean(dryRun, "dryRun") === true ? countAll(session, full) : removeAll(parts, full, budget);
    },
    retainWhenDue: async () => {
      if (own === false) return null;
      const { isTaken, nextMs } = await session.run(claimTurn({ everyMs: backgroundRun.everyMs }));
      if (!isTaken) return nextMs;
      const { isComplete } = await removeAll(parts, own, new Budget(backgroundRun.rows));
      if (isComplete) return backgroundRun.everyMs;
      await session.run(hastenTurn({ afterMs: backgroundRun.pauseMs }));
      return backgroundRun.pauseMs;
    },
  };
}

/** Checks a store's own policy. */
export function checkRetention(retention: RetentionPolicy | false = {}): FullPolicy | false {
  return retention === false ? false : checkPolicy(retention, defaultPolicy, "retention");
}

async function removeAll(parts: RetentionParts, policy: FullPolicy, budget: Budget): Promise<Retained> {
  const counts = await forEachKind(policy, (kind, keepMs) => rules[kind].remove(parts, keepMs, budget));
  return { counts, isComplete: !budget.isSpent };
}

async function countAll(session: Session, policy: FullPolicy): Promise<Retained> {
  const counts = await forEachKind(policy, (kind, keepMs) => session.run(rules[kind].count(keepMs)));
  return { counts, isComplete: true };
}

/** A number for each kind, one after another; 0 for kinds that are kept forever. */
async function forEachKind(
  policy: FullPolicy,
  work: (kind: RetentionKind, keepMs: number) => Promise<number>,
): Promise<Retained["counts"]> {
  const counts: [RetentionKind, number][] = [];
  for (const kind of retentionKinds) {
    const keepMs = policy[kind];
    counts.push([kind, keepMs === false ? 0 : await work(kind, keepMs)]);
  }
  // Of every kind, in order.
  return Object.fromEntries(counts) as Retained["counts"];
}
