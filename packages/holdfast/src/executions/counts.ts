import { type Durations, toDurations } from "../core/durations.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInstant, checkInteger, checkOneOf } from "../core/input.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { encodeFilter, type ExecutionFilter, filterColumns, filterNames } from "./filter.ts";
import { valueAt } from "./label-order.ts";
import { checkLabelName, spanColumns } from "./label-ranges.ts";
import { countExecutions, countExecutionsBy, countExecutionsByLabel, measureEnds } from "./statements.generated.ts";

/** The criterion for grouping executions: their status, the name of their definition, or the value of a label. */
export type ExecutionGrouping = "status" | "definition" | { readonly label: string };

/** The number of executions with one value. */
export interface ExecutionGroup {
  readonly value: string | number | boolean;
  readonly count: number;
}

/** Counts executions. */
export interface ExecutionCounts {
  /** Counts the executions that pass the filters. */
  count(filter?: ExecutionFilter): Promise<number>;
  /**
   * Counts the executions that pass the filters by value: the `limit` most frequent values (100 by default, 1,000 at most), most frequent
   * first. Executions without a definition, or without the label, are left out.
   */
  countBy(
    by: ExecutionGrouping,
    filter?: ExecutionFilter & { readonly limit?: number | undefined },
  ): Promise<readonly ExecutionGroup[]>;
  /** How many executions were created and ended since a time, in any process, and how long they took. */
  ends(since: Date): Promise<ExecutionEnds>;
}

/** Executions that were created, and that ended, since a time. Of more than 10,000, the newest count. */
export interface ExecutionEnds {
  /** The time of this answer, by the database's clock: the next `since`. */
  readonly now: Date;
  readonly created: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timed_out: number;
  readonly canceled: number;
  /** From creation to end; null if none ended. */
  readonly totalMs: Durations | null;
}

/** The most executions that `ends` reads. */
const endsMax = 10_000;

const countFilter: Fields<ExecutionFilter> = fieldsOf<ExecutionFilter>(filterNames);

type GroupFilter = NonNullable<Parameters<ExecutionCounts["countBy"]>[1]>;

const groupFilter: Fields<GroupFilter> = fieldsOf<GroupFilter>({ ...filterNames, limit: true });

type ByLabel = Exclude<ExecutionGrouping, string>;

const byLabel: Fields<ByLabel> = fieldsOf<ByLabel>({ label: true });

/** The counts of a store's or a transaction's `executions`. */
export function countsOf(session: Session): ExecutionCounts {
  return {
    count: async (filter = {}) => {
      const columns = await filterColumns(session, encodeFilter(countFilter.read(filter, "filter")));
      return session.run(mapPlan(countExecutions(columns), ({ count }) => count));
    },
    ends: async (since) => {
      const plan = measureEnds({ since: checkInstant(since, "since"), limit: endsMax });
      return session.run(
        mapPlan(plan, ({ p50, p95, max, timedOut, ...ends }) => ({
          ...ends,
          timed_out: timedOut,
          totalMs: toDurations(p50, p95, max),
        })),
      );
    },
    countBy: async (by, filter = {}) => {
      const given = groupFilter.read(filter, "filter");
      const encoded = encodeFilter(given);
      const limit = checkInteger(given.limit ?? 100, "limit", { min: 1, max: 1000 });
      if (typeof by !== "string") {
        const label = checkLabelName(byLabel.readInner(by, "by").label, "by.label");
        const plan = countExecutionsByLabel({ ...encoded.columns, ...spanColumns(encoded.spans), label, limit });
        return session.run(mapPlan(plan, (rows) => rows.map((row) => ({ value: valueAt(row), count: row.count }))));
      }
      checkOneOf(by, "by", ["status", "definition"]);
      const plan = countExecutionsBy({ ...(await filterColumns(session, encoded)), by, limit });
      return session.run(mapPlan(plan, (rows) => rows.map(({ value, count }) => ({ value, count }))));
    },
  };
}
