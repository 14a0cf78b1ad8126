import type { Codec } from "../database/codec.ts";
import { mapPlan, type Plan } from "../database/plan.ts";
import { type HistoryEntry, toEntry } from "./entry.ts";
import { readEntries } from "./statements.generated.ts";

/** The plan for the entries of an execution from a number on. */
export function entriesFrom(
  codec: Codec,
  executionId: string,
  { from, limit }: { readonly from: bigint; readonly limit: number },
): Plan<readonly HistoryEntry[]> {
  return mapPlan(readEntries({ executionId, from, limit }), (rows) => rows.map((row) => toEntry(codec, row)));
}
