import {
  checkClaim,
  checkClaims,
  checkHeartbeat,
  type Claim,
  type Fenced,
  type HeartbeatOptions,
} from "../claims/claims.ts";
import { encodeSelection, type StepSelection } from "../claims/step-selection.ts";
import { type TimerStatus, timerStatusLabels } from "../core/enums.generated.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkOneOf,
  checkOrder,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { iterate, momentAfter, momentCursor } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { receiving } from "../telemetry/messaging.ts";
import { claimWrite, encodeTimerClaim, type TimerClaimOptions } from "./claiming.ts";
import { acknowledgeWrite, heartbeatWrite, releaseWrite } from "./fencing.ts";
import {
  afterMsMax,
  cancelTimersOf,
  cancelWrite,
  encodeTimer,
  encodeTimers,
  type ScheduledTimer,
  scheduleWrite,
  type TimerInput,
} from "./scheduling.ts";
import { claimTimers, getTimer, listTimers, listTimersOfExecution, nextTimer } from "./statements.generated.ts";
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
export type { ClaimedTimer, ExpiredWait, ReleasedTimer, Timer, TimerNow } from "./timer.ts";

/** When the next timer can be claimed. */
export interface NextTimer {
  readonly at: Date;
  /** The delay from now by the database's clock, at least 0. Far in the future it exceeds 2^31 - 1, the limit of setTimeout. */
  readonly inMs: number;
}

/** Options of a list of timers. */
export interface TimerListRequest extends PageRequest {
  readonly executionId?: string | undefined;
  readonly status?: TimerStatus | undefined;
}

/** Wakes steps of executions at set times. A timer fires at least once: it has fired when a claimer has acknowledged it. */
export interface Timers {
  /**
   * Schedules a timer, or keeps the one that the execution has under that dedupe key.
   *
   * @throws NotFoundError if the execution does not exist.
   * @throws DuplicateError if the id is taken.
   */
  schedule(input: TimerInput): Promise<ScheduledTimer>;
  /** Like `schedule`, all or nothing. Timers of one call and one time fire in no promised order. */
  scheduleMany(inputs: readonly TimerInput[]): Promise<readonly ScheduledTimer[]>;
  /** Returns whether this call keeps the timer from ever firing; false for one that is claimed, fired, canceled or unknown. */
  cancel(id: string): Promise<boolean>;
  /** Cancels each timer of a selection, and returns how many will never fire. */
  cancelAll(selection: StepSelection): Promise<number>;
  /**
   * Claims due timers, and those whose claimer let the lease expire, by `fireAt`. Each has one claimer at a time. An expired wait becomes
   * a timer of its step, whose `wait` names it.
   */
  claim(request?: TimerClaimOptions): Promise<readonly ClaimedTimer[]>;
  /** Confirms that the timer's work is done. Repeated with the same claim, it is `ok` again. */
  acknowledge(claim: Claim): Promise<Fenced<TimerNow>>;
  /** Like `acknowledge`, in one statement, with an outcome for each. */
  acknowledgeMany(claims: readonly Claim[]): Promise<readonly Fenced<TimerNow>[]>;
  /** Gives a timer back undone: due again at once, or `afterMs` from now. */
  release(claim: Claim, options?: { readonly afterMs?: number | undefined }): Promise<ReleasedTimer>;
  /** Like `release`, in one statement, with an outcome for each. */
  releaseMany(
    claims: readonly Claim[],
    options?: { readonly afterMs?: number | undefined },
  ): Promise<readonly ReleasedTimer[]>;
  /** Renews leases from now on, in one statement for all of a process. Returns the new end of each; null for a lost claim. */
  heartbeat(claims: readonly Claim[], options?: HeartbeatOptions): Promise<readonly (Date | null)[]>;
  /** When `claim` next finds something, as far as is known now. The time may be past; null if no timer is left. */
  next(): Promise<NextTimer | null>;
  get(id: string): Promise<Timer | null>;
  /** @throws NotFoundError */
  require(id: string): Promise<Timer>;
  /** By `fireAt`, then in scheduling order. */
  list(request?: TimerListRequest): Promise<Page<Timer>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: TimerListRequest): AsyncGenerator<Timer, void, undefined>;
}

const listRequest: Fields<TimerListRequest> = fieldsOf<TimerListRequest>({
  executionId: true,
  status: true,
  ...pageNames,
});

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
    cancelAll: async (selection) => session.write(cancelTimersOf, encodeSelection(selection)),
  };
}

function claimingOf(
  session: Session,
): Pick<Timers, "claim" | "acknowledge" | "acknowledgeMany" | "release" | "releaseMany" | "heartbeat" | "next"> {
  return {
    claim: async (request) => {
      const encoded = encodeTimerClaim(request);
      // A call that may be given up is undone with its statement. Otherwise timers claimed for nobody would wait for their leases.
      const claim = async (): Promise<readonly ClaimedTimer[]> => {
        const rows =
          session.limited === undefined
            ? await session.write(claimWrite, encoded)
            : await session.run(claimTimers(encoded));
        return rows.map((row) => toClaimedTimer(session.codec, row));
      };
      return receiving(() => ["timers"], session.target, { receive: claim, messagesOf: (claimed) => claimed });
    },
    acknowledge: async (claim) => {
      const outcome = await session.write(acknowledgeWrite, checkClaim(timerClaim, claim));
      session.count("timers.fired", outcome.ok ? 1 : 0);
      return outcome;
    },
    acknowledgeMany: async (claims) => {
      const outcomes = await session.writeAll(acknowledgeWrite, checkClaims(timerClaim, claims));
      session.count("timers.fired", outcomes.filter(({ ok }) => ok).length);
      return outcomes;
    },
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
    const { executionId, status, after, limit, ...asked } = listRequest.readOptional(request, "request");
    const size = checkLimit(limit);
    const order = checkOrder(asked.order);
    const filter = {
      status: status === undefined ? null : checkOneOf(status, "status", timerStatusLabels),
      ...momentAfter(after),
      limit: size + 1,
    };
    const plan =
      executionId === undefined
        ? listTimers[order](filter)
        : listTimersOfExecution[order]({ ...filter, executionId: checkId(executionId, "executionId") });
    return toPage(await session.run(plan), size, (row) => toTimer(codec, row), momentCursor);
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
