import { type Status, statusLabels } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import {
  checkId,
  checkInteger,
  checkOptionalBoolean,
  checkOptionalId,
  checkOptionalInstant,
  checkOptionalKey,
} from "../core/input.ts";
import { checkSome } from "../core/items.ts";
import { mapPlan } from "../core/plan.ts";
import { checkQueue, type QueueName } from "../jobs/jobs.ts";
import type { Session } from "../session/session.ts";
import { type LabelFilter, type LabelSpan, pointsOf, spanColumns, splitLabelFilter } from "./label-ranges.ts";
import { encodeLabels } from "./labels.ts";
import {
  type CountExecutionsParameters,
  countLabelRanges,
  type ListExecutionsByLabelParameters,
} from "./statements.generated.ts";

/** Selects executions that pass all given filters. */
export interface ExecutionFilter {
  /** The definition, and optionally its version. */
  readonly definition?: { readonly name: string; readonly version?: number } | undefined;
  /** One status, or several. */
  readonly status?: Status | readonly Status[] | undefined;
  /** Children of this execution. */
  readonly parentId?: string | undefined;
  /** Started by this task of its parent. */
  readonly parentTaskId?: string | undefined;
  /** Created in this queue. */
  readonly queue?: QueueName | undefined;
  /** Created at this time or later. */
  readonly createdAfter?: Date | undefined;
  /** Created before this time. */
  readonly createdBefore?: Date | undefined;
  /** With all of these labels: each equal to a value, or within a range such as `{ gte: 10, lt: 20 }`. */
  readonly labels?: LabelFilter | undefined;
  /** Whether a lease is held now. false with a status finds executions whose holder is gone. */
  readonly isLeased?: boolean | undefined;
  /** Waiting for an event with this correlation key. */
  readonly correlationKey?: string | undefined;
}

/** A filter, checked and encoded, without its ranges of labels. */
export interface EncodedFilter {
  readonly columns: Omit<
    CountExecutionsParameters,
    "isDriven" | "rangeNames" | "lowNumbers" | "lowTexts" | "highNumbers" | "highTexts"
  >;
  readonly spans: readonly LabelSpan[];
  /** The equal labels of `columns` as spans, as far as the index of values holds them. */
  readonly points: readonly LabelSpan[];
  /** Whether it holds all of them. */
  readonly isIndexed: boolean;
}

/** The fields of a filter. */
export const filterNames = {
  definition: true,
  status: true,
  parentId: true,
  parentTaskId: true,
  queue: true,
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
    parentTaskId: checkOptionalId(filter.parentTaskId, "parentTaskId"),
    queue: filter.queue === undefined ? null : checkQueue(filter.queue),
    createdAfter: checkOptionalInstant(filter.createdAfter, "createdAfter"),
    createdBefore: checkOptionalInstant(filter.createdBefore, "createdBefore"),
    // An empty set of labels is no filter, and would keep the index from serving the others.
    labels: encoded === "{}" ? null : encoded,
    isLeased: checkOptionalBoolean(filter.isLeased, "isLeased") ?? null,
    correlationKey: checkOptionalKey(filter.correlationKey, "correlationKey"),
  };
  const points = pointsOf(equal);
  return { columns, spans, points, isIndexed: points.length === Object.keys(equal ?? {}).length };
}

/** With more executions in a range, it is faster to read executions in order and check the labels of each. */
const drivenMax = 5000;

/**
 * The filter as a statement's input. Ranges of labels are counted first, up to a limit, because the planner knows nothing about the
 * values of one label.
 */
export async function filterColumns(
  session: Session,
  { columns, spans }: EncodedFilter,
): Promise<CountExecutionsParameters> {
  if (spans.length === 0) return { ...columns, ...spanColumns([]), isDriven: false };
  const { fewest, at } = await narrowest(session, spans);
  // The narrowest comes first, and drives the plan.
  const ordered = [...spans.slice(at), ...spans.slice(0, at)];
  return { ...columns, ...spanColumns(ordered), isDriven: fewest <= drivenMax };
}

/** A filter as the input of a list in the order of a label. */
export type OrderedColumns = CountExecutionsParameters & Pick<ListExecutionsByLabelParameters, "commonLabels">;

/**
 * The filter as a statement's input, for a list in the order of `own`. Few executions with one of the labels drive the plan, because the
 * order could read all others before them.
 */
export async function orderedColumns(
  session: Session,
  { columns, spans, points, isIndexed }: EncodedFilter,
  own: LabelSpan,
): Promise<OrderedColumns> {
  const ranges = spans.filter((span) => span.name !== own.name);
  const drivers = [...ranges, ...points];
  if (drivers.length === 0) return { ...columns, ...spanColumns([]), commonLabels: null, isDriven: false };
  const { fewest, at } = await narrowest(session, [own, ...drivers]);
  const driver = drivers[at - 1];
  if (driver !== undefined && fewest <= drivenMax) {
    const others = ranges.filter((span) => span !== driver);
    return { ...columns, ...spanColumns([driver, ...others]), commonLabels: null, isDriven: true };
  }
  const labels = isIndexed ? { labels: null, commonLabels: columns.labels } : { commonLabels: null };
  return { ...columns, ...spanColumns(ranges), ...labels, isDriven: false };
}

/** The place of the span that the fewest executions are in, of those with as few the first. Counts only as far as a driver may have. */
async function narrowest(session: Session, spans: readonly LabelSpan[]): Promise<{ fewest: number; at: number }> {
  const plan = countLabelRanges({ ...spanColumns(spans), limit: drivenMax + 1 });
  const counts = await session.run(mapPlan(plan, (rows) => rows.map((row) => row.count)));
  const fewest = Math.min(...counts);
  return { fewest, at: counts.indexOf(fewest) };
}
