import type { Claim, Fenced } from "../claims/claims.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import {
  acknowledgeTimer,
  acknowledgeTimers,
  type AcknowledgeTimersRow,
  type ExtendTimersParameters,
  extendTimers,
  releaseTimers,
} from "./statements.generated.ts";
import type { TimerNow } from "./timer.ts";

/** A claim to give back; due at once where `afterMs` is null. */
export interface ReleasedClaim extends Claim {
  readonly afterMs: number | null;
}

/** The write that acknowledges claims. Its inputs are checked claims. */
export const acknowledgeWrite: Write<Claim, Fenced<TimerNow>> = {
  name: "timers.acknowledge",
  keys: claimKeys,
  plan: (claims) => fenced(acknowledgeTimers({ ...idsAndTokens(claims), isSettled: false })),
  usual: (claim) => mapPlan(acknowledgeTimer(claim), (row) => (row === null ? [] : [{ ok: true }])),
};

/** For claims that an earlier statement of the same transaction has found to hold, and locked: they hold to its end. */
export const acknowledgeSettled: Pick<typeof acknowledgeWrite, "plan"> = {
  plan: (claims) => fenced(acknowledgeTimers({ ...idsAndTokens(claims), isSettled: true })),
};

/** The write that gives claims back. Its inputs are checked claims. */
export const releaseWrite: Write<ReleasedClaim, Fenced<TimerNow>> = {
  name: "timers.release",
  keys: claimKeys,
  plan: (claims) => fenced(releaseTimers({ ...idsAndTokens(claims), afterMs: claims.map((claim) => claim.afterMs) })),
};

/** The write that extends the leases of checked claims; whether each still holds. */
export function extendWrite(leaseMs: number): Write<Claim, boolean> {
  return {
    name: "timers.heartbeat",
    keys: claimKeys,
    plan: (claims) =>
      mapPlan(extendTimers({ ...idsAndTokens(claims), leaseMs }), (rows) => rows.map((row) => row.isHeld)),
  };
}

/** Names a claim in a batch, which a timer enters once. */
export function claimKeyOf(claim: Claim): string {
  return `timer\0${claim.id}`;
}

function claimKeys(claim: Claim): readonly string[] {
  return [claimKeyOf(claim)];
}

function idsAndTokens(claims: readonly Claim[]): Pick<ExtendTimersParameters, "ids" | "tokens"> {
  return { ids: claims.map((claim) => claim.id), tokens: claims.map((claim) => claim.token) };
}

function fenced(plan: Plan<readonly AcknowledgeTimersRow[]>): Plan<readonly Fenced<TimerNow>[]> {
  return mapPlan(plan, (rows) => rows.map(toFenced));
}

function toFenced({ ok, state, token, holder, leaseUntil, firedAt }: AcknowledgeTimersRow): Fenced<TimerNow> {
  if (ok) return { ok };
  return { ok, current: state === null || token === null ? null : { state, token, holder, leaseUntil, firedAt } };
}
