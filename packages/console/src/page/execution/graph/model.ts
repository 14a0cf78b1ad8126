import type { Graph, GraphNode } from "../../../protocol/index.ts";

/** A box of the drawn graph. Those of child executions lie in the box of their execution. */
export interface Box extends GraphNode {
  /** The execution that it belongs to. */
  readonly executionId: string;
  /** The boxes that are drawn inside of it. */
  readonly children: readonly Box[];
  /** Whether something could be drawn inside of it. */
  readonly isContainer: boolean;
}

/** An arrow of the drawn graph. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly kind: "after" | "starts";
}

/** What is drawn: boxes in boxes, and arrows between any of them. */
export interface Drawing {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** By id, those inside of others included. */
  readonly byId: ReadonlyMap<string, Box>;
}

interface DrawingRequest {
  readonly executionId: string;
  readonly graph: Graph;
  /** The graphs of child executions that are shown in place, by their ids. */
  readonly expanded: ReadonlyMap<string, Graph>;
  /** The boxes that hide what is inside of them. */
  readonly closed: ReadonlySet<string>;
}

interface Placed {
  readonly node: GraphNode;
  readonly executionId: string;
}

/** Decides what to draw: the graph, those of expanded children inside of it, and nothing inside of closed boxes. */
export function drawingOf({ executionId, graph, expanded, closed }: DrawingRequest): Drawing {
  const placed = new Map<string, Placed>();
  const arrows: Arrow[] = [];
  addGraph({ graph, executionId, prefix: "", parent: null }, { placed, arrows, expanded });
  const inside = new Map<string | null, Placed[]>();
  for (const each of placed.values()) {
    const { parent } = each.node;
    const key = parent !== null && placed.has(parent) ? parent : null;
    inside.set(key, [...(inside.get(key) ?? []), each]);
  }
  const byId = new Map<string, Box>();
  const shownBy = new Map<string, string>();
  const boxesIn = (parent: string | null, hiddenBy: string | null): readonly Box[] =>
    (inside.get(parent) ?? []).map(({ node, executionId: of }) => {
      const isClosed = closed.has(node.id);
      shownBy.set(node.id, hiddenBy ?? node.id);
      const within = boxesIn(node.id, hiddenBy ?? (isClosed ? node.id : null));
      const box = { ...node, executionId: of, children: isClosed ? [] : within, isContainer: inside.has(node.id) };
      if (hiddenBy === null) byId.set(node.id, box);
      return box;
    });
  const boxes = boxesIn(null, null);
  return { boxes, byId, arrows: shownArrows(arrows, shownBy) };
}

interface Adding {
  readonly graph: Graph;
  readonly executionId: string;
  readonly prefix: string;
  readonly parent: string | null;
}

interface Growing {
  readonly placed: Map<string, Placed>;
  readonly arrows: Arrow[];
  readonly expanded: ReadonlyMap<string, Graph>;
}

function addGraph({ graph, executionId, prefix, parent }: Adding, growing: Growing): void {
  for (const node of graph.nodes) {
    const id = `${prefix}${node.id}`;
    const own = { ...node, id, parent: node.parent === null ? parent : `${prefix}${node.parent}` };
    growing.placed.set(id, { node: own, executionId });
    const child = node.kind === "execution" && node.ref !== null ? growing.expanded.get(node.ref) : undefined;
    // A child that is its own ancestor would be drawn without an end.
    if (child === undefined || node.ref === null || prefix.includes(`${node.ref}>`)) continue;
    addGraph({ graph: child, executionId: node.ref, prefix: `${prefix}${node.ref}>`, parent: id }, growing);
  }
  for (const { from, to, kind } of graph.edges) {
    growing.arrows.push({ from: `${prefix}${from}`, to: `${prefix}${to}`, kind });
  }
}

/** The arrows between the boxes that are drawn, each once. Those inside of a closed box vanish in it. */
function shownArrows(arrows: readonly Arrow[], shownBy: ReadonlyMap<string, string>): readonly Arrow[] {
  const shown = new Map<string, Arrow>();
  for (const { from, to, kind } of arrows) {
    const [source, target] = [shownBy.get(from), shownBy.get(to)];
    if (source === undefined || target === undefined || source === target) continue;
    shown.set(`${source}\0${target}`, { from: source, to: target, kind });
  }
  return [...shown.values()];
}
