import { useQueries } from "@tanstack/react-query";
import { LocateFixed, Workflow } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import type { Graph } from "../../../protocol/index.ts";
import { read } from "../../api/client.ts";
import { useTopics } from "../../api/live.ts";
import { useRead } from "../../api/reading.ts";
import { useFilters } from "../../parts/filters.ts";
import { Empty, Loading, Problem } from "../../parts/states.tsx";
import { TaskPanel } from "../tree/task-panel.tsx";
import { Canvas } from "./canvas.tsx";
import { type Drawing, drawingOf } from "./model.ts";
import "../tree/tree.css";
import "./graph.css";

/** The steps of an execution and what became of them, as a graph that follows what runs. */
export function GraphTab({ executionId }: { readonly executionId: string }): ReactNode {
  const { data, error, refetch } = useRead(
    "/api/execution/graph",
    { id: executionId },
    { topics: [`execution:${executionId}`] },
  );
  const [expanded, setExpanded] = useState<readonly string[]>([]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [follows, setFollows] = useState(true);
  const filters = useFilters();
  const selected = filters.get("task");
  const children = useChildGraphs(expanded);
  const drawing = useDrawing(executionId, data, children, closed);
  if (data === undefined || drawing === null) {
    return error === null ? (
      <Loading label="Loading the graph" lines={8} />
    ) : (
      <Problem error={error} onRetry={() => void refetch()} />
    );
  }
  if (data.nodes.length === 0) {
    return (
      <Empty icon={Workflow} title="There is nothing to draw yet">
        Its steps, tasks, jobs and waits appear here as they come.
      </Empty>
    );
  }
  return (
    <div className={selected === undefined ? "tasks" : "tasks has-panel"}>
      <div className="stack">
        <div className="row">
          <button type="button" className="chip" aria-pressed={follows} onClick={() => setFollows(!follows)}>
            <LocateFixed size={14} aria-hidden="true" /> Follow what runs
          </button>
          {data.omitted === 0 ? null : (
            <span className="muted">{data.omitted.toLocaleString("en")} more are left out: see Tasks.</span>
          )}
        </div>
        <Canvas
          drawing={drawing}
          follows={follows}
          onTask={(task) => filters.set({ task })}
          onToggle={(id) => setClosed((before) => toggled(before, id))}
          expanded={expanded}
          onExpand={(id) =>
            setExpanded((before) => (before.includes(id) ? before.filter((each) => each !== id) : [...before, id]))
          }
        />
      </div>
      {selected === undefined ? null : (
        <TaskPanel id={selected} executionId={executionId} onClose={() => filters.set({ task: undefined })} />
      )}
    </div>
  );
}

function toggled(before: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** The graphs of the child executions that are shown in place, followed like the first. */
function useChildGraphs(ids: readonly string[]): ReadonlyMap<string, Graph> {
  useTopics(...ids.map((id) => `execution:${id}` as const));
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: ["/api/execution/graph", { id }],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => read("/api/execution/graph", { id }, signal),
      meta: { topics: [`execution:${id}`] },
    })),
    combine: (results) =>
      new Map(
        results.flatMap(({ data }, place) => {
          const id = ids[place];
          return data === undefined || id === undefined ? [] : [[id, data] as const];
        }),
      ),
  });
}

function useDrawing(
  executionId: string,
  graph: Graph | undefined,
  expanded: ReadonlyMap<string, Graph>,
  closed: ReadonlySet<string>,
): Drawing | null {
  return useMemo(
    () => (graph === undefined ? null : drawingOf({ executionId, graph, expanded, closed })),
    [executionId, graph, expanded, closed],
  );
}
