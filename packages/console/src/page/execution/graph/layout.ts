import { Graph as DagreGraph, layout } from "@dagrejs/dagre";
import type { Arrow, Box, Drawing } from "./model.ts";

/** Where a box lies, from the corner of the one around it. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const leaf = { width: 208, height: 54 };
const padding = 16;
const headHeight = 46;
const gap = 14;
/** Boxes without arrows stand in rows, unless they are few. */
const looseMax = 3;

/** Places all boxes: those of each container by themselves, from the innermost outwards. */
export function layoutOf(drawing: Drawing, isDown: boolean): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const lifted = liftArrows(drawing);
  placeInside({ id: null, boxes: drawing.boxes, lifted, isDown, places });
  return places;
}

/**
 * For each container: the arrows between its own boxes. One that leads to a box further inside ends at the container around it. Many to one
 * container are one, because they would cover what they lead to.
 */
export function liftArrows({ arrows, byId }: Drawing): ReadonlyMap<string | null, readonly Arrow[]> {
  const lifted = new Map<string | null, Arrow[]>();
  for (const arrow of arrows) {
    const [from, to] = [pathOf(arrow.from, byId), pathOf(arrow.to, byId)];
    let shared = 0;
    while (shared < from.length && shared < to.length && from[shared] === to[shared]) shared += 1;
    const [source, target] = [from[shared], to[shared]];
    if (source === undefined || target === undefined) continue;
    const around = shared === 0 ? null : (from[shared - 1] ?? null);
    const known = lifted.get(around) ?? [];
    if (known.some((each) => each.from === source && each.to === target)) continue;
    lifted.set(around, [...known, { ...arrow, from: source, to: target }]);
  }
  return lifted;
}

/** The boxes from the outermost down to this one. */
function pathOf(id: string, byId: ReadonlyMap<string, Box>): readonly string[] {
  const path: string[] = [];
  for (let box = byId.get(id); box !== undefined; box = box.parent === null ? undefined : byId.get(box.parent)) {
    path.unshift(box.id);
  }
  return path;
}

interface Inside {
  readonly id: string | null;
  readonly boxes: readonly Box[];
  readonly lifted: ReadonlyMap<string | null, readonly Arrow[]>;
  readonly isDown: boolean;
  readonly places: Map<string, Place>;
}

type Size = Pick<Place, "width" | "height">;

function placeInside(inside: Inside): Size {
  const { id, boxes, lifted, isDown, places } = inside;
  const sizes = new Map(
    boxes.map((box) => [
      box.id,
      box.children.length === 0 ? leaf : placeInside({ ...inside, id: box.id, boxes: box.children }),
    ]),
  );
  const arrows = lifted.get(id) ?? [];
  const linked = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  const [loose, bound] = [boxes.filter((box) => !linked.has(box.id)), boxes.filter((box) => linked.has(box.id))];
  const top = id === null ? 0 : headHeight;
  const side = id === null ? 0 : padding;
  const areRows = loose.length > looseMax;
  const drawn = placeLinked({ boxes: areRows ? bound : boxes, arrows, sizes, isDown });
  for (const [box, place] of drawn.places) places.set(box, { ...place, x: place.x + side, y: place.y + top });
  const below = drawn.height === 0 ? 0 : drawn.height + gap;
  const rows = areRows ? placeRows(loose, sizes) : { places: new Map<string, Place>(), width: 0, height: 0 };
  for (const [box, place] of rows.places) places.set(box, { ...place, x: place.x + side, y: place.y + top + below });
  const height = areRows ? below + rows.height : drawn.height;
  return { width: Math.max(drawn.width, rows.width, leaf.width) + 2 * side, height: height + top + side };
}

interface Linked {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly sizes: ReadonlyMap<string, Size>;
  readonly isDown: boolean;
}

type Placement = Size & { readonly places: ReadonlyMap<string, Place> };

function placeLinked({ boxes, arrows, sizes, isDown }: Linked): Placement {
  if (boxes.length === 0) return { places: new Map(), width: 0, height: 0 };
  const graph = new DagreGraph();
  graph.setGraph({ rankdir: isDown ? "TB" : "LR", nodesep: gap, ranksep: 44, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of boxes) graph.setNode(id, { ...(sizes.get(id) ?? leaf) });
  for (const { from, to } of arrows) graph.setEdge(from, to);
  layout(graph);
  const places = new Map<string, Place>();
  for (const { id } of boxes) {
    const { x, y } = centreOf(graph.node(id));
    const { width, height } = sizes.get(id) ?? leaf;
    places.set(id, { x: x - width / 2, y: y - height / 2, width, height });
  }
  return { places, ...extentOf(places) };
}

/** Where the layout has put the middle of a box: the library says nothing about its type. */
function centreOf(node: unknown): { readonly x: number; readonly y: number } {
  const { x, y } = node as { readonly x?: number; readonly y?: number };
  return { x: x ?? 0, y: y ?? 0 };
}

/** Boxes without arrows, side by side in about a square. */
function placeRows(boxes: readonly Box[], sizes: ReadonlyMap<string, Size>): Placement {
  const area = boxes.reduce((sum, { id }) => sum + areaOf(sizes.get(id) ?? leaf), 0);
  const widest = Math.max(...boxes.map(({ id }) => (sizes.get(id) ?? leaf).width), Math.sqrt(area) * 1.5);
  const places = new Map<string, Place>();
  let [x, y, rowHeight] = [0, 0, 0];
  for (const { id } of boxes) {
    const size = sizes.get(id) ?? leaf;
    if (x > 0 && x + size.width > widest) [x, y, rowHeight] = [0, y + rowHeight + gap, 0];
    places.set(id, { x, y, ...size });
    x += size.width + gap;
    rowHeight = Math.max(rowHeight, size.height);
  }
  return { places, ...extentOf(places) };
}

function areaOf({ width, height }: Size): number {
  return (width + gap) * (height + gap);
}

function extentOf(places: ReadonlyMap<string, Place>): Size {
  const all = [...places.values()];
  return {
    width: Math.max(...all.map(({ x, width }) => x + width), 0),
    height: Math.max(...all.map(({ y, height }) => y + height), 0),
  };
}
