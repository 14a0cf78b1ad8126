import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect } from "react";
import { formatCount, formatDuration } from "../../parts/format.ts";
import { NARROW, Space, useMedia, useRows } from "../../parts/scroller.tsx";
import { Status, StatusBar } from "../../parts/status.tsx";
import { useActiveRow } from "../../parts/table.tsx";
import { serverNow } from "../../parts/time.tsx";
import type { TimeWindow } from "../time-scale.ts";
import { Axis, Bar, GridLines } from "../timeline/bar.tsx";
import { countsOf, type Tree } from "./forest.ts";
import { type Started, StartedMark } from "./started.tsx";

interface TreeGridProps {
  readonly rows: readonly Tree[];
  readonly isTimeline: boolean;
  /** Whether rows stand by themselves, not below their parents. */
  readonly isFlat: boolean;
  readonly timeWindow: TimeWindow;
  /** The child executions that tasks started. */
  readonly started: Started;
  readonly isOpen: (tree: Tree) => boolean;
  readonly onToggle: (tree: Tree) => void;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

interface Form {
  readonly isTimeline: boolean;
  readonly isNarrow: boolean;
  /** Whether a task is shown beside the tree, which leaves less room. */
  readonly isTight: boolean;
}

const tracksOf = ({ isTimeline, isNarrow, isTight }: Form): string => {
  if (isNarrow) return isTimeline ? "minmax(0, 2fr) minmax(0, 3fr)" : "minmax(0, 1fr) 74px";
  if (isTight) {
    return isTimeline ? "minmax(140px, 34%) minmax(0, 1fr) 76px" : "minmax(180px, 2fr) 104px 76px minmax(60px, 1fr)";
  }
  return isTimeline
    ? "minmax(180px, 26%) minmax(0, 1fr) 76px"
    : "minmax(220px, 2fr) 112px minmax(80px, 0.8fr) 84px minmax(120px, 1.3fr)";
};

/** The rows of a tree of tasks, walked by the keyboard; only those in sight are drawn. */
export function TreeGrid(props: TreeGridProps): ReactNode {
  const { rows, isTimeline, timeWindow, isOpen, onToggle, onSelect } = props;
  const isNarrow = useMedia(NARROW);
  const isTight = props.selected !== undefined;
  const tracks = tracksOf({ isTimeline, isNarrow, isTight });
  const { virtualizer, listRef, offset } = useRows({ count: rows.length, rowHeight: isNarrow ? 40 : 30, overscan: 16 });
  const { active, setActive, onKeyDown } = useActiveRow(rows.length, (index) => virtualizer.scrollToIndex(index));
  useEffect(() => {
    if (active >= rows.length) setActive(Math.max(rows.length - 1, 0));
  }, [active, rows.length, setActive]);
  const onKey = (event: KeyboardEvent<HTMLElement>): void => {
    const tree = rows[active];
    if (tree === undefined) return;
    if (event.key === "Enter" || event.key === " ") onSelect(tree.task.id);
    else if (event.key === "ArrowRight" && tree.children.length > 0 && !isOpen(tree)) onToggle(tree);
    else if (event.key === "ArrowLeft" && isOpen(tree)) onToggle(tree);
    else return onKeyDown(event);
    event.preventDefault();
  };
  return (
    <div className="table treegrid" role="treegrid" aria-label="Tasks" aria-rowcount={rows.length + 1} data-walkable="">
      <div role="rowgroup" className="table-head">
        <Head {...{ tracks, isTimeline, isNarrow, isTight, timeWindow }} />
      </div>
      <div role="rowgroup" ref={listRef} onKeyDown={onKey}>
        <Space height={virtualizer.getTotalSize()}>
          {isTimeline ? (
            <GridLines tracks={tracks} timeWindow={timeWindow} marksMax={isNarrow || isTight ? 2 : 6} />
          ) : null}
          {virtualizer.getVirtualItems().map(({ index, size, start }) => {
            const tree = rows[index];
            if (tree === undefined) return null;
            const place = { gridTemplateColumns: tracks, height: size, transform: `translateY(${start - offset}px)` };
            return (
              <TreeRow
                key={tree.task.id}
                {...props}
                {...{ tree, index, place, isNarrow, setActive, isActive: index === active }}
              />
            );
          })}
        </Space>
      </div>
      <div className="table-foot">{formatCount(rows.length)} rows</div>
    </div>
  );
}

interface HeadProps extends Form {
  readonly tracks: string;
  readonly timeWindow: TimeWindow;
}

function Head({ tracks, isTimeline, isNarrow, isTight, timeWindow }: HeadProps): ReactNode {
  const middle = isNarrow ? [] : ["Status", ...(isTight ? [] : ["By"])];
  return (
    <div role="row" aria-rowindex={1} className="table-row" style={{ gridTemplateColumns: tracks }}>
      <span role="columnheader">Task</span>
      {isTimeline
        ? null
        : middle.map((head) => (
            <span role="columnheader" key={head}>
              {head}
            </span>
          ))}
      {isTimeline ? (
        <span role="columnheader" className="axis-cell">
          <span className="visually-hidden">Time</span>
          <Axis timeWindow={timeWindow} marksMax={isNarrow || isTight ? 2 : 6} />
        </span>
      ) : null}
      {isTimeline && isNarrow ? null : (
        <span role="columnheader" className="num">
          Duration
        </span>
      )}
      {isTimeline || isNarrow ? null : <span role="columnheader">When</span>}
    </div>
  );
}

interface RowProps extends TreeGridProps {
  readonly tree: Tree;
  readonly index: number;
  readonly place: React.CSSProperties;
  readonly isNarrow: boolean;
  readonly isActive: boolean;
  readonly setActive: (index: number) => void;
}

function TreeRow(props: RowProps): ReactNode {
  const { tree, index, place, isActive, isNarrow, isTimeline, timeWindow, selected, onSelect, setActive } = props;
  const { task, depth, children, from, to } = tree;
  const hasChildren = children.length > 0;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-level={depth + 1}
      aria-expanded={hasChildren ? props.isOpen(tree) : undefined}
      aria-selected={selected === task.id}
      className="table-row placed tree-row"
      style={place}
      data-index={index}
      tabIndex={isActive ? 0 : -1}
      onFocus={() => setActive(index)}
      onClick={() => onSelect(task.id)}
    >
      <NameCell {...props} />
      {isTimeline || isNarrow ? null : (
        <>
          <span role="gridcell" className="cell">
            {hasChildren ? <StatusBar label="Tasks below" counts={countsOf(tree)} /> : <Status status={task.status} />}
          </span>
          {selected !== undefined ? null : (
            <span role="gridcell" className="cell muted">
              {task.doer ?? (hasChildren ? `${formatCount(tree.size)} ${tree.size === 1 ? "task" : "tasks"}` : "")}
            </span>
          )}
        </>
      )}
      {isTimeline ? (
        <span role="gridcell" className="bar-cell">
          <Bar tree={tree} timeWindow={timeWindow} />
        </span>
      ) : null}
      {isTimeline && isNarrow ? null : (
        <span role="gridcell" className="cell num muted">
          {from === null ? "" : formatDuration(Math.max((to ?? serverNow()) - from, 0))}
        </span>
      )}
      {isTimeline || isNarrow ? null : (
        <span role="gridcell" className="bar-cell">
          <Bar tree={tree} timeWindow={timeWindow} />
        </span>
      )}
    </div>
  );
}

