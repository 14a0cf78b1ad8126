import { type JsonText, searchableCodec } from "../core/codec.ts";
import { namedValuesOf } from "../core/fields.ts";
import { checkText, invalid } from "../core/input.ts";
import type { Labels } from "./execution.ts";

/** Labels to set; null removes a label. */
export type LabelChanges = Readonly<Record<string, string | number | boolean | null>>;

/** Checks and encodes labels. */
export function encodeLabels(labels: Labels | undefined, field = "labels"): JsonText {
  return labels === undefined ? "{}" : encodeLabelValues(labels, field, false);
}

/** Checks and encodes changes of labels; null if there are none. */
export function encodeLabelChanges(labels: LabelChanges | undefined, field = "labels"): JsonText | null {
  return labels === undefined ? null : encodeLabelValues(labels, field, true);
}

function encodeLabelValues(labels: LabelChanges, field: string, isChange: boolean): JsonText {
  const entries = namedValuesOf(labels, field);
  for (const [name, value] of entries) {
    const isLabel = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (!isLabel && !(isChange && value === null)) {
      throw invalid(
        `${field}.${name}`,
        `must be a string, a number or a boolean${isChange ? ", or null to take it away" : ""}`,
      );
    }
    if (typeof value === "string") checkText(value, `${field}.${name}`);
  }
  return searchableCodec.encode(Object.fromEntries(entries), field);
}
