import { checkInstant, checkInteger, invalid } from "../database/input.ts";

/** The longest time that a wait or an event lasts when it is counted from now: ten years. */
const durationMsMax = 10 * 366 * 24 * 60 * 60 * 1000;

/** A moment as a caller gives it: by the calendar, or counted from the database's clock. */
export interface EncodedMoment {
  readonly at: Date | null;
  readonly ms: number | null;
}

/** Checks a moment that may be given in one of two ways, or not at all. */
export function checkMoment(
  given: { readonly at: unknown; readonly ms: unknown },
  fields: { readonly at: string; readonly ms: string; readonly msMin: number },
): EncodedMoment {
  if (given.at !== undefined && given.ms !== undefined) {
    throw invalid(fields.at, `and ${fields.ms} are alternatives: give at most one of them`);
  }
  return {
    at: given.at === undefined ? null : checkInstant(given.at, fields.at),
    ms: given.ms === undefined ? null : checkInteger(given.ms, fields.ms, { min: fields.msMin, max: durationMsMax }),
  };
}