function NameCell({ tree, started, isOpen, onToggle, isTimeline, isFlat }: RowProps): ReactNode {
  const { task, depth, children } = tree;
  return (
    <span role="gridcell" className="name-cell" style={{ paddingLeft: isFlat ? 0 : Math.min(depth, 12) * 16 }}>
      {isFlat ? null : <Twist tree={tree} isShown={isOpen(tree)} onToggle={onToggle} />}
      <Status status={task.status} bare />
      <span className="truncate">{task.name}</span>
      {task.attempt > 1 ? <span className="tag">attempt {task.attempt}</span> : null}
      {isTimeline ? null : <StartedMark executions={started.get(task.id) ?? []} />}
      {isTimeline || children.length === 0 ? null : <span className="faint">{formatCount(tree.size)}</span>}
    </span>
  );
}

interface TwistProps extends Pick<TreeGridProps, "onToggle"> {
  readonly tree: Tree;
  readonly isShown: boolean;
}

/** Opens and closes a task that has others below it. */
function Twist({ tree, isShown, onToggle }: TwistProps): ReactNode {
  if (tree.children.length === 0) return <span className="twist" />;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={isShown ? "twist open" : "twist"}
      aria-label={`${isShown ? "Close" : "Open"} ${tree.task.name}`}
      onClick={(event) => {
        event.stopPropagation();
        onToggle(tree);
      }}
    >
      <ChevronRight size={14} aria-hidden="true" />
    </button>
  );
}
