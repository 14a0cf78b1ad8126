import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkId,
  checkLimit,
  checkOptionalBoolean,
  checkOrder,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { iterate, momentAfter, momentCursor } from "../core/pages.ts";
import type { Session } from "../session/session.ts";
import { type Execution, toExecution } from "./execution.ts";
import { encodeFilter, type ExecutionFilter, filterColumns, filterNames } from "./filter.ts";
import { type LabelOrder, listByLabel } from "./label-order.ts";
import { listExecutions } from "./statements.generated.ts";

/** A page of the executions that pass the filters. */
export interface ExecutionQuery extends ExecutionFilter, PageRequest {
  /** By the values of a label, then by id; executions without the label are left out. Creation order by default. */
  readonly orderBy?: LabelOrder | undefined;
  /** Whether to read input, state, output and error; true by default. Otherwise they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** The lists of executions. */
export interface ExecutionLists {
  /** The executions that pass the filters. Every filter has an index, including labels and creation times. */
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

const { parentId: parentIdName, ...childNames } = {
  ...filterNames,
  ...pageNames,
  orderBy: true,
  payloads: true,
} as const;

const executionQuery: Fields<ExecutionQuery> = fieldsOf<ExecutionQuery>({ ...childNames, parentId: parentIdName });

type ChildQuery = Omit<ExecutionQuery, "parentId">;

const childQuery: Fields<ChildQuery> = fieldsOf<ChildQuery>(childNames);

/** The lists of a store's or a transaction's `executions`. */
export function listsOf(session: Session): ExecutionLists {
  const list = async (query: ExecutionQuery): Promise<Page<Execution>> => {
    const size = checkLimit(query.limit);
    const filter = encodeFilter(query);
    const { orderBy, after } = query;
    const order = checkOrder(query.order);
    const withPayloads = checkOptionalBoolean(query.payloads, "payloads") !== false;
    if (orderBy !== undefined) return listByLabel(session, { orderBy, order, filter, after, size, withPayloads });
    const place = momentAfter(after);
    const columns = await filterColumns(session, filter);
    const plan = listExecutions[order]({ ...columns, ...place, withPayloads, limit: size + 1 });
    return toPage(await session.run(plan), size, (row) => toExecution(session.codec, row), momentCursor);
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
