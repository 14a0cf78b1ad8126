import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkOptionalKey } from "../core/input.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";

/** The timers or the waits of an execution, or of one of its steps. */
export interface StepSelection {
  readonly executionId: string;
  /** The whole execution if it is omitted. */
  readonly step?: string | undefined;
}

/** A checked selection. */
export interface EncodedSelection {
  readonly executionId: string;
  readonly step: string | null;
}

const selectionFields: Fields<StepSelection> = fieldsOf<StepSelection>({ executionId: true, step: true });

/** Checks a selection. */
export function encodeSelection(selection: StepSelection): EncodedSelection {
  const { executionId, step } = selectionFields.read(selection, "selection");
  return { executionId: checkId(executionId, "executionId"), step: checkOptionalKey(step, "step") };
}

/** The write that cancels the selected rows by the noun's statement. Each outcome is their number. */
export function cancelAllWrite(
  noun: "timers" | "correlations",
  cancel: (columns: {
    readonly executionIds: readonly string[];
    readonly steps: readonly (string | null)[];
  }) => Plan<readonly { readonly canceled: number }[]>,
): Write<EncodedSelection, number> {
  return {
    name: `${noun}.cancelAll`,
    keys: ({ executionId }) => [`${noun}\0${executionId}`],
    plan: (selections) => {
      const plan = cancel({
        executionIds: selections.map(({ executionId }) => executionId),
        steps: selections.map(({ step }) => step),
      });
      return mapPlan(plan, (rows) => rows.map(({ canceled }) => canceled));
    },
  };
}
