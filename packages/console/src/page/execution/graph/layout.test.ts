import { expect, test } from "vitest";
import type { Graph, GraphNode } from "../../../protocol/index.ts";
import { layoutOf, liftArrows } from "./layout.ts";
import { drawingOf } from "./model.ts";

const counts = { pending: 0, running: 0, waiting: 0, paused: 0, succeeded: 1, failed: 0, timed_out: 0, canceled: 0 };

function node(id: string, rest: Partial<GraphNode> = {}): GraphNode {
  const base = { kind: "task", status: "succeeded", total: 1, counts, startedAt: null, finishedAt: null } as const;
  return { id, label: id, parent: null, ref: id, ...base, ...rest };
}

function graphOf(nodes: readonly GraphNode[], edges: readonly (readonly [string, string])[] = []): Graph {
  return { nodes, edges: edges.map(([from, to]) => ({ from, to, kind: "after" })), omitted: 0, revision: "1" };
}

const group = graphOf(
  [node("a"), node("g"), node("g1", { parent: "g" }), node("g2", { parent: "g" }), node("z")],
  [
    ["a", "g1"],
    ["g1", "g2"],
    ["g2", "z"],
  ],
);

const request = { executionId: "e", expanded: new Map<string, Graph>(), closed: new Set<string>() };

test("a closed box takes the arrows of what is inside of it", () => {
  const { boxes, arrows } = drawingOf({ ...request, graph: group, closed: new Set(["g"]) });
  expect(boxes.find(({ id }) => id === "g")).toMatchObject({ children: [], isContainer: true });
  expect(arrows.map(({ from, to }) => [from, to])).toEqual([
    ["a", "g"],
    ["g", "z"],
  ]);
});

test("a child execution is drawn inside of its box, and never inside of itself", () => {
  const child = graphOf([node("step"), node("self", { kind: "execution", ref: "c" })]);
  const graph = graphOf([node("a"), node("child", { kind: "execution", ref: "c" })]);
  const { byId } = drawingOf({ ...request, graph, expanded: new Map([["c", child]]) });
  expect([...byId.keys()].toSorted()).toEqual(["a", "c>self", "c>step", "child"]);
  expect(byId.get("c>step")).toMatchObject({ parent: "child", executionId: "c" });
});

test("boxes lie inside of those around them, none over another, and after what they come after", () => {
  const drawing = drawingOf({ ...request, graph: group });
  const places = layoutOf(drawing, false);
  const place = (id: string): { x: number; y: number; width: number; height: number } =>
    places.get(id) ?? { x: Number.NaN, y: Number.NaN, width: 0, height: 0 };
  const around = place("g");
  for (const id of ["g1", "g2"]) {
    const { x, y, width, height } = place(id);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(around.width);
    expect(y + height).toBeLessThanOrEqual(around.height);
  }
  expect(place("g2").x).toBeGreaterThanOrEqual(place("g1").x + place("g1").width);
  expect(around.x).toBeGreaterThanOrEqual(place("a").x + place("a").width);
  expect(place("z").x).toBeGreaterThanOrEqual(around.x + around.width);
});

test("boxes without arrows stand in rows, not in one long line", () => {
  const many = graphOf(Array.from({ length: 60 }, (_, i) => node(`n${i}`)));
  const places = [...layoutOf(drawingOf({ ...request, graph: many }), false).values()];
  expect(new Set(places.map(({ x }) => x)).size).toBeGreaterThan(3);
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(60);
});

test("arrows to boxes further inside end at the box around them, each once", () => {
  const graph = graphOf(
    [node("a"), node("g"), node("g1", { parent: "g" }), node("g2", { parent: "g" })],
    [
      ["a", "g1"],
      ["a", "g2"],
      ["g1", "g2"],
    ],
  );
  const lifted = liftArrows(drawingOf({ ...request, graph }));
  expect(lifted.get(null)).toEqual([{ from: "a", to: "g", kind: "after" }]);
  expect(lifted.get("g")).toEqual([{ from: "g1", to: "g2", kind: "after" }]);
});
