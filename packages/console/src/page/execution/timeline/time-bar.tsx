import { ChevronLeft, ChevronRight, Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { type PointerEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { formatDuration } from "../../parts/format.ts";
import { serverNow } from "../../parts/time.tsx";
import { shift, type TimeWindow, zoom } from "../time-scale.ts";
import type { Forest } from "../tree/forest.ts";

interface TimeBarProps {
  readonly forest: Forest;
  readonly bounds: TimeWindow;
  /** The chosen window; null for the whole. */
  readonly zoomed: TimeWindow | null;
  readonly onZoom: (zoomed: TimeWindow | null) => void;
}

const bucketCount = 120;

/** How much ran when, over the whole execution. The reader draws over it to choose a window. */
export function TimeBar({ forest, bounds, zoomed, onZoom }: TimeBarProps): ReactNode {
  const buckets = useMemo(() => bucketsOf(forest, bounds), [forest, bounds]);
  const most = Math.max(...buckets, 1);
  const { box, drawn, handlers } = useDrawing(bounds, onZoom);
  const shown = drawn ?? zoomed;
  const whole = bounds.to - bounds.from;
  const left = shown === null ? 0 : ((shown.from - bounds.from) / whole) * 100;
  const width = shown === null ? 100 : ((shown.to - shown.from) / whole) * 100;
  return (
    <div className="time-bar">
      <div
        className="time-map"
        ref={box}
        {...handlers}
        title="Drag to choose a span of time"
        role="img"
        aria-label={`At most ${most} tasks ran at once, over ${formatDuration(whole)}.`}
      >
        {buckets.map((running, index) => (
          <span key={index} style={{ height: `${(running / most) * 100}%` }} />
        ))}
        {shown === null ? null : <span className="time-window" style={{ left: `${left}%`, width: `${width}%` }} />}
      </div>
      <ZoomButtons {...{ bounds, zoomed, onZoom }} />
    </div>
  );
}

/** How many tasks ran in each part of the time. Takes time proportional to tasks and parts. */
function bucketsOf({ byId }: Forest, { from, to }: TimeWindow): readonly number[] {
  const changes = Array.from({ length: bucketCount + 1 }, () => 0);
  const now = serverNow();
  const place = (at: number): number =>
    Math.min(Math.max(Math.floor(((at - from) / (to - from)) * bucketCount), 0), bucketCount - 1);
  for (const { task, children } of byId.values()) {
    if (task.startedAt === null || children.length > 0) continue;
    const [first, last] = [place(task.startedAt), place(task.finishedAt ?? now)];
    changes[first] = (changes[first] ?? 0) + 1;
    changes[last + 1] = (changes[last + 1] ?? 0) - 1;
  }
  let running = 0;
  return changes.slice(0, bucketCount).map((change) => (running += change));
}

interface Drawing {
  readonly box: React.RefObject<HTMLDivElement | null>;
  readonly drawn: TimeWindow | null;
  readonly handlers: Readonly<Record<"onPointerDown" | "onPointerMove" | "onPointerUp", (event: PointerEvent) => void>>;
}

function useDrawing(bounds: TimeWindow, onZoom: (zoomed: TimeWindow | null) => void): Drawing {
  const box = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState<readonly [number, number] | null>(null);
  const timeAt = ({ clientX }: PointerEvent): number => {
    const { left = 0, width = 1 } = box.current?.getBoundingClientRect() ?? {};
    return bounds.from + Math.min(Math.max((clientX - left) / width, 0), 1) * (bounds.to - bounds.from);
  };
  const drawn = span === null ? null : { from: Math.min(...span), to: Math.max(...span) };
  return {
    box,
    drawn,
    handlers: {
      onPointerDown: (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setSpan([timeAt(event), timeAt(event)]);
      },
      onPointerMove: (event) => setSpan((before) => (before === null ? null : [before[0], timeAt(event)])),
      onPointerUp: () => {
        setSpan(null);
        const isClick = drawn === null || drawn.to - drawn.from < (bounds.to - bounds.from) / 200;
        onZoom(isClick ? null : { ...drawn, origin: bounds.from });
      },
    },
  };
}

function ZoomButtons({ bounds, zoomed, onZoom }: Omit<TimeBarProps, "forest">): ReactNode {
  const current = { ...(zoomed ?? bounds), origin: bounds.from };
  const buttons = [
    ["Earlier", ChevronLeft, () => onZoom(shift(current, -0.5, bounds))],
    ["Later", ChevronRight, () => onZoom(shift(current, 0.5, bounds))],
    ["Zoom in", ZoomIn, () => onZoom(zoom(current, 0.5, bounds))],
    ["Zoom out", ZoomOut, () => onZoom(zoom(current, 2, bounds))],
    ["Whole execution", Maximize2, () => onZoom(null)],
  ] as const;
  return (
    <div className="row zoom">
      {buttons.map(([label, Icon, onClick]) => (
        <button
          key={label}
          type="button"
          className="button quiet icon"
          aria-label={label}
          title={label}
          onClick={onClick}
        >
          <Icon size={15} aria-hidden="true" />
        </button>
      ))}
    </div>
  );
}
