import type { ReactNode } from "react";
import type { ExecutionRow } from "../../protocol/index.ts";
import { Status } from "../parts/status.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago, Duration } from "../parts/time.tsx";

/** The columns of lists of executions. */
export const executionColumns: readonly Column<ExecutionRow>[] = [
  {
    head: "Execution",
    width: "minmax(200px, 2.4fr)",
    narrow: "minmax(0, 1fr)",
    cell: (row) => (
      <span className="cell-two">
        <span className="mono">{row.id}</span>
        <span className="muted narrow-only">{definitionOf(row)}</span>
      </span>
    ),
  },
  { head: "Status", width: "118px", narrow: "104px", cell: ({ status }) => <Status status={status} /> },
  {
    head: "Definition",
    width: "minmax(110px, 1.2fr)",
    cell: (row) => <span className="muted">{definitionOf(row)}</span>,
  },
  { head: "Labels", width: "minmax(90px, 1.4fr)", cell: ({ labels }) => <Labels labels={labels} /> },
  { head: "Created", width: "84px", narrow: "58px", isNumber: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    head: "Duration",
    width: "92px",
    isNumber: true,
    cell: ({ startedAt, finishedAt }) => <Duration from={startedAt} to={finishedAt} />,
  },
];

function definitionOf({ definition }: ExecutionRow): string {
  return definition === null ? "no definition" : `${definition.name} v${definition.version}`;
}

/** Labels as small tags. */
export function Labels({ labels }: Pick<ExecutionRow, "labels">): ReactNode {
  const entries = Object.entries(labels);
  if (entries.length === 0) return <span className="faint">—</span>;
  return entries.map(([name, value]) => (
    <span key={name} className="tag label">
      {name}={String(value)}
    </span>
  ));
}
