/** A node to draw: its text, and the nodes below it. */
export interface DrawnNode {
  readonly text: string;
  readonly children: readonly DrawnNode[];
}

/** The lines of a tree, as `tree` draws folders. Walks without recursion, because trees may be a thousand deep. */
export function* drawTree(root: DrawnNode): Generator<string, void, undefined> {
  yield root.text;
  const open: { readonly nodes: readonly DrawnNode[]; at: number; readonly prefix: string }[] = [
    { nodes: root.children, at: 0, prefix: "" },
  ];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const node = level.nodes[level.at++];
    if (node === undefined) {
      open.pop();
      continue;
    }
    const isLast = level.at === level.nodes.length;
    yield `${level.prefix}${isLast ? "└─ " : "├─ "}${node.text}`;
    open.push({ nodes: node.children, at: 0, prefix: `${level.prefix}${isLast ? "   " : "│  "}` });
  }
}
