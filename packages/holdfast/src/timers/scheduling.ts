import { inOrderOf } from "../database/batches.ts";
import { type Codec, encodeOptional, type JsonText } from "../database/codec.ts";
import type { TimerStatus } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInstant,
  checkInteger,
  checkOptionalId,
  checkOwnId,
  type Inside,
  invalid,
} from "../database/input.ts";
import { checkDistinct, encodeItems } from "../database/items.ts";
import { newId } from "../database/new-id.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import {
  cancelTimers,
  cancelTimersOfExecutions,
  addTimers,
  scheduleTimers,
  type ScheduleTimersRow,
} from "./statements.generated.ts";

/** The longest delay of a timer: ten years, beyond which a moment is better said than counted. */
export const afterMsMax: number = 10 * 366 * 24 * 60 * 60 * 1000;

/** A timer to schedule. Exactly one of `fireAt` and `afterMs` is given; a moment that has passed is due at once. */
export interface TimerInput {
  /** Made by Holdfast where it is left out. */
  readonly id?: string | undefined;
  readonly executionId: string;
  readonly step: string;
  readonly fireAt?: Date | undefined;
  /** Counted from the database's clock. */
  readonly afterMs?: number | undefined;
  readonly payload?: unknown;
  /** At most one timer an execution has it, for as long as that timer is stored: fired and canceled ones count too. */
  readonly dedupeKey?: string | undefined;
}

/** What became of a timer to schedule: `kept` tells that there was one of its dedupe key, which stays as it was. */
export interface ScheduledTimer {
  /** Of the timer that is stored now, which is an earlier call's where it was kept. */
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
 * Checks and encodes a timer to schedule, so that what is wrong with it is its caller's error alone. Inside an `owner`, an execution,
 * it need not name that one.
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
    step: checkId(input.step, "step"),
    fireAt: fireAt === undefined ? null : checkInstant(fireAt, "fireAt"),
    afterMs: afterMs === undefined ? null : checkInteger(afterMs, "afterMs", { min: 0, max: afterMsMax }),
    dedupeKey: checkOptionalId(input.dedupeKey, "dedupeKey"),
    payload: encodeOptional(codec, input.payload, "payload"),
  };
}

/** As {@link encodeTimer}, for timers that are scheduled together: an id and a dedupe key of one execution come once. */
export function encodeTimers(
  codec: Codec,
  inputs: readonly Inside<TimerInput>[],
  field: string,
  owner?: string,
): readonly EncodedTimer[] {
  const timers = encodeItems(inputs, field, (input, place) => encodeTimer(codec, input, place, owner));
  return checkDistinct(timers, field, dedupeKeyOf);
}

/** The write that schedules timers, which transitions are made of too. Hint "timers" after it. */
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
    };
    if (timers.every((timer) => timer.dedupeKey === null)) {
      return mapPlan(addTimers(columns), (rows) =>
        inOrderOf(timers, rows, ({ id }) => id).map((row) => toScheduled({ ...row, isNew: true })),
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

/** A timer to cancel, and the execution that it must belong to where one is given. */
export interface CanceledTimer {
  readonly id: string;
  readonly executionId: string | null;
}

/** Cancels timers of checked ids, or fails where one belongs to another execution than it should. */
export function cancelPlan(timers: readonly CanceledTimer[]): Plan<readonly boolean[]> {
  const plan = cancelTimers({
    ids: timers.map((timer) => timer.id),
    executionIds: timers.map((timer) => timer.executionId),
  });
  return mapPlan(plan, (rows) => rows.map((row) => row.canceled));
}

/** Timers of an execution, and of one of its steps where it is named; checked. */
export interface EncodedSelection {
  readonly executionId: string;
  readonly step: string | null;
}

/** The write that cancels the timers of executions, or of steps of theirs. */
export const cancelAllWrite: Write<EncodedSelection, number> = {
  name: "timers.cancelAll",
  keys: ({ executionId }) => [`timers\0${executionId}`],
  plan: (selections) => {
    const plan = cancelTimersOfExecutions({
      executionIds: selections.map(({ executionId }) => executionId),
      steps: selections.map(({ step }) => step),
    });
    return mapPlan(plan, (rows) => rows.map((row) => row.canceled));
  },
};

function toScheduled({ id, isNew, status, fireAt }: ScheduleTimersRow): ScheduledTimer {
  return { id, outcome: isNew ? "scheduled" : "kept", status, fireAt };
}

/** Unlike any other where there is no dedupe key. A NUL separates the parts, which none of them can hold. */
function dedupeKeyOf({ id, executionId, dedupeKey }: EncodedTimer): string {
  return `timer\0${executionId}\0${dedupeKey ?? `\0${id}`}`;
}
