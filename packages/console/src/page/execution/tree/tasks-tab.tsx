import { ChevronsDownUp, ChevronsUpDown, ListTree, Search } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { statuses } from "../../../protocol/index.ts";
import { ChoiceFilter, StatusFilter, TextFilter } from "../../parts/filter-controls.tsx";
import { type Filters, useFilters } from "../../parts/filters.ts";
import { Empty, Loading, Problem } from "../../parts/states.tsx";
import { useNow } from "../../parts/time.tsx";
import type { TimeWindow } from "../time-scale.ts";
import { TimeBar } from "../timeline/time-bar.tsx";
import type { Forest, Tree } from "./forest.ts";
import { useStarted } from "./started.tsx";
import { TaskPanel } from "./task-panel.tsx";
import { type KnownTasks, useTasks } from "./task-set.ts";
import { TreeGrid } from "./tree-grid.tsx";
import { isOpen, matcherOf, type Opening, visibleRows } from "./visible-rows.ts";
import "./tree.css";

interface TasksTabProps {
  readonly executionId: string;
  /** Wide bars beside the names, instead of columns. */
  readonly isTimeline: boolean;
  readonly hasEnded: boolean;
}

/** The tasks of an execution: as a tree, or over time. */
export function TasksTab({ executionId, isTimeline, hasEnded }: TasksTabProps): ReactNode {
  const known = useTasks(executionId);
  const started = useStarted(executionId);
  const filters = useFilters();
  const [opening, setOpening] = useState<Opening>({ chosen: new Map(), others: null });
  const [zoomed, setZoomed] = useState<TimeWindow | null>(null);
  const bounds = useBounds(known.forest);
  const rows = useRows(known, opening, filters, isTimeline);
  const selected = filters.get("task");
  const toggle = useCallback((tree: Tree) => setOpening((before) => toggled(before, tree)), []);
  if (known.count === 0) return <NoTasks known={known} hasEnded={hasEnded} />;
  return (
    <div className={selected === undefined ? "tasks" : "tasks has-panel"}>
      <div className="stack">
        <Toolbar {...{ known, filters, isTimeline, setOpening }} />
        {isTimeline ? <TimeBar {...{ forest: known.forest, bounds, zoomed, onZoom: setZoomed }} /> : null}
        <TreeGrid
          rows={rows}
          isTimeline={isTimeline}
          isFlat={isTimeline && filters.get("by") !== "tree"}
          started={started}
          timeWindow={(isTimeline ? zoomed : null) ?? bounds}
          isOpen={(tree) => isOpen(tree, opening)}
          onToggle={toggle}
          selected={selected}
          onSelect={(task) => filters.set({ task })}
        />
      </div>
      {selected === undefined ? null : (
        <TaskPanel id={selected} executionId={executionId} onClose={() => filters.set({ task: undefined })} />
      )}
    </div>
  );
}

function toggled({ chosen, others }: Opening, tree: Tree): Opening {
  const isShown = isOpen(tree, { chosen, others });
  return { chosen: new Map(chosen).set(tree.task.id, !isShown), others };
}

/** From the first start to the last end, or to now while something runs. */
function useBounds({ from, to }: Forest): TimeWindow {
  const now = useNow();
  const start = from ?? now;
  return useMemo(() => ({ from: start, to: Math.max(to ?? now, start + 1) }), [start, to, to === null ? now : 0]);
}

function useRows({ forest }: KnownTasks, opening: Opening, filters: Filters, isTimeline: boolean): readonly Tree[] {
  const [text, chosen] = [filters.get("find") ?? "", filters.all("status").join()];
  const isByStart = isTimeline && filters.get("by") !== "tree";
  return useMemo(() => {
    const filter = { text, statuses: chosen === "" ? [] : chosen.split(",") };
    return isByStart ? byStart(forest, filter) : visibleRows(forest, opening, filter);
  }, [forest, opening, text, chosen, isByStart]);
}

/** The tasks that have started, and do something themselves, in the order of their starts. */
function byStart(forest: Forest, filter: Parameters<typeof matcherOf>[0]): readonly Tree[] {
  const matches = matcherOf(filter);
  const started = [...forest.byId.values()].filter(({ task, children }) => {
    return task.startedAt !== null && children.length === 0 && (matches === null || matches(task));
  });
  return started.toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0) || a.task.sequence - b.task.sequence);
}

interface ToolbarProps {
  readonly known: KnownTasks;
  readonly filters: Filters;
  readonly isTimeline: boolean;
  readonly setOpening: (opening: Opening) => void;
}

function Toolbar({ known, filters, isTimeline, setOpening }: ToolbarProps): ReactNode {
  const counts = useMemo(() => {
    const sums: Record<string, number> = {};
    for (const { task } of known.forest.byId.values()) sums[task.status] = (sums[task.status] ?? 0) + 1;
    return sums;
  }, [known.forest]);
  const all = (others: boolean) => (): void => setOpening({ chosen: new Map(), others });
  return (
    <div className="row">
      <TextFilter
        label="Find a task by its name"
        placeholder="Find a task"
        value={filters.get("find")}
        onChange={(find) => filters.set({ find })}
        icon={Search}
        isFirst
        width={130}
      />
      <StatusFilter
        statuses={statuses.filter((status) => (counts[status] ?? 0) > 0)}
        chosen={filters.all("status")}
        counts={counts}
        onChange={(chosen) => filters.set({ status: chosen })}
      />
      {known.isComplete ? null : (
        <span className="muted" role="status">
          {known.error === null ? `${known.count.toLocaleString("en")} tasks read so far…` : known.error.message}
        </span>
      )}
      <span className="end row">
        {isTimeline ? (
          <ChoiceFilter
            label="Order"
            value={filters.get("by")}
            options={[
              ["", "by start"],
              ["tree", "as a tree"],
            ]}
            onChange={(by) => filters.set({ by })}
          />
        ) : (
          <>
            <button type="button" className="button quiet" onClick={all(true)}>
              <ChevronsUpDown size={14} aria-hidden="true" /> Open all
            </button>
            <button type="button" className="button quiet" onClick={all(false)}>
              <ChevronsDownUp size={14} aria-hidden="true" /> Close all
            </button>
          </>
        )}
      </span>
    </div>
  );
}

function NoTasks({ known, hasEnded }: { readonly known: KnownTasks; readonly hasEnded: boolean }): ReactNode {
  if (known.error !== null) return <Problem error={known.error} />;
  if (!known.isComplete) return <Loading label="Loading the tasks" lines={10} />;
  return (
    <Empty icon={ListTree} title={hasEnded ? "It ended without tasks" : "It has no tasks yet"}>
      Tasks appear here as soon as the engine records them.
    </Empty>
  );
}
