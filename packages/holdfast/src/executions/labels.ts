import { type JsonText, searchableCodec } from "../database/codec.ts";
import { checkInteger, checkText, invalid } from "../database/input.ts";
import type { Labels, Usage } from "./execution.ts";

/** Labels to set; null takes a label away. */
export type LabelChanges = Readonly<Record<string, string | number | boolean | null>>;

/** The most labels of one execution, and the most counters: both are read and written as a whole. */
const namesMax = 1000;

/** Checks and encodes labels. */
export function encodeLabels(labels: Labels | undefined, field = "labels"): JsonText {
  return labels === undefined ? "{}" : encodeLabelValues(labels, field, false);
}

/** Checks and encodes changes of labels; null where there are none. */
export function encodeLabelChanges(labels: LabelChanges | undefined, field = "labels"): JsonText | null {
  return labels === undefined ? null : encodeLabelValues(labels, field, true);
}

/** Checks and encodes what is added to counters; null where nothing is. */
export function encodeUsage(usage: Usage | undefined, field = "usage"): JsonText | null {
  if (usage === undefined) return null;
  for (const [name, amount] of entriesOf(usage, field)) {
    if (typeof amount !== "number" || !(amount >= 0 && amount <= Number.MAX_SAFE_INTEGER)) {
      throw invalid(`${field}.${name}`, "must be a number from 0 to 2^53 - 1");
    }
  }
  return searchableCodec.encode(usage, field);
}

function encodeLabelValues(labels: LabelChanges, field: string, isChange: boolean): JsonText {
  for (const [name, value] of entriesOf(labels, field)) {
    const isLabel = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (!isLabel && !(isChange && value === null)) {
      throw invalid(
        `${field}.${name}`,
        `must be a string, a number or a boolean${isChange ? ", or null to take it away" : ""}`,
      );
    }
    if (typeof value === "string") checkText(value, `${field}.${name}`);
  }
  return searchableCodec.encode(labels, field);
}

function entriesOf(values: object, field: string): readonly (readonly [string, unknown])[] {
  if (typeof values !== "object" || values === null || Array.isArray(values)) throw invalid(field, "must be an object");
  // A property set to undefined is as good as absent, which is what JSON makes of it.
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  checkInteger(entries.length, `the number of entries of ${field}`, { min: 0, max: namesMax });
  for (const [name] of entries) checkText(name, `a name in ${field}`);
  return entries;
}
