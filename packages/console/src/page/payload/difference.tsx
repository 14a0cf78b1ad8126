import { type ReactNode, useMemo, useState } from "react";
import { compareLines, type DiffRow, foldLines } from "./diff-lines.ts";
import { Code, Lines } from "./lines.tsx";

interface DifferenceProps {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** The difference of two texts; equal stretches are folded. */
export function Difference({ label, before, after }: DifferenceProps): ReactNode {
  const lines = useMemo(() => compareLines(before, after), [before, after]);
  const [opened, open] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => foldLines(lines, opened), [lines, opened]);
  const [added, removed] = ["added", "removed"].map((kind) => lines.filter((line) => line.kind === kind).length);
  return (
    <div className="payload">
      <p className="muted difference-sum" role="status">
        {before === after ? "They are equal." : `${added ?? 0} lines added, ${removed ?? 0} removed.`}
      </p>
      <Lines
        label={label}
        lines={rows}
        render={(row) => <DiffRowView row={row} onOpen={(from) => open(new Set([...opened, from]))} />}
      />
    </div>
  );
}

const SIGNS = { same: " ", added: "+", removed: "−" } as const;

function DiffRowView({ row, onOpen }: { row: DiffRow; onOpen: (from: number) => void }): ReactNode {
  if (row.kind === "fold") {
    return (
      <button type="button" className="fold" onClick={() => onOpen(row.from)}>
        Show {row.count} equal lines
      </button>
    );
  }
  return (
    <span className={`diff diff-${row.kind}`}>
      <span className="line-number" aria-hidden="true">
        {row.before}
      </span>
      <span className="line-number" aria-hidden="true">
        {row.after}
      </span>
      <span className="diff-sign">{SIGNS[row.kind]}</span>
      <Code text={row.text} />
    </span>
  );
}
