import {
  checkClaim,
  checkClaims,
  checkHeartbeat,
  type Claim,
  type Fenced,
  type HeartbeatOptions,
} from "../claims/claims.ts";
import { timerStatusLabels, type TimerStatus } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkOneOf,
  checkOptionalId,
  type Page,
  type PageRequest,
  sequenceOf,
  toPage,
} from "../database/input.ts";
import { iterate } from "../database/iterate.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import { claimWrite, encodeTimerClaim, type TimerClaimOptions } from "./claiming.ts";
import { acknowledgeWrite, heartbeatWrite, releaseWrite } from "./fencing.ts";
import {
  afterMsMax,
  cancelAllWrite,
  cancelWrite,
  encodeTimer,
  encodeTimers,
  type ScheduledTimer,
  scheduleWrite,
  type TimerInput,
} from "./scheduling.ts";
import {
  claimTimers,
  getTimer,
  listTimers,
  type ListTimersRow,
  listTimersOfExecution,
  nextTimer,
} from "./statements.generated.ts";
import {
  type ClaimedTimer,
  type ReleasedTimer,
  type Timer,
  timerClaim,
  type TimerNow,
  toClaimedTimer,
  toTimer,
} from "./timer.ts";

export type { TimerClaimOptions } from "./claiming.ts";
export type { ScheduledTimer, TimerInput } from "./scheduling.ts";
export { countExpiredTimers, removeExpiredTimers } from "./statements.generated.ts";
export type { ClaimedTimer, ReleasedTimer, Timer, TimerNow } from "./timer.ts";

/** When the next timer can be claimed. */
export interface NextTimer {
  readonly at: Date;
  /** How long that is from now by the database's clock, at least 0; beyond 2^31 - 1 in the far future, where setTimeout fails. */
  readonly inMs: number;
}

/** Which timers to list. */
export interface TimerListRequest extends PageRequest {
  readonly executionId?: string | undefined;
  readonly status?: TimerStatus | undefined;
}

/** Which timers to cancel. */
export interface TimerSelection {
  readonly executionId: string;
  /** All of the execution where it is left out. */
  readonly step?: string | undefined;
}

/** Moments at which steps of executions go on. A timer fires at least once: when a claimer of it has acknowledged it. */
export interface Timers {
  /**
   * Schedules a timer, or keeps the one that the execution has under that dedupe key.
   * @throws NotFoundError without the execution. @throws DuplicateError where the id is taken.
   */
  schedule(input: TimerInput): Promise<ScheduledTimer>;
  /** As `schedule`, all or nothing. Timers of one call and one moment fire in no promised order. */
  scheduleMany(inputs: readonly TimerInput[]): Promise<readonly ScheduledTimer[]>;
  /** Whether the timer will now never fire because of this call; false for one that is claimed, fired, canceled or unknown. */
  cancel(id: string): Promise<boolean>;
  /** As `cancel` for each timer of a selection; how many will now never fire. */
  cancelAll(selection: TimerSelection): Promise<number>;
  /** Takes due timers, and those whose claimer let the lease run out, by `fireAt`; none of them twice at a time. */
  claim(request?: TimerClaimOptions): Promise<readonly ClaimedTimer[]>;
  /** Says that what the timer stands for is done. Made again with the same claim, it is `ok` again. */
  acknowledge(claim: Claim): Promise<Fenced<TimerNow>>;
  /** As `acknowledge`, in one statement, with an outcome for each. */
  acknowledgeMany(claims: readonly Claim[]): Promise<readonly Fenced<TimerNow>[]>;
  /** Gives a timer back undone: due again at once, or `afterMs` from now. */
  release(claim: Claim, options?: { readonly afterMs?: number | undefined }): Promise<ReleasedTimer>;
  /** As `release`, in one statement, with an outcome for each. */
  releaseMany(
    claims: readonly Claim[],
    options?: { readonly afterMs?: number | undefined },
  ): Promise<readonly ReleasedTimer[]>;
  /** Makes leases last from now on, in one statement for all of a process. Answers until when; null for a claim that is lost. */
  heartbeat(claims: readonly Claim[], options?: HeartbeatOptions): Promise<readonly (Date | null)[]>;
  /** When `claim` next finds something, as far as is known now: a moment that may have passed; null where no timer is left. */
  next(): Promise<NextTimer | null>;
  get(id: string): Promise<Timer | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Timer>;
  /** By `fireAt`, then in the order in which they were scheduled. */
  list(request?: TimerListRequest): Promise<Page<Timer>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: TimerListRequest): AsyncGenerator<Timer, void, undefined>;
}

const listRequest: Fields<TimerListRequest> = fieldsOf<TimerListRequest>({
  executionId: true,
  status: true,
  after: true,
  limit: true,
});

const selectionFields: Fields<TimerSelection> = fieldsOf<TimerSelection>({ executionId: true, step: true });

type ReleaseOptions = NonNullable<Parameters<Timers["release"]>[1]>;

