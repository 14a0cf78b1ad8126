import { diffLines } from "diff";

/** A line of a comparison. */
export interface DiffLine {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
  /** Its number in the earlier text; null for an added line. */
  readonly before: number | null;
  /** Its number in the later text; null for a removed line. */
  readonly after: number | null;
}

/** Lines of a comparison, or a number of equal ones that are folded away. */
export type DiffRow = DiffLine | { readonly kind: "fold"; readonly from: number; readonly count: number };

/** With more edits than this, or after this time, everything counts as replaced: the reader would wait too long. */
const limits = { maxEditLength: 1500, timeout: 400 };

/** Compares two texts line by line. */
export function compareLines(before: string, after: string): readonly DiffLine[] {
  const changes = diffLines(before, after, limits) ?? [
    { value: before, added: false, removed: true },
    { value: after, added: true, removed: false },
  ];
  const lines: DiffLine[] = [];
  let [left, right] = [0, 0];
  for (const { value, added, removed } of changes) {
    for (const text of value.replace(/\n$/, "").split("\n")) {
      if (!added) left += 1;
      if (!removed) right += 1;
      lines.push({ kind: kindOf(added, removed), text, before: added ? null : left, after: removed ? null : right });
    }
  }
  return lines;
}

function kindOf(added: boolean, removed: boolean): DiffLine["kind"] {
  if (added) return "added";
  return removed ? "removed" : "same";
}

/** How many equal lines stay beside each change. */
const context = 3;

/** Folds long runs of equal lines, but not those whose first line is among the opened ones. */
export function foldLines(lines: readonly DiffLine[], opened: ReadonlySet<number>): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  for (let start = 0; start < lines.length;) {
    let end = start;
    while (end < lines.length && lines[end]?.kind === "same") end += 1;
    const head = start === 0 ? 0 : context;
    const tail = end === lines.length ? 0 : context;
    const hidden = end - start - head - tail;
    if (hidden > 2 && !opened.has(start)) {
      rows.push(...lines.slice(start, start + head), { kind: "fold", from: start, count: hidden });
      rows.push(...lines.slice(end - tail, end));
    } else {
      rows.push(...lines.slice(start, end));
    }
    const change = lines[end];
    if (change !== undefined) rows.push(change);
    start = end + 1;
  }
  return rows;
}
