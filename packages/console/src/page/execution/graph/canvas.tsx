import {
  Background,
  Controls,
  type Edge,
  MarkerType,
  type Node,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { type ReactNode, useEffect, useMemo } from "react";
import { NARROW, useMedia } from "../../parts/scroller.tsx";
import { type BoxActions, type BoxData, boxTypes } from "./box.tsx";
import { layoutOf, liftArrows, type Place } from "./layout.ts";
import type { Box, Drawing } from "./model.ts";

interface CanvasProps {
  readonly drawing: Drawing;
  /** Whether to move to what runs, as it changes. */
  readonly follows: boolean;
  readonly onTask: (id: string) => void;
  readonly onToggle: (id: string) => void;
  /** The child executions that are shown in place. */
  readonly expanded: readonly string[];
  readonly onExpand: (executionId: string) => void;
}

/** The drawing, which the reader moves and zooms. */
export function Canvas(props: CanvasProps): ReactNode {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

function Drawn({ drawing, follows, onTask, onToggle, expanded, onExpand }: CanvasProps): ReactNode {
  const isNarrow = useMedia(NARROW);
  // New counts move nothing: only other boxes and arrows need another layout.
  const shape = [...drawing.byId.keys(), ...drawing.arrows.map(({ from, to }) => `${from} ${to}`)].join("\n");
  const places = useMemo(() => layoutOf(drawing, isNarrow), [shape, isNarrow]);
  const nodes = useMemo(
    () =>
      parentsFirst(drawing.boxes).map((box) =>
        nodeOf(box, places, {
          onTask,
          onToggle,
          onExpand,
          isExpanded: box.ref !== null && expanded.includes(box.ref),
          isNarrow,
        }),
      ),
    [drawing, places, expanded],
  );
  const edges = useMemo(
    () => [...liftArrows(drawing).values()].flatMap((arrows) => arrows.map((arrow) => edgeOf(arrow, drawing))),
    [drawing],
  );
  useFollowing(drawing, follows, shape);
  return (
    <div className="canvas panel" role="group" aria-label="Graph of the execution">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={boxTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        minZoom={0.05}
        maxZoom={1.6}
        onlyRenderVisibleElements={nodes.length > 150}
        preventScrolling={false}
        fitView
      >
        <Background gap={20} size={1} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

/** React Flow wants the boxes around others before those inside of them. */
function parentsFirst(boxes: readonly Box[]): readonly Box[] {
  return boxes.flatMap((box) => [box, ...parentsFirst(box.children)]);
}

function nodeOf(box: Box, places: ReadonlyMap<string, Place>, rest: BoxActions): Node<BoxData> {
  const { x, y, width, height } = places.get(box.id) ?? { x: 0, y: 0, width: 208, height: 54 };
  return {
    id: box.id,
    type: box.children.length > 0 ? "container" : "leaf",
    position: { x, y },
    width,
    height,
    data: { box, ...rest },
    ...(box.parent === null ? {} : { parentId: box.parent }),
  };
}

/** How an arrow looks that leads to what has not ended. */
const AHEAD: ReadonlyMap<string, string> = new Map([
  ["running", "is-running"],
  ["pending", "is-ahead"],
]);

function edgeOf({ from, to, kind }: Drawing["arrows"][number], { byId }: Drawing): Edge {
  const status = byId.get(to)?.status ?? "pending";
  const state = AHEAD.get(status) ?? "is-past";
  return {
    id: `${from}>${to}`,
    source: from,
    target: to,
    className: `${state} is-${kind}`,
    markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
    zIndex: 0,
  };
}

/** Moves to the boxes that run, whenever they are others; to the whole when nothing runs. */
function useFollowing({ byId }: Drawing, follows: boolean, shape: string): void {
  const { fitView } = useReactFlow();
  const running = [...byId.values()]
    .filter(({ status, children }) => status === "running" && children.length === 0)
    .map(({ id }) => id);
  const key = running.join("\n");
  useEffect(() => {
    if (!follows) return;
    const duration = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 450;
    const timer = setTimeout(() => {
      void fitView({
        duration,
        padding: 0.15,
        maxZoom: 1.1,
        minZoom: 0.35,
        ...(key === "" ? {} : { nodes: key.split("\n").map((id) => ({ id })), padding: 0.45 }),
      });
    }, 60);
    return () => clearTimeout(timer);
  }, [key, follows, shape, fitView]);
}
