import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOneOf } from "../core/input.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { encodeFilter, type ExecutionFilter, filterColumns, filterNames } from "./filter.ts";
import { valueAt } from "./label-order.ts";
import { checkLabelName, spanColumns } from "./label-ranges.ts";
import { countExecutions, countExecutionsBy, countExecutionsByLabel } from "./statements.generated.ts";

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
}

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
