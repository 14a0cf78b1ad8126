import { InMemoryDB, ObservabilityInMemory, type ObservabilityStorage } from "@mastra/core/storage";

/** The argument of a method of Mastra's. */
export type Args<M extends keyof ObservabilityStorage> = ObservabilityStorage[M] extends (args: infer A) => unknown
  ? A
  : never;

/** What a method of Mastra's answers. */
export type Answer<M extends keyof ObservabilityStorage> = ObservabilityStorage[M] extends (args: never) => infer R
  ? R
  : never;

type Table = "metricRecords" | "logRecords" | "scoreRecords" | "feedbackRecords";

interface AnalysisArgs {
  readonly filters?: { readonly timestamp?: { readonly start?: Date; readonly end?: Date } };
  readonly comparePeriod?: string;
}

const dayMs = 86_400_000;

/** How far before a range of times the range that it is compared with begins. */
const comparedMs: Readonly<Record<string, number>> = { previous_day: dayMs, previous_week: 7 * dayMs };

/** Records as Mastra's own store in memory, which analyses them: its aggregates are its own by construction. */
export function inMemory<T extends Table>(table: T, records: InMemoryDB[T]): ObservabilityInMemory {
  const db = new InMemoryDB();
  const kept: unknown[] = db[table];
  for (const record of records) kept.push(record);
  return new ObservabilityInMemory({ db });
}

/** The filters of an analysis, without the arguments that are not filters. They include the period that it is compared with. */
export function analysedFilters(args: object, more: object): object {
  // As Mastra's types have them.
  const { filters, comparePeriod } = args as AnalysisArgs;
  const timestamp = filters?.timestamp;
  if (!comparePeriod || !timestamp?.start || !timestamp.end) return { ...filters, ...more };
  const { start, end } = timestamp;
  const before = comparedMs[comparePeriod] ?? end.getTime() - start.getTime();
  return { ...filters, ...more, timestamp: { start: new Date(start.getTime() - before), end } };
}
