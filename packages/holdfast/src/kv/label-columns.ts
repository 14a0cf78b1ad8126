import { encodeLabels, type LabelFilter, spanColumns, splitLabelFilter } from "../executions/executions.ts";
import type { SearchEntriesParameters } from "./statements.generated.ts";

/** A filter by labels as the statements take it. Of the labels that must equal a value, null is none: an empty set is slower. */
export type LabelColumns = ReturnType<typeof spanColumns> & Pick<SearchEntriesParameters, "labels">;

/** Checks a filter by labels. */
export function labelColumns(filter: LabelFilter | undefined): LabelColumns {
  const { equal, spans } = splitLabelFilter(filter);
  const labels = encodeLabels(equal);
  return { ...spanColumns(spans), labels: labels === "{}" ? null : labels };
}

/** Checks a filter by labels; null if it has no conditions, so that entries without labels pass too. */
export function conditionColumns(filter: LabelFilter | undefined): LabelColumns | null {
  const columns = labelColumns(filter);
  return columns.labels === null && columns.rangeNames.length === 0 ? null : columns;
}
