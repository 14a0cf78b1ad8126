import { Workflow } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { Link } from "wouter";
import type { ExecutionRow } from "../../../protocol/index.ts";
import { pageHref } from "../../api/base.ts";
import { useRead } from "../../api/reading.ts";
import { formatCount } from "../../parts/format.ts";
import { Status } from "../../parts/status.tsx";

/** The most child executions that the tree shows; the panel of a task and the list of children have all. */
const treeMax = 1000;
/** The most that the panel of a task shows. */
const panelMax = 20;

/** Child executions by the task that started them. */
export type Started = ReadonlyMap<string, readonly ExecutionRow[]>;

/** The newest child executions of an execution, by the task that started them. */
export function useStarted(executionId: string): Started {
  const topics = [`execution:${executionId}`, "executions"] as const;
  const { data } = useRead("/api/execution/children", { id: executionId, limit: treeMax }, { topics });
  return useMemo(() => {
    const started = new Map<string, ExecutionRow[]>();
    for (const child of data?.items ?? []) {
      if (child.parentTaskId === null) continue;
      const known = started.get(child.parentTaskId);
      if (known === undefined) started.set(child.parentTaskId, [child]);
      else known.push(child);
    }
    return started;
  }, [data]);
}

/** What a task has started, in its row: a link to one child execution, or the number of several. */
export function StartedMark({ executions }: { readonly executions: readonly ExecutionRow[] }): ReactNode {
  const [only, second] = executions;
  if (only === undefined) return null;
  if (second !== undefined) {
    return (
      <span className="tag" title="Child executions that it started">
        <Workflow size={12} aria-hidden="true" /> {formatCount(executions.length)} executions
      </span>
    );
  }
  return (
    <Link
      href={pageHref("execution", { id: only.id })}
      className="tag started"
      title={`Started the execution ${only.id}`}
      tabIndex={-1}
      onClick={(event) => event.stopPropagation()}
    >
      <Workflow size={12} aria-hidden="true" /> <span className="truncate">{only.id}</span>
    </Link>
  );
}

/** The child executions that a task started, in its panel. */
export function StartedList({
  executionId,
  taskId,
}: {
  readonly executionId: string;
  readonly taskId: string;
}): ReactNode {
  const request = { id: executionId, parentTaskId: taskId, limit: panelMax };
  const { data } = useRead("/api/execution/children", request, { topics: [`execution:${executionId}`, "executions"] });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <section>
      <h3>Child executions</h3>
      <ul className="attempts">
        {data.items.map(({ id, status }) => (
          <li key={id}>
            <Link href={pageHref("execution", { id })} className="mono">
              {id}
            </Link>{" "}
            <Status status={status} />
          </li>
        ))}
      </ul>
      {data.next === null ? null : (
        <Link href={pageHref("execution", { id: executionId, tab: "children", startedBy: taskId })}>All of them</Link>
      )}
    </section>
  );
}
