import type { Claim, Lost } from "../claims/claims.ts";
import { type Codec, decodeClaimed, decodeOptional } from "../database/codec.ts";
import type { TimerStatus } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import type { ClaimTimersRow, GetTimerRow } from "./statements.generated.ts";

/** Something due at a moment for one step of an execution. */
export interface Timer {
  readonly id: string;
  readonly executionId: string;
  readonly step: string;
  /** `canceled` is only seen where there is a dedupe key; other canceled timers are gone. */
  readonly status: TimerStatus;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  /** Who claimed it, where the claim said so. */
  readonly holder: string | null;
  /** Of the newest claim, and greater than that of any before it; 0 where it was never claimed. */
  readonly token: number;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly firedAt: Date | null;
  readonly canceledAt: Date | null;
  /** undefined where none was given; null is a payload. */
  readonly payload: unknown;
}

/** A timer that its claimer has to act on and to acknowledge before `leaseUntil`. */
export interface ClaimedTimer extends Claim {
  readonly executionId: string;
  readonly step: string;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  /** Greater than that of any earlier claim. */
  readonly token: number;
  readonly leaseUntil: Date;
  readonly createdAt: Date;
  readonly payload: unknown;
}

/** Reads claims of timers: a claimed timer is one. */
export const timerClaim: Fields<Claim> = fieldsOf<Claim, ClaimedTimer & Timer>({
  id: true,
  token: true,
  executionId: false,
  step: false,
  status: false,
  fireAt: false,
  dedupeKey: false,
  holder: false,
  leaseUntil: false,
  createdAt: false,
  firedAt: false,
  canceledAt: false,
  payload: false,
});

/** What became of a timer that was given back: due from then on, unless its claim was lost. */
export type ReleasedTimer = { readonly ok: true; readonly fireAt: Date } | Lost<TimerNow>;

/** What is there instead of the claim that a fenced call was made for. */
export interface TimerNow {
  readonly status: TimerStatus;
  readonly token: number;
  readonly holder: string | null;
  readonly leaseUntil: Date | null;
  readonly firedAt: Date | null;
}

/** Reads a timer's row. */
export function toTimer(codec: Codec, row: GetTimerRow): Timer {
  const {
    id,
    executionId,
    step,
    status,
    fireAt,
    dedupeKey,
    holder,
    token,
    leaseUntil,
    createdAt,
    firedAt,
    canceledAt,
  } = row;
  const payload = decodeOptional(codec, row.payload);
  return {
    id,
    executionId,
    step,
    status,
    fireAt,
    dedupeKey,
    holder,
    token,
    leaseUntil,
    createdAt,
    firedAt,
    canceledAt,
    payload,
  };
}

/** Reads a claimed timer's row. */
export function toClaimedTimer(codec: Codec, row: ClaimTimersRow): ClaimedTimer {
  return { ...row, payload: decodeClaimed(codec, row, "timer") };
}
