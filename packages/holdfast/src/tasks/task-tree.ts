import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkInteger, checkOrder, checkText, type Order, toPage } from "../core/input.ts";
import { numberOf } from "../core/pages.ts";
import { decodeUsage } from "../core/usage.ts";
import type { Session } from "../session/session.ts";
import {
  listTree,
  placesOfTree,
  type PlacesOfTreeRow,
  tasksAtPlaces,
  type TasksAtPlacesRow,
} from "./statements.generated.ts";
import type { TaskSummary } from "./task.ts";

/** A task in a tree. */
export interface TaskTreeNode extends TaskSummary {
  /** 0 for the root of the tree. */
  readonly depth: number;
}

/** Options for reading a tree. */
export interface TaskTreeRequest {
  /** The greatest depth below the root; 1,000 by default. */
  readonly depthMax?: number | undefined;
  /** The most tasks; 10,000 by default, 1,000,000 at most. */
  readonly limit?: number | undefined;
  /** The `next` of an earlier tree, or one of its `cursors`. */
  readonly after?: string | undefined;
  /** "asc" by default; "desc" goes from the deepest, newest first, up to the root. */
  readonly order?: Order | undefined;
}

/** A task and its descendants, by depth and then in creation order, each once. */
export interface TaskTree {
  readonly nodes: readonly TaskTreeNode[];
  /** Whether tasks were left out: below `depthMax`, or after `limit`. */
  readonly isTruncated: boolean;
  /** Continues after `limit`; null if nothing is left. */
  readonly next: string | null;
  /** One cursor per node. */
  readonly cursors: readonly string[];
}

const depthDefault = 1000;
const depthBound = 1_000_000;
const nodesDefault = 10_000;
const nodesMax = 1_000_000;

/** Limits the memory of a walk. */
export interface WalkBounds {
  /** How many tasks are read at once. */
  readonly pageTasks: number;
  /** How many pages of places one walk from the root finds in advance. */
  readonly pagesAhead: number;
}

/** Places of a million tasks, in about ten megabytes. */
const walkBounds: WalkBounds = { pageTasks: 2000, pagesAhead: 500 };

/** Reads the options of a tree. */
export const treeRequest: Fields<TaskTreeRequest> = fieldsOf<TaskTreeRequest>({
  limit: true,
  depthMax: true,
  after: true,
  order: true,
});

/** Reads one page of a tree. */
export async function readTree(session: Session, rootId: string, request: TaskTreeRequest): Promise<TaskTree> {
  const limit = checkInteger(request.limit ?? nodesDefault, "limit", { min: 1, max: nodesMax });
  const depthMax = checkInteger(request.depthMax ?? depthDefault, "depthMax", { min: 0, max: depthBound });
  const order = checkOrder(request.order);
  const place = placeAfter(request.after, order);
  const rows = await session.run(
    listTree[order]({ rootId: checkId(rootId, "rootId"), depthMax, limit: limit + 1, ...place }),
  );
  if (rows.length === 0 && request.after === undefined) throw missing(rootId);
  const { items, next, cursors } = toPage(rows, limit, toNode, ({ depth, sequence }) => `${depth}.${sequence}`);
  return { nodes: items, isTruncated: next !== null || (rows[0]?.isCut ?? false), next, cursors };
}

/**
 * Reads a whole tree page by page. Finding the positions of its tasks, in about ten bytes each, takes a walk from the root. So that comes
 * first, and once; then the tasks are read, page after page.
 */
export async function* walkTree(
  session: Session,
  rootId: string,
  { pageTasks, pagesAhead }: WalkBounds = walkBounds,
): AsyncGenerator<TaskTreeNode, void, undefined> {
  const id = checkId(rootId, "rootId");
  let after: TreeCursor | undefined = beforeAll;
  while (after !== undefined) {
    const plan = placesOfTree({ rootId: id, ...after, pageTasks, limit: pageTasks * pagesAhead });
    const pages: readonly PlacesOfTreeRow[] = await session.run(plan);
    if (pages.length === 0 && after === beforeAll) throw missing(id);
    for (const { depths, sequences } of pages) {
      yield* (await session.run(tasksAtPlaces({ depths, sequences }))).map(toNode);
    }
    const last = pages[pagesAhead - 1];
    after = last && { afterDepth: last.lastDepth, afterSequence: last.lastSequence };
  }
}

function missing(id: string): NotFoundError {
  return new NotFoundError(`Task ${id} does not exist: save it first.`, { facts: { entity: "task", id } });
}

/** Spelled out, because spreading the rest of a row takes longer than reading it, and trees are large. */
function toNode(row: TasksAtPlacesRow): TaskTreeNode {
  return {
    id: row.id,
    executionId: row.executionId,
    sequence: row.sequence,
    version: row.version,
    parentId: row.parentId,
    name: row.name,
    type: row.type,
    status: row.status,
    strategy: row.strategy,
    attempt: row.attempt,
    component: row.component,
    agent: row.agent,
    action: row.action,
    tool: row.tool,
    usage: decodeUsage(row.usage),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    depth: row.depth,
  };
}

/** The place after which a tree is read. */
interface TreeCursor {
  readonly afterDepth: number;
  readonly afterSequence: number;
}

const beforeAll: TreeCursor = { afterDepth: -1, afterSequence: 0 };

const afterAll: TreeCursor = { afterDepth: 2 ** 31 - 1, afterSequence: 0 };

function placeAfter(after: string | undefined, order: Order): TreeCursor {
  if (after === undefined) return order === "asc" ? beforeAll : afterAll;
  const [, depth, sequence] = /^(\d{1,7})\.(\d+)$/.exec(checkText(after, "after")) ?? [];
  return { afterSequence: numberOf(sequence), afterDepth: Number(depth) };
}
