import type { Forest, Task, Tree } from "./forest.ts";

/** Which tasks the reader looks for; empty conditions select all. */
export interface TreeFilter {
  /** Part of a name, an id or a doer. */
  readonly text: string;
  readonly statuses: readonly string[];
}

/** A task with more children than this is closed until it is opened. */
const openChildrenMax = 60;

/** What the reader opened and closed. */
export interface Opening {
  /** By the ids of tasks. */
  readonly chosen: ReadonlyMap<string, boolean>;
  /** For the other tasks; null to open the small ones near the root. */
  readonly others: boolean | null;
}

/** Whether a task shows its children. */
export function isOpen(tree: Tree, { chosen, others }: Opening): boolean {
  if (tree.children.length === 0) return false;
  return (
    chosen.get(tree.task.id) ??
    others ??
    (tree.depth === 0 || (tree.depth < 3 && tree.children.length <= openChildrenMax))
  );
}

/** The tasks to draw, from the top down. With a filter: those that pass it, and the tasks above them. */
export function visibleRows(forest: Forest, opening: Opening, filter: TreeFilter): readonly Tree[] {
  const matches = matcherOf(filter);
  const kept = matches === null ? null : keptTrees(forest, matches);
  const rows: Tree[] = [];
  // A stack, not recursion: a tree may be deeper than the call stack.
  const stack = forest.roots.toReversed();
  for (let tree = stack.pop(); tree !== undefined; tree = stack.pop()) {
    if (kept !== null && !kept.has(tree)) continue;
    rows.push(tree);
    const shows = kept === null ? isOpen(tree, opening) : opening.chosen.get(tree.task.id) !== false;
    if (!shows) continue;
    for (let i = tree.children.length - 1; i >= 0; i -= 1) {
      const child = tree.children[i];
      if (child !== undefined) stack.push(child);
    }
  }
  return rows;
}

/** Whether a task passes a filter; null if every one does. */
export function matcherOf({ text, statuses }: TreeFilter): ((task: Task) => boolean) | null {
  const wanted = text.trim().toLowerCase();
  const wantedStatuses = new Set<string>(statuses);
  if (wanted === "" && wantedStatuses.size === 0) return null;
  return (task) =>
    (wantedStatuses.size === 0 || wantedStatuses.has(task.status)) &&
    (wanted === "" || [task.name, task.id, task.doer ?? ""].some((each) => each.toLowerCase().includes(wanted)));
}

function keptTrees(forest: Forest, matches: (task: Task) => boolean): ReadonlySet<Tree> {
  const kept = new Set<Tree>();
  for (const tree of forest.byId.values()) {
    if (!matches(tree.task)) continue;
    for (let each: Tree | undefined = tree; each !== undefined && !kept.has(each); each = parentOf(forest, each)) {
      kept.add(each);
    }
  }
  return kept;
}

function parentOf(forest: Forest, { task }: Tree): Tree | undefined {
  return task.parentId === null ? undefined : forest.byId.get(task.parentId);
}
