import type { Claim, Lost } from "../claims/claims.ts";
import { type Codec, decodeClaimed, decodeOptional } from "../core/codec.ts";
import type { TimerStatus } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import type { TraceContext } from "../telemetry/span-parts.ts";
import { toTraceContext } from "../telemetry/trace-context.ts";
import type { ClaimTimersRow, GetTimerRow } from "./statements.generated.ts";

/** A wake-up of one step of an execution at a set time. */
export interface Timer {
  readonly id: string;
  readonly executionId: string;
  readonly step: string;
  /** Only a timer with a dedupe key is stored as `canceled`; others are removed. */
  readonly status: TimerStatus;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  /** The name that the last claim gave. */
  readonly holder: string | null;
  /** The token of the newest claim, greater than all earlier ones; 0 if it was never claimed. */
  readonly token: number;
  readonly leaseUntil: Date | null;
  readonly createdAt: Date;
  readonly firedAt: Date | null;
  readonly canceledAt: Date | null;
  /** The wait that expired; null for a scheduled timer. */
  readonly wait: ExpiredWait | null;
  /** undefined if none was given; null is a payload. */
  readonly payload: unknown;
}

/** A wait that received nothing in time. */
export interface ExpiredWait {
  readonly id: string;
  readonly key: string;
}

/** A timer that its claimer must act on and acknowledge before `leaseUntil`. */
export interface ClaimedTimer extends Claim {
  readonly executionId: string;
  readonly step: string;
  readonly fireAt: Date;
  readonly dedupeKey: string | null;
  /** Greater than that of any earlier claim. */
  readonly token: number;
  readonly leaseUntil: Date;
  readonly createdAt: Date;
  /** The wait that expired; null for a scheduled timer. */
  readonly wait: ExpiredWait | null;
  readonly payload: unknown;
  /** The trace that was active when it was scheduled; null without one. */
  readonly traceContext: TraceContext | null;
}

/** Reads claims of timers; a claimed timer is one. */
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
  wait: false,
  payload: false,
  traceContext: false,
});

/** The outcome of a release: the new due time, unless the claim was lost. */
export type ReleasedTimer = { readonly ok: true; readonly fireAt: Date } | Lost<TimerNow>;

/** The stored state of a timer whose claim was lost. */
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
    wait: waitOf(row),
    payload,
  };
}

/** Reads a claimed timer's row. */
export function toClaimedTimer(codec: Codec, row: ClaimTimersRow): ClaimedTimer {
  const { waitId: _, waitKey: __, ...timer } = row;
  const traceContext = toTraceContext(row.traceContext);
  return { ...timer, wait: waitOf(row), payload: decodeClaimed(codec, row, "timer"), traceContext };
}

function waitOf({ waitId, waitKey }: Pick<GetTimerRow, "waitId" | "waitKey">): ExpiredWait | null {
  return waitId === null || waitKey === null ? null : { id: waitId, key: waitKey };
}
