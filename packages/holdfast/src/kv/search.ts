import { searchableCodec } from "../core/codec.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import type { Page, PageRequest } from "../core/input.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import type { LabelFilter, Labels } from "../executions/executions.ts";
import type { KvLabeledEntry } from "./entry.ts";
import { labelColumns } from "./label-columns.ts";
import { cursorOf, entryOf, pagePlace, toPageOfEntries } from "./read.ts";
import { searchEntries, type SearchEntriesRow } from "./statements.generated.ts";

/** What to search for. */
export interface KvSearchRequest extends PageRequest {
  /** With all of these labels: each equal to a value, or within a range such as `{ gte: 10, lt: 20 }`. */
  readonly labels?: LabelFilter | undefined;
}

/** Reads requests of searches. */
export const searchRequest: Fields<KvSearchRequest> = fieldsOf<KvSearchRequest>({ labels: true, ...pageNames });

/** A page of the entries with labels of all prefixes that start with a text. */
export function pageOfLabeled(prefixStart: string, request: KvSearchRequest): Plan<Page<KvLabeledEntry>> {
  const conditions = labelColumns(request.labels);
  const { order, limit, columns } = pagePlace(prefixStart, request);
  const plan = searchEntries[order]({ ...columns, ...conditions });
  return mapPlan(plan, (rows) => toPageOfEntries(rows, limit, toLabeled, cursorOf));
}

function toLabeled(row: SearchEntriesRow): KvLabeledEntry {
  return { ...entryOf(row, row), labels: searchableCodec.decode(row.labels) as Labels };
}
