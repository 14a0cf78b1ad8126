import { cancelAllWrite, type EncodedSelection } from "../claims/step-selection.ts";
import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import type { TimerStatus } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import {
  checkId,
  checkInstant,
  checkInteger,
  checkKey,
  checkOptionalKey,
  checkOwnId,
  type Inside,
  invalid,
} from "../core/input.ts";
import { checkDistinct, encodeItems } from "../core/items.ts";
import { newId } from "../core/new-id.ts";
import { inOrderOf, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { activeTrace } from "../telemetry/trace-context.ts";
import {
  addTimers,
  cancelTimers,
  cancelTimersOfExecutions,
  scheduleTimers,
  type ScheduleTimersRow,
} from "./statements.generated.ts";

/** The longest delay of a timer: ten years. Beyond that, a time is clearer than a delay. */
export const afterMsMax: number = 10 * 366 * 24 * 60 * 60 * 1000;

/** A timer to schedule, with exactly one of `fireAt` and `afterMs`. A time in the past is due at once. */
export interface TimerInput {
  /** Generated if it is omitted. */
  readonly id?: string | undefined;
  readonly executionId: string;
  readonly step: string;
  readonly fireAt?: Date | undefined;
  /** By the database's clock. */
  readonly afterMs?: number | undefined;
  readonly payload?: unknown;
  /** At most one stored timer of an execution has it, including fired and canceled ones. */
  readonly dedupeKey?: string | undefined;
}

/** The outcome of scheduling. `kept`: a timer with the dedupe key existed, and stays as it was. */
export interface ScheduledTimer {
  /** The stored timer's id, which is an earlier call's if that one was kept. */
  readonly id: string;
  readonly outcome: "scheduled" | "kept";
  readonly status: TimerStatus;
  readonly fireAt: Date;
}

/** A timer to schedule, checked and encoded. */
export interface EncodedTimer {
  readonly id: string;
  readonly executionId: string;
  readonly step: string;
  readonly fireAt: Date | null;
  readonly afterMs: number | null;
  readonly dedupeKey: string | null;
  readonly payload: JsonText | null;
  /** The trace that is active. */
  readonly traceContext: string | null;
}

const timerFields: Fields<Inside<TimerInput>> = fieldsOf<Inside<TimerInput>>({
  id: true,
  executionId: true,
  step: true,
  fireAt: true,
  afterMs: true,
  payload: true,
  dedupeKey: true,
});

/**
 * Checks and encodes a timer before it joins others, so that an error concerns its caller alone. Inside an `owner`, an execution, the
 * timer need not name it.
 */
export function encodeTimer(codec: Codec, given: Inside<TimerInput>, field = "input", owner?: string): EncodedTimer {
  const input = timerFields.read(given, field);
  const { fireAt, afterMs } = input;
  if ((fireAt === undefined) === (afterMs === undefined)) {
    throw invalid("fireAt", "and afterMs are alternatives: give exactly one of them");
  }
  return {
    id: input.id === undefined ? newId() : checkId(input.id, "id"),
    executionId: checkOwnId(input.executionId, "executionId", owner),
    step: checkKey(input.step, "step"),
    fireAt: fireAt === undefined ? null : checkInstant(fireAt, "fireAt"),
    afterMs: afterMs === undefined ? null : checkInteger(afterMs, "afterMs", { min: 0, max: afterMsMax }),
    dedupeKey: checkOptionalKey(input.dedupeKey, "dedupeKey"),
    payload: encodeOptional(codec, input.payload, "payload"),
    traceContext: activeTrace(),
  };
}

/** Like {@link encodeTimer}, for timers scheduled together. Ids must be distinct, and so must the dedupe keys of one execution. */
export function encodeTimers(
  codec: Codec,
  inputs: readonly Inside<TimerInput>[],
  field: string,
  owner?: string,
): readonly EncodedTimer[] {
  const timers = encodeItems(inputs, field, (input, place) => encodeTimer(codec, input, place, owner));
  return checkDistinct(timers, field, dedupeKeyOf);
}

/** Schedules timers, also for transitions. Hint "timers" after it. */
export const scheduleWrite: Write<EncodedTimer, ScheduledTimer> = {
  name: "timers.schedule",
  keys: (timer) => [dedupeKeyOf(timer), `timer\0${timer.id}`],
  locks: ({ dedupeKey }) => (dedupeKey === null ? ["timers"] : ["executions", "timers"]),
  plan: (timers) => {
    const columns = {
      ids: timers.map((timer) => timer.id),
      executionIds: timers.map((timer) => timer.executionId),
      steps: timers.map((timer) => timer.step),
      fireAt: timers.map((timer) => timer.fireAt),
      afterMs: timers.map((timer) => timer.afterMs),
      payloads: timers.map((timer) => timer.payload),
      traceContexts: timers.map((timer) => timer.traceContext),
    };
    if (timers.every((timer) => timer.dedupeKey === null)) {
      return mapPlan(addTimers(columns), (rows) =>
        inOrderOf(timers, rows, ({ id }) => id).map((row) => toScheduled({ isNew: true, ...row })),
      );
    }
    const plan = scheduleTimers({ ...columns, dedupeKeys: timers.map((timer) => timer.dedupeKey) });
    return mapPlan(plan, (rows) => rows.map(toScheduled));
  },
};

/** The write that cancels timers by id. Its inputs are checked ids. */
export const cancelWrite: Write<string, boolean> = {
  name: "timers.cancel",
  keys: (id) => [`timer\0${id}`],
  plan: (ids) => cancelPlan(ids.map((id) => ({ id, executionId: null }))),
};

/** A timer to cancel, and optionally the execution that it must belong to. */
export interface CanceledTimer {
  readonly id: string;
  readonly executionId: string | null;
}

/** Cancels timers of checked ids. Fails if one belongs to another execution than it should. */
export function cancelPlan(timers: readonly CanceledTimer[]): Plan<readonly boolean[]> {
  const plan = cancelTimers({
    ids: timers.map((timer) => timer.id),
    executionIds: timers.map((timer) => timer.executionId),
  });
  return mapPlan(plan, (rows) => rows.map((row) => row.canceled));
}

/** Cancels the timers of executions, or of their steps. */
export const cancelTimersOf: Write<EncodedSelection, number> = cancelAllWrite("timers", cancelTimersOfExecutions);

function toScheduled({ id, isNew, status, fireAt }: ScheduleTimersRow): ScheduledTimer {
  return { id, outcome: isNew ? "scheduled" : "kept", status, fireAt };
}

/** Unique if there is no dedupe key. The parts cannot contain the NUL that separates them. */
function dedupeKeyOf({ id, executionId, dedupeKey }: EncodedTimer): string {
  return `timer\0${executionId}\0${dedupeKey ?? `\0${id}`}`;
}
