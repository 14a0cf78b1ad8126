import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOptionalInstant, invalid } from "../core/input.ts";
import { delayMsMax, priorityBounds } from "./input.ts";

/** When a waiting job may run, and its priority; omitted values stay. */
export interface Rescheduling {
  /** The earliest time to run; not together with `delayMs`. */
  readonly runAt?: Date | undefined;
  /** The delay in milliseconds, by the database's clock. */
  readonly delayMs?: number | undefined;
  /** Lower comes first. */
  readonly priority?: number | undefined;
}

/** A rescheduling, checked. */
export interface EncodedRescheduling {
  readonly runAt: Date | null;
  readonly delayMs: number | null;
  readonly priority: number | null;
}

/** The fields of a rescheduling. */
export const reschedulingNames = { runAt: true, delayMs: true, priority: true } as const;

/** Reads a rescheduling. */
export const reschedulingFields: Fields<Rescheduling> = fieldsOf<Rescheduling>(reschedulingNames);

/** Checks a rescheduling whose names are known. */
export function encodeRescheduling({ runAt, delayMs, priority }: Rescheduling): EncodedRescheduling {
  if (runAt !== undefined && delayMs !== undefined) {
    throw invalid("delayMs", "is given together with runAt: give one of them");
  }
  return {
    runAt: checkOptionalInstant(runAt, "runAt"),
    delayMs: delayMs === undefined ? null : checkInteger(delayMs, "delayMs", { min: 0, max: delayMsMax }),
    priority: priority === undefined ? null : checkInteger(priority, "priority", priorityBounds),
  };
}

/** Reschedulings as input columns of a statement. */
export function reschedulingColumns(all: readonly EncodedRescheduling[]): {
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly priorities: readonly (number | null)[];
} {
  return {
    runAt: all.map(({ runAt }) => runAt),
    delaysMs: all.map(({ delayMs }) => delayMs),
    priorities: all.map(({ priority }) => priority),
  };
}
