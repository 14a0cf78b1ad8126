import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkInteger, sequenceOf } from "../database/input.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import { decodeUsage } from "../usage.ts";
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

/** How much of a tree to read. */
export interface TaskTreeRequest {
  /** How far below the root; 1,000 by default. */
  readonly depthMax?: number | undefined;
  /** How many tasks at most; 10,000 by default, 1,000,000 at most. */
  readonly limit?: number | undefined;
  /** A former tree's `next`: the tasks after its last. */
  readonly after?: string | undefined;
}

/** A task and the tasks below it, by depth and then in the order of their creation, each once. */
export interface TaskTree {
  readonly nodes: readonly TaskTreeNode[];
  /** Whether tasks are left out: below `depthMax`, or after `limit`. */
  readonly isTruncated: boolean;
  /** Asks for the tasks after `limit`; null where there are none. */
  readonly next: string | null;
}

const depthDefault = 1000;
const depthBound = 1_000_000;
const nodesDefault = 10_000;
const nodesMax = 1_000_000;

/** How much of a tree is in memory while it is walked. */
export interface WalkBounds {
  /** How many tasks are read at once. */
  readonly pageTasks: number;
  /** How many pages of places one walk from the root finds ahead of the tasks that are read. */
  readonly pagesAhead: number;
}

/** Places of a million tasks, in some ten megabytes. */
const walkBounds: WalkBounds = { pageTasks: 2000, pagesAhead: 500 };

/** Reads how a tree is to be read. */
export const treeRequest: Fields<TaskTreeRequest> = fieldsOf<TaskTreeRequest>({
  limit: true,
  depthMax: true,
  after: true,
});

/** Reads one page of a tree. */
export async function readTree(session: Session, rootId: string, request: TaskTreeRequest): Promise<TaskTree> {
  const limit = checkInteger(request.limit ?? nodesDefault, "limit", { min: 1, max: nodesMax });
  const depthMax = checkInteger(request.depthMax ?? depthDefault, "depthMax", { min: 0, max: depthBound });
  const plan = listTree({ rootId: checkId(rootId, "rootId"), depthMax, limit: limit + 1, ...cursorOf(request.after) });
  const rows = await session.run(plan);
  const last = rows[limit - 1];
  if (rows.length === 0 && request.after === undefined) throw missing(rootId);
  const hasMore = rows.length > limit;
  return {
    nodes: rows.slice(0, limit).map(toNode),
    isTruncated: hasMore || (rows[0]?.isCut ?? false),
    next: hasMore && last ? `${last.depth}.${last.sequence}` : null,
  };
}

/**
 * Reads a whole tree page by page. To find out where its tasks are, in some ten bytes each, is to walk it from its root, so that it
 * comes first, and once; then the tasks that are there, one page after the other.
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

/** Spelled out, for copying the rest of a row takes longer than reading it, and trees are large. */
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

function cursorOf(after: string | undefined): TreeCursor {
  if (after === undefined) return beforeAll;
  const [, depth, sequence] = /^(\d{1,7})\.(\d+)$/.exec(after) ?? [];
  return { afterSequence: sequenceOf(sequence, "tree"), afterDepth: Number(depth) };
}
