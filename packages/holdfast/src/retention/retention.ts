import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkOptionalBoolean } from "../database/input.ts";
import type { Session } from "../database/session.ts";
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

export type { Period, RetentionKind, RetentionPolicy } from "./policy.ts";

/** How one call of `retain` is bounded. */
export interface RetainOptions {
  /** How many rows are removed at most: 100,000 by default. What belongs to an execution counts too. */
  readonly limit?: number | undefined;
  /** Removes nothing, and counts all that a call would remove now, however many they are. */
  readonly dryRun?: boolean | undefined;
}

/** What a call of `retain` removed, or would remove. */
export interface Retained {
  /** How many of each kind; what belongs to an execution goes uncounted with it. */
  readonly counts: Readonly<Record<RetentionKind, number>>;
  /** Whether nothing was left over: else the limit was reached, and another call goes on. */
  readonly isComplete: boolean;
}

/** The removal of what nobody needs any more. */
export interface Retention {
  /**
   * Removes what is past its period, the oldest first, in short transactions of at most 1,000 rows each; what a crash or an error
   * interrupts, the next call goes on with. Nothing that runs is touched, and what somebody works on at this moment is passed by.
   * What `policy` leaves out is as the store's own.
   */
  retain(policy?: RetentionPolicy, options?: RetainOptions): Promise<Retained>;
  /**
   * Does a small part of `retain` by the store's own policy where that is due, once in five minutes whichever of the store's
   * processes asks, and sooner again while something is left. Answers in how many milliseconds to ask again; null where the store was
   * opened with `retention: false`. Workers, timer pumps and schedulers call it by themselves.
   */
  retainWhenDue(): Promise<number | null>;
}

const retainOptions: Fields<RetainOptions> = fieldsOf<RetainOptions>({ limit: true, dryRun: true });

const rowsDefault = 100_000;
const rowsMax = 2 ** 31 - 1;

/** How often retention runs by itself, how much it removes then, and how soon it goes on where that was not all. */
const turn = { everyMs: 300_000, rows: 10_000, pauseMs: 1000 };

/** The retention of a store whose own policy is checked; false where it does nothing by itself. */
export function retentionOf(parts: RetentionParts, own: FullPolicy | false): Retention {
  const { session } = parts;
  const usual = own === false ? defaultPolicy : own;
  return {
    retain: async (policy = {}, options = {}) => {
      const { limit = rowsDefault, dryRun } = retainOptions.read(options, "options");
      const full = checkPolicy(policy, usual);
      const budget = new Budget(checkInteger(limit, "limit", { min: 1, max: rowsMax }));
      return checkOptionalBoolean(dryRun, "dryRun") === true ? countAll(session, full) : removeAll(parts, full, budget);
    },
    retainWhenDue: async () => {
      if (own === false) return null;
      const { isTaken, nextMs } = await session.run(claimTurn({ everyMs: turn.everyMs }));
      if (!isTaken) return nextMs;
      const { isComplete } = await removeAll(parts, own, new Budget(turn.rows));
      if (isComplete) return turn.everyMs;
      await session.run(hastenTurn({ afterMs: turn.pauseMs }));
      return turn.pauseMs;
    },
  };
}

/** A store's own policy, checked. */
export function checkRetention(retention: RetentionPolicy | false = {}): FullPolicy | false {
  return retention === false ? false : checkPolicy(retention, defaultPolicy, "retention");
}

async function removeAll(parts: RetentionParts, policy: FullPolicy, budget: Budget): Promise<Retained> {
  const counts = await ofEachKind(policy, (kind, keepMs) => rules[kind].remove(parts, keepMs, budget));
  return { counts, isComplete: !budget.isSpent };
}

async function countAll(session: Session, policy: FullPolicy): Promise<Retained> {
  const counts = await ofEachKind(policy, (kind, keepMs) => session.run(rules[kind].count(keepMs)));
  return { counts, isComplete: true };
}

/** A number for each kind, one after the other; 0 for what is kept for ever. */
async function ofEachKind(
  policy: FullPolicy,
  work: (kind: RetentionKind, keepMs: number) => Promise<number>,
): Promise<Retained["counts"]> {
  const counts: [RetentionKind, number][] = [];
  for (const kind of retentionKinds) {
    const keepMs = policy[kind];
    counts.push([kind, keepMs === false ? 0 : await work(kind, keepMs)]);
  }
  // Of every kind, in their order.
  return Object.fromEntries(counts) as Retained["counts"];
}
