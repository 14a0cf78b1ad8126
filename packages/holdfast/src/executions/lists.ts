import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkLimit,
  checkOptionalBoolean,
  invalid,
  type Page,
  type PageRequest,
  sequenceOf,
  toPage,
} from "../database/input.ts";
import { iterate } from "../database/iterate.ts";
import type { Session } from "../database/session.ts";
import { type Execution, toExecution } from "./execution.ts";
import { encodeFilter, type ExecutionFilter, filterColumns, filterNames } from "./filter.ts";
import { type LabelOrder, listByLabel } from "./label-order.ts";
import { listExecutions, type ListExecutionsRow, listNewestExecutions } from "./statements.generated.ts";

/** A page of the executions that pass the filters, in order of creation unless `orderBy` says otherwise. */
export interface ExecutionQuery extends ExecutionFilter, PageRequest {
  /** Whether the newest come first; the oldest do by default. */
  readonly newestFirst?: boolean | undefined;
  /** By the values of a label, then by id; executions without it are left out. */
  readonly orderBy?: LabelOrder | undefined;
  /** Whether input, state, output and error are read; true by default. Without them they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** The lists of executions. */
export interface ExecutionLists {
  /** The executions that pass the filters. Labels and times of creation are searched by index, as all filters are. */
  list(query?: ExecutionQuery): Promise<Page<Execution>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(query?: ExecutionQuery): AsyncGenerator<Execution, void, undefined>;
  /** The executions that were created with `parentId`: `list` with that filter. */
  children(parentId: string, query?: Omit<ExecutionQuery, "parentId">): Promise<Page<Execution>>;
  /** Every item of `children`, read in pages of `limit`. */
  iterateChildren(
    parentId: string,
    query?: Omit<ExecutionQuery, "parentId">,
  ): AsyncGenerator<Execution, void, undefined>;
}

const { parentId: ofParent, ...childNames } = {
  ...filterNames,
  after: true,
  limit: true,
  newestFirst: true,
  orderBy: true,
  payloads: true,
} as const;

const executionQuery: Fields<ExecutionQuery> = fieldsOf<ExecutionQuery>({ ...childNames, parentId: ofParent });

type ChildQuery = Omit<ExecutionQuery, "parentId">;

const childQuery: Fields<ChildQuery> = fieldsOf<ChildQuery>(childNames);

/** The lists of a store's or a transaction's `executions`. */
export function listsOf(session: Session): ExecutionLists {
  const list = async (query: ExecutionQuery): Promise<Page<Execution>> => {
    const size = checkLimit(query.limit);
    const filter = encodeFilter(query);
    const { newestFirst, orderBy, after } = query;
    const withPayloads = checkOptionalBoolean(query.payloads, "payloads") !== false;
    const isNewestFirst = checkOptionalBoolean(newestFirst, "newestFirst") === true;
    if (orderBy !== undefined) {
      if (newestFirst !== undefined) throw invalid("newestFirst", "and orderBy are alternatives: give one of them");
      return listByLabel(session, { order: orderBy, filter, after, size, withPayloads });
    }
    const cursor = readCursor(after);
    const statement = isNewestFirst ? listNewestExecutions : listExecutions;
    const plan = statement({ ...(await filterColumns(session, filter)), ...cursor, withPayloads, limit: size + 1 });
    return toPage(await session.run(plan), size, (row) => toExecution(session.codec, row), cursorOf);
  };
  const children = async (parentId: string, query: Omit<ExecutionQuery, "parentId"> = {}): Promise<Page<Execution>> => {
    return list({ ...childQuery.read(query, "query"), parentId: checkId(parentId, "parentId") });
  };
  const listed = async (query: ExecutionQuery): Promise<Page<Execution>> => list(executionQuery.read(query, "query"));
  return {
    list: async (query = {}) => listed(query),
    children,
    iterate: (query = {}) => iterate(query, "query", listed),
    iterateChildren: (parentId, query = {}) => iterate(query, "query", (each) => children(parentId, each)),
  };
}

function cursorOf({ micros, sequence }: ListExecutionsRow): string {
  return `${micros}.${sequence}`;
}

function readCursor(after: string | undefined): {
  readonly afterMicros: string | null;
  readonly afterSequence: number | null;
} {
  if (after === undefined) return { afterMicros: null, afterSequence: null };
  const [, micros, sequence] = typeof after === "string" ? (/^(-?\d{1,17})\.(\d+)$/.exec(after) ?? []) : [];
  const afterSequence = sequenceOf(sequence, "page");
  return { afterMicros: micros ?? null, afterSequence };
}
