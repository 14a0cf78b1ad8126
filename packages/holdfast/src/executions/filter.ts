import { type Status, statusLabels } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInteger,
  checkOptionalBoolean,
  checkOptionalId,
  checkOptionalInstant,
} from "../database/input.ts";
import { checkSome } from "../database/items.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { type LabelFilter, type LabelSpan, spanColumns, splitLabelFilter } from "./label-ranges.ts";
import { encodeLabels } from "./labels.ts";
import { type CountExecutionsParameters, countLabelRanges } from "./statements.generated.ts";

/** Which executions: those that pass all the filters that are given. */
export interface ExecutionFilter {
  /** Of one definition, and of one version of it if that is given. */
  readonly definition?: { readonly name: string; readonly version?: number } | undefined;
  /** In this status, or in one of these. */
  readonly status?: Status | readonly Status[] | undefined;
  /** Children of this execution. */
  readonly parentId?: string | undefined;
  /** Created at this moment or after it. */
  readonly createdAfter?: Date | undefined;
  /** Created before this moment. */
  readonly createdBefore?: Date | undefined;
  /** With all of these labels: each equal to a value, or within a range such as `{ gte: 10, lt: 20 }`. */
  readonly labels?: LabelFilter | undefined;
  /** Whether somebody holds a lease now; false with a status finds those whose holder is gone. */
  readonly isLeased?: boolean | undefined;
  /** Waiting for an event with this correlation key. */
  readonly correlationKey?: string | undefined;
}

/** A filter, checked and encoded, but for its ranges of labels. */
export interface EncodedFilter {
  readonly columns: Omit<
    CountExecutionsParameters,
    "isDriven" | "rangeNames" | "lowNumbers" | "lowTexts" | "highNumbers" | "highTexts"
  >;
  readonly spans: readonly LabelSpan[];
}

/** The names of what executions are filtered by. */
export const filterNames = {
  definition: true,
  status: true,
  parentId: true,
  createdAfter: true,
  createdBefore: true,
  labels: true,
  isLeased: true,
  correlationKey: true,
} as const;

type FilterDefinition = NonNullable<ExecutionFilter["definition"]>;

const definitionFields: Fields<FilterDefinition> = fieldsOf<FilterDefinition>({ name: true, version: true });

/** Checks and encodes a filter whose names are known. */
export function encodeFilter(filter: ExecutionFilter): EncodedFilter {
  const definition =
    filter.definition === undefined ? undefined : definitionFields.readInner(filter.definition, "definition");
  const { equal, spans } = splitLabelFilter(filter.labels);
  const encoded = encodeLabels(equal);
  const columns = {
    statuses: checkSome(filter.status, "status", statusLabels),
    definitionName: definition === undefined ? null : checkId(definition.name, "definition.name"),
    definitionVersion:
      definition?.version === undefined
        ? null
        : checkInteger(definition.version, "definition.version", { min: 1, max: 2 ** 31 - 1 }),
    parentId: checkOptionalId(filter.parentId, "parentId"),
    createdAfter: checkOptionalInstant(filter.createdAfter, "createdAfter"),
    createdBefore: checkOptionalInstant(filter.createdBefore, "createdBefore"),
    // No labels to have is no filter, and would keep the index from serving the others.
    labels: encoded === "{}" ? null : encoded,
    isLeased: checkOptionalBoolean(filter.isLeased, "isLeased") ?? null,
    correlationKey: checkOptionalId(filter.correlationKey, "correlationKey"),
  };
  return { columns, spans };
}

/** With more executions than this in a range, it is quicker to read executions in their order and check the labels of each. */
const drivenMax = 5000;

/**
 * The filter as a statement's input. Where ranges of labels are given, they are counted first, up to a limit: the planner, which
 * knows nothing of what a range of one label holds, would guess.
 */
export async function filterColumns(
  session: Session,
  { columns, spans }: EncodedFilter,
): Promise<CountExecutionsParameters> {
  if (spans.length === 0) return { ...columns, ...spanColumns([]), isDriven: false };
  const plan = countLabelRanges({ ...spanColumns(spans), limit: drivenMax + 1 });
  const counts = await session.run(mapPlan(plan, (rows) => rows.map((row) => row.count)));
  const fewest = Math.min(...counts);
  const at = counts.indexOf(fewest);
  // The narrowest comes first, which is the one that drives.
  const ordered = [...spans.slice(at), ...spans.slice(0, at)];
  return { ...columns, ...spanColumns(ordered), isDriven: fewest <= drivenMax };
}
