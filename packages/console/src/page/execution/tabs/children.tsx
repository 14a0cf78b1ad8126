import { Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ChildRow } from "../../../protocol/index.ts";
import { pageHref } from "../../api/base.ts";
import { useList } from "../../api/reading.ts";
import { executionColumns } from "../../executions/columns.tsx";
import { useFilters } from "../../parts/filters.ts";
import { ListView } from "../../parts/list-view.tsx";
import type { Column } from "../../parts/table.tsx";

const [idColumn, ...otherColumns] = executionColumns;

/** As in other lists, with the task that started each beside its id. */
const columns: readonly Column<ChildRow>[] = [
  ...(idColumn === undefined ? [] : [idColumn]),
  { head: "Started by", width: "minmax(90px, 1fr)", cell: (row) => <StartedBy row={row} /> },
  ...otherColumns,
];

/** The executions that this one has begun. */
export function ExecutionChildren({ id }: { readonly id: string }): ReactNode {
  const filters = useFilters();
  const startedBy = filters.get("startedBy");
  const topics = [`execution:${id}`, "executions"] as const;
  const list = useList("/api/execution/children", { id, parentTaskId: startedBy }, { topics });
  return (
    <>
      {startedBy === undefined ? null : (
        <p className="muted">
          Those that one task started: {list.items[0]?.parentTaskName ?? startedBy}.{" "}
          <button type="button" className="link" onClick={() => filters.set({ startedBy: undefined })}>
            Show all
          </button>
        </p>
      )}
      <ListView
        label="Child executions"
        list={list}
        columns={columns}
        keyOf={(child) => child.id}
        hrefOf={(child) => pageHref("execution", { id: child.id })}
        word="child execution"
        empty={{ icon: Workflow, title: "It has no child executions" }}
      />
    </>
  );
}

function StartedBy({ row: { parentId, parentTaskId, parentTaskName } }: { readonly row: ChildRow }): ReactNode {
  if (parentTaskId === null) return <span className="faint">—</span>;
  return (
    <Link href={pageHref("execution", { id: parentId, task: parentTaskId })} className="truncate">
      {parentTaskName ?? parentTaskId}
    </Link>
  );
}
