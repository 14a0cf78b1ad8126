import { type Claim, claimColumns, type Fenced, type Lost } from "../claims/claims.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import {
  acknowledgeTimer,
  acknowledgeTimers,
  type AcknowledgeTimersRow,
  heartbeatTimers,
  releaseTimers,
} from "./statements.generated.ts";
import type { ReleasedTimer, TimerNow } from "./timer.ts";

/** A claim to give back; due at once if `afterMs` is null. */
export interface ReleasedClaim extends Claim {
  readonly afterMs: number | null;
}

/** The write that acknowledges claims. Its inputs are checked claims. */
export const acknowledgeWrite: Write<Claim, Fenced<TimerNow>> = {
  name: "timers.acknowledge",
  keys: claimKeys,
  plan: (claims) => fenced(acknowledgeTimers({ ...claimColumns(claims), isSettled: false })),
  fastPath: (claim) => mapPlan(acknowledgeTimer(claim), (row) => (row === null ? [] : [{ ok: true }])),
};

/** Acknowledges claims that an earlier statement of the transaction has checked and locked. */
export const acknowledgeSettled: Pick<typeof acknowledgeWrite, "plan"> = {
  plan: (claims) => fenced(acknowledgeTimers({ ...claimColumns(claims), isSettled: true })),
};

/** The write that gives claims back. Its inputs are checked claims. */
export const releaseWrite: Write<ReleasedClaim, ReleasedTimer> = {
  name: "timers.release",
  keys: claimKeys,
  plan: (claims) => {
    const plan = releaseTimers({ ...claimColumns(claims), afterMs: claims.map((claim) => claim.afterMs) });
    return mapPlan(plan, (rows) =>
      rows.map(({ fireAt, ...row }) => (fireAt === null ? lost(row) : { ok: true, fireAt })),
    );
  },
};

/** Renews the leases of checked claims. Returns the new end of each; null for a lost claim. */
export function heartbeatWrite(leaseMs: number): Write<Claim, Date | null> {
  return {
    name: "timers.heartbeat",
    keys: claimKeys,
    plan: (claims) =>
      mapPlan(heartbeatTimers({ ...claimColumns(claims), leaseMs }), (rows) => rows.map((row) => row.leaseUntil)),
  };
}

function claimKeys(claim: Claim): readonly string[] {
  return [`timer\0${claim.id}`];
}

function fenced(plan: Plan<readonly AcknowledgeTimersRow[]>): Plan<readonly Fenced<TimerNow>[]> {
  return mapPlan(plan, (rows) => rows.map((row) => (row.ok ? { ok: true } : lost(row))));
}

function lost({ status, token, holder, leaseUntil, firedAt }: Omit<AcknowledgeTimersRow, "ok">): Lost<TimerNow> {
  if (status === null || token === null) return { ok: false, current: null };
  return { ok: false, current: { status, token, holder, leaseUntil, firedAt } };
}