const releaseOptions: Fields<ReleaseOptions> = fieldsOf<ReleaseOptions>({ afterMs: true });

/** The `timers` of a store or of a transaction. */
export function timersOf(session: Session): Timers {
  return { ...schedulingOf(session), ...claimingOf(session), ...readingOf(session) };
}

function schedulingOf(session: Session): Pick<Timers, "schedule" | "scheduleMany" | "cancel" | "cancelAll"> {
  return {
    schedule: async (input) => {
      const scheduled = await session.write(scheduleWrite, encodeTimer(session.codec, input));
      session.hint("timers");
      return scheduled;
    },
    scheduleMany: async (inputs) => {
      const scheduled = await session.writeAll(scheduleWrite, encodeTimers(session.codec, inputs, "inputs"));
      if (scheduled.length > 0) session.hint("timers");
      return scheduled;
    },
    cancel: async (id) => session.write(cancelWrite, checkId(id, "id")),
    cancelAll: async (selection) => {
      const { executionId, step } = selectionFields.read(selection, "selection");
      return session.write(cancelAllWrite, {
        executionId: checkId(executionId, "executionId"),
        step: checkOptionalId(step, "step"),
      });
    },
  };
}

function claimingOf(
  session: Session,
): Pick<Timers, "claim" | "acknowledge" | "acknowledgeMany" | "release" | "releaseMany" | "heartbeat" | "next"> {
  return {
    claim: async (request) => {
      const encoded = encodeTimerClaim(request);
      // Where the call may end before its answer, it is undone with its statement: timers claimed for nobody would wait for a lease.
      const rows =
        session.limited === undefined
          ? await session.write(claimWrite, encoded)
          : await session.run(claimTimers(encoded));
      return rows.map((row) => toClaimedTimer(session.codec, row));
    },
    acknowledge: async (claim) => session.write(acknowledgeWrite, checkClaim(timerClaim, claim)),
    acknowledgeMany: async (claims) => session.writeAll(acknowledgeWrite, checkClaims(timerClaim, claims)),
    release: async (claim, options) => {
      const outcome = await session.write(releaseWrite, {
        ...checkClaim(timerClaim, claim),
        afterMs: checkAfterMs(options),
      });
      session.hint("timers");
      return outcome;
    },
    releaseMany: async (claims, options) => {
      const afterMs = checkAfterMs(options);
      const released = checkClaims(timerClaim, claims).map((claim) => ({ ...claim, afterMs }));
      const outcomes = await session.writeAll(releaseWrite, released);
      if (outcomes.length > 0) session.hint("timers");
      return outcomes;
    },
    heartbeat: async (claims, options) => {
      const leaseMs = checkHeartbeat(options);
      return session.writeAll(heartbeatWrite(leaseMs), checkClaims(timerClaim, claims));
    },
    next: async () => session.run(nextTimer({})),
  };
}

function readingOf(session: Session): Pick<Timers, "get" | "require" | "list" | "iterate"> {
  const { codec } = session;
  const get = async (id: string): Promise<Timer | null> =>
    session.run(mapPlan(getTimer({ id: checkId(id, "id") }), (row) => row && toTimer(codec, row)));
  const list = async (request?: TimerListRequest): Promise<Page<Timer>> => {
    const { executionId, status, after, limit } = listRequest.readOptional(request, "request");
    const size = checkLimit(limit);
    const filter = {
      status: status === undefined ? null : checkOneOf(status, "status", timerStatusLabels),
      ...positionOf(after),
      limit: size + 1,
    };
    const plan =
      executionId === undefined
        ? listTimers(filter)
        : listTimersOfExecution({ ...filter, executionId: checkId(executionId, "executionId") });
    return toPage(await session.run(plan), size, (row) => toTimer(codec, row), cursorOf);
  };
  return {
    get,
    require: async (id) => {
      const timer = await get(id);
      if (timer) return timer;
      throw new NotFoundError(`Timer ${id} does not exist: schedule it first.`, { facts: { entity: "timer", id } });
    },
    list,
    iterate: (request = {}) => iterate(request, "request", list),
  };
}

function checkAfterMs(options: ReleaseOptions | undefined): number | null {
  const { afterMs } = releaseOptions.readOptional(options, "options");
  return afterMs === undefined ? null : checkInteger(afterMs, "afterMs", { min: 0, max: afterMsMax });
}

/** A page ends at a moment, in milliseconds, and a sequence number. */
function cursorOf({ fireAt, sequence }: ListTimersRow): string {
  return `${fireAt.getTime()}.${sequence}`;
}

function positionOf(after: string | undefined): { readonly afterFireAt: Date | null; readonly afterSequence: number } {
  if (after === undefined) return { afterFireAt: null, afterSequence: 0 };
  const [, ms, sequence] = /^(-?\d{1,15})\.(\d+)$/.exec(after) ?? [];
  const afterSequence = sequenceOf(sequence, "page");
  return { afterFireAt: new Date(Number(ms)), afterSequence };
}
