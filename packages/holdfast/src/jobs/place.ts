import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkOptionalInstant, invalid } from "../database/input.ts";
import { delayMsMax, priorityBounds } from "./input.ts";

/** Where a job waits in its queue: what is left out stays as it is. */
export interface PlaceInLine {
  /** Not before this moment; not together with `delayMs`. */
  readonly runAt?: Date | undefined;
  /** Not before so many milliseconds from now, by the database's clock. */
  readonly delayMs?: number | undefined;
  /** Lower comes first. */
  readonly priority?: number | undefined;
}

/** A place in line, checked. */
export interface EncodedPlace {
  readonly runAt: Date | null;
  readonly delayMs: number | null;
  readonly priority: number | null;
}

/** The names of a place in line. */
export const placeNames = { runAt: true, delayMs: true, priority: true } as const;

/** Reads a place in line. */
export const placeFields: Fields<PlaceInLine> = fieldsOf<PlaceInLine>(placeNames);

/** Checks a place in line whose names are known. */
export function encodePlace({ runAt, delayMs, priority }: PlaceInLine): EncodedPlace {
  if (runAt !== undefined && delayMs !== undefined) {
    throw invalid("delayMs", "is given together with runAt: give one of them");
  }
  return {
    runAt: checkOptionalInstant(runAt, "runAt"),
    delayMs: delayMs === undefined ? null : checkInteger(delayMs, "delayMs", { min: 0, max: delayMsMax }),
    priority: priority === undefined ? null : checkInteger(priority, "priority", priorityBounds),
  };
}

/** Places in line as the columns of a statement's input. */
export function placeColumns(places: readonly EncodedPlace[]): {
  readonly runAt: readonly (Date | null)[];
  readonly delaysMs: readonly (number | null)[];
  readonly priorities: readonly (number | null)[];
} {
  return {
    runAt: places.map(({ runAt }) => runAt),
    delaysMs: places.map(({ delayMs }) => delayMs),
    priorities: places.map(({ priority }) => priority),
  };
}
