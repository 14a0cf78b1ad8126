import { type Status, statusLabels } from "../database/enums.generated.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkOneOf,
  checkOptionalId,
  checkOptionalInstant,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { type Execution, type Labels, toExecution } from "./execution.ts";
import { encodeLabels } from "./labels.ts";
import {
  countExecutions,
  type CountExecutionsParameters,
  listExecutions,
  type ListExecutionsRow,
  listNewestExecutions,
} from "./statements.generated.ts";

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
  /** With all of these labels. */
  readonly labels?: Labels | undefined;
  /** Whether somebody holds a lease now; false with a status finds those whose holder is gone. */
  readonly isLeased?: boolean | undefined;
  /** Waiting for an event with this correlation key. */
  readonly correlationKey?: string | undefined;
}

/** A page of the executions that pass the filters, in order of creation. */
export interface ExecutionQuery extends ExecutionFilter, PageRequest {
  /** Whether the newest come first; the oldest do by default. */
  readonly newestFirst?: boolean | undefined;
  /** Whether input, state, output and error are read; true by default. Without them they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** The lists of executions. */
export interface ExecutionLists {
  /** The executions that pass the filters. Labels and times of creation are searched by index, as all filters are. */
  list(query?: ExecutionQuery): Promise<Page<Execution>>;
  /** The executions that were created with `parentId`: `list` with that filter. */
  children(parentId: string, query?: Omit<ExecutionQuery, "parentId">): Promise<Page<Execution>>;
  /** How many pass the filters. */
  count(filter?: ExecutionFilter): Promise<number>;
}

/** The lists of a store's or a transaction's `executions`. */
export function listsOf(session: Session): ExecutionLists {
  const list = async (query: ExecutionQuery = {}): Promise<Page<Execution>> => {
    const size = checkLimit(query.limit);
    const statement = query.newestFirst === true ? listNewestExecutions : listExecutions;
    const plan = statement({
      ...encodeFilter(query),
      ...readCursor(query.after),
      withPayloads: query.payloads !== false,
      limit: size + 1,
    });
    return toPage(await session.run(plan), size, (row) => toExecution(session.codec, row), cursorOf);
  };
  return {
    list,
    children: async (parentId, query = {}) => list({ ...query, parentId: checkId(parentId, "parentId") }),
    count: async (filter = {}) =>
      session.run(mapPlan(countExecutions(encodeFilter(filter)), ({ count }) => Number(count))),
  };
}

function encodeFilter(filter: ExecutionFilter): CountExecutionsParameters {
  const { definition, labels } = filter;
  const encoded = encodeLabels(labels);
  return {
    statuses: checkStatuses(filter.status),
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
    isLeased: checkOptionalBoolean(filter.isLeased, "isLeased"),
    correlationKey: checkOptionalId(filter.correlationKey, "correlationKey"),
  };
}

function checkStatuses(status: Status | readonly Status[] | undefined): readonly Status[] {
  if (status === undefined) return [];
  if (typeof status === "string") return [checkOneOf(status, "status", statusLabels)];
  if (!Array.isArray(status) || status.length === 0) {
    throw invalid("status", "must be a status, or a list of at least one");
  }
  return status.map((one, i) => checkOneOf(one, `status[${i}]`, statusLabels));
}

function checkOptionalBoolean(value: boolean | undefined, field: string): boolean | null {
  if (value !== undefined && typeof value !== "boolean") throw invalid(field, "must be true or false");
  return value ?? null;
}

function cursorOf({ micros, sequence }: ListExecutionsRow): string {
  return `${micros}.${sequence}`;
}

function readCursor(after: string | undefined): {
  readonly afterMicros: bigint | null;
  readonly afterSequence: bigint | null;
} {
  if (after === undefined) return { afterMicros: null, afterSequence: null };
  const [, micros, sequence] = typeof after === "string" ? (/^(-?\d{1,17})\.(\d{1,18})$/.exec(after) ?? []) : [];
  if (micros === undefined || sequence === undefined) throw invalid("after", "is not the `next` of a former page");
  return { afterMicros: BigInt(micros), afterSequence: BigInt(sequence) };
}
