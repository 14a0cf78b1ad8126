import type { ExecutionHead } from "../executions/index.ts";
import type { Execution, Store } from "../index.ts";
import type { TaskTreeNode } from "../tasks/index.ts";
import type { Context } from "./context.ts";
import { escapeControls } from "./escaping.ts";
import { formatDuration } from "./moments.ts";
import { withStore } from "./opening.ts";
import { statusPaints } from "./statuses.ts";
import { type DrawnNode, drawTree } from "./tree-drawing.ts";

/** The options of `executions tree`. */
export interface TreeFlags {
  readonly depth?: number;
  readonly limit: number;
}

/** `holdfast executions tree`: the execution, its tasks as trees, and its child executions at the tasks that started them. */
export function drawExecution(context: Context, id: string, flags: TreeFlags): Promise<void> {
  return withStore(context, async (store) => {
    const execution = await store.executions.require(id);
    const { families, isTruncated } = await readFamilies(store, execution, flags);
    if (context.isJson) {
      await context.printJson({ ...families[0], isTruncated });
      return;
    }
    const { default: widthOf } = await import("string-width");
    for (const line of drawTree(nodeOf(context, families))) await context.print(cut(line, context.columns, widthOf));
    if (isTruncated) await context.note(`more: a greater --limit${flags.depth === undefined ? "" : " or --depth"}`);
  });
}

/** An execution with its tasks, and its child executions with theirs. */
interface Family {
  readonly execution: ExecutionHead;
  readonly tasks: readonly TaskTreeNode[];
  readonly children: readonly Family[];
}

interface Families {
  /** The execution itself first, and parents before their children. */
  readonly families: readonly [Family, ...Family[]];
  readonly isTruncated: boolean;
}

/** Reads generation by generation, up to `limit` tasks and child executions. */
async function readFamilies(store: Store, root: Execution, { depth, limit }: TreeFlags): Promise<Families> {
  interface Growing extends Family {
    tasks: readonly TaskTreeNode[];
    readonly children: Growing[];
  }
  const begun = (execution: Execution): Growing => ({ execution: withoutPayloads(execution), tasks: [], children: [] });
  const families: [Growing, ...Growing[]] = [begun(root)];
  let left = limit;
  for (const family of families) {
    const { id } = family.execution;
    const { nodes, isTruncated } = await readTrees(store, id, { limit: left, ...(depth !== undefined && { depth }) });
    family.tasks = nodes;
    left -= nodes.length;
    if (isTruncated) return { families, isTruncated };
    for await (const child of store.executions.iterateChildren(id, { payloads: false })) {
      if (left === 0) return { families, isTruncated: true };
      left -= 1;
      const grown = begun(child);
      family.children.push(grown);
      families.push(grown);
    }
  }
  return { families, isTruncated: false };
}

function withoutPayloads(execution: Execution): ExecutionHead {
  const { input: _, state: __, output: ___, error: ____, ...head } = execution;
  return head;
}

async function readTrees(
  store: Store,
  executionId: string,
  { depth, limit }: TreeFlags,
): Promise<{ readonly nodes: readonly TaskTreeNode[]; readonly isTruncated: boolean }> {
  const nodes: TaskTreeNode[] = [];
  for await (const root of store.tasks.iterate({ executionId, parentId: null, payloads: false })) {
    if (nodes.length >= limit) return { nodes, isTruncated: true };
    const tree = await store.tasks.tree(root.id, { depthMax: depth, limit: limit - nodes.length });
    nodes.push(...tree.nodes);
    if (tree.isTruncated) return { nodes, isTruncated: true };
  }
  return { nodes, isTruncated: false };
}

/** The drawing of the first family. The last are drawn first: each is then there when its parent needs it. */
function nodeOf(context: Context, families: Families["families"]): DrawnNode {
  const drawn = new Map<Family, DrawnNode>();
  for (const family of families.toReversed()) {
    const { execution, tasks, children } = family;
    const name = execution.id;
    const tool = family === families[0] ? null : (execution.definition?.name ?? "execution");
    const started = children.flatMap((child) => {
      const node = drawn.get(child);
      return node === undefined ? [] : [{ taskId: child.execution.parentTaskId, node }];
    });
    drawn.set(family, { text: lineOf(context, { ...execution, name, tool }), children: nest(context, tasks, started) });
  }
  return drawn.get(families[0]) ?? { text: "", children: [] };
}

/** A child execution, drawn, and the task that started it. */
interface Started {
  readonly taskId: string | null;
  readonly node: DrawnNode;
}

function nest(context: Context, nodes: readonly TaskTreeNode[], started: readonly Started[]): readonly DrawnNode[] {
  const childrenOf = new Map<string | null, DrawnNode[]>([[null, []]]);
  for (const { id } of nodes) childrenOf.set(id, []);
  const add = (parentId: string | null, node: DrawnNode): void => {
    (childrenOf.get(parentId) ?? childrenOf.get(null))?.push(node);
  };
  for (const node of nodes) {
    add(node.parentId, { text: lineOf(context, node), children: childrenOf.get(node.id) ?? [] });
  }
  for (const { taskId, node } of started) add(taskId, node);
  return childrenOf.get(null) ?? [];
}

type Drawn = Pick<TaskTreeNode, "status" | "startedAt" | "finishedAt" | "createdAt"> & {
  readonly name: string;
} & Partial<Pick<TaskTreeNode, "attempt" | "agent" | "tool" | "type">>;

function lineOf(context: Context, node: Drawn): string {
  const { paint } = context;
  const { name, status, attempt = 1, type = "basic", startedAt, finishedAt } = node;
  const doer = node.tool ?? node.agent ?? (type === "basic" ? null : type);
  const ms = startedAt === null ? null : (finishedAt ?? new Date()).getTime() - startedAt.getTime();
  return [
    paint(statusPaints[status], `${marks[status]} ${escapeControls(name)}`),
    status,
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(ms === null ? [] : [paint("dim", formatDuration(ms))]),
    ...(doer === null || doer === undefined ? [] : [paint("dim", escapeControls(doer))]),
  ].join("  ");
}

const marks: Readonly<Record<TaskTreeNode["status"], string>> = {
  pending: "○",
  running: "●",
  waiting: "◔",
  paused: "‖",
  succeeded: "✓",
  failed: "✗",
  timed_out: "⏱",
  canceled: "⊘",
};

/** Cuts a line by its width. One with colors is cut no earlier than its plain text would be. */
function cut(line: string, width: number, widthOf: (text: string) => number): string {
  if (widthOf(line) <= width) return line;
  // oxlint-disable-next-line no-control-regex -- The sequences that paint text.
  const plain = line.replaceAll(/\u001b\[\d+m/g, "");
  let shown = "";
  for (const character of plain) {
    if (widthOf(shown + character) > width - 1) break;
    shown += character;
  }
  return `${shown}…`;
}
