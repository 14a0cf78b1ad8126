import type { Store } from "../index.ts";
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

/** `holdfast executions tree`: the execution, and below it its tasks as trees. */
export function drawExecution(context: Context, id: string, flags: TreeFlags): Promise<void> {
  return withStore(context, async (store) => {
    const execution = await store.executions.require(id);
    const { nodes, isTruncated } = await readTrees(store, id, flags);
    if (context.isJson) {
      const { input: _, state: __, output: ___, error: ____, ...head } = execution;
      await context.printJson({ execution: head, tasks: nodes, isTruncated });
      return;
    }
    const root = { text: lineOf(context, { ...execution, name: id }), children: nest(context, nodes) };
    const { default: widthOf } = await import("string-width");
    for (const line of drawTree(root)) await context.print(cut(line, context.columns, widthOf));
    if (isTruncated) await context.note(`more: a greater --limit${flags.depth === undefined ? "" : " or --depth"}`);
  });
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

function nest(context: Context, nodes: readonly TaskTreeNode[]): readonly DrawnNode[] {
  const childrenOf = new Map<string | null, DrawnNode[]>();
  const known = new Set(nodes.map(({ id }) => id));
  for (const node of nodes) {
    const parent = node.parentId !== null && known.has(node.parentId) ? node.parentId : null;
    const siblings = childrenOf.get(parent) ?? [];
    childrenOf.set(parent, siblings);
    const children = childrenOf.get(node.id) ?? [];
    childrenOf.set(node.id, children);
    siblings.push({ text: lineOf(context, node), children });
  }
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
