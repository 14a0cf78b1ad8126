import { expect, test } from "vitest";
import { type DrawnNode, drawTree } from "./tree-drawing.ts";

const leaf = (text: string): DrawnNode => ({ text, children: [] });

test("a tree is drawn with its branches", () => {
  const root = {
    text: "a",
    children: [
      { text: "b", children: [leaf("c"), leaf("d")] },
      { text: "e", children: [leaf("f")] },
    ],
  };
  expect([...drawTree(root)]).toEqual(["a", "├─ b", "│  ├─ c", "│  └─ d", "└─ e", "   └─ f"]);
});

test("a tree of any depth is drawn", () => {
  let node = leaf("deepest");
  for (let depth = 0; depth < 20_000; depth++) node = { text: "x", children: [node] };
  let lines = 0;
  for (const line of drawTree(node)) if (line !== "") lines++;
  expect(lines).toBe(20_001);
});
