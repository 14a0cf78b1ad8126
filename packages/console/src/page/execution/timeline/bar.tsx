import type { ReactNode } from "react";
import { formatDuration } from "../../parts/format.ts";
import { lookOf } from "../../parts/status.tsx";
import { serverNow } from "../../parts/time.tsx";
import { marksOf, placeIn, type TimeWindow } from "../time-scale.ts";
import type { Tree } from "../tree/forest.ts";
import "./timeline.css";

interface BarProps {
  readonly tree: Tree;
  readonly timeWindow: TimeWindow;
}

/** A task as a bar from its start to its end, in the colour and the pattern of its status. */
export function Bar({ tree: { task, children, from, to }, timeWindow }: BarProps): ReactNode {
  if (from === null) return null;
  const until = to ?? serverNow();
  const place = placeIn(timeWindow, from, until);
  if (place === null) return null;
  const { tone, word } = lookOf(task.status);
  const kind = children.length > 0 ? "bar group" : "bar";
  return (
    <span
      className={`${kind} tone-${tone}${to === null ? " open" : ""}`}
      style={{ left: `${place.left}%`, width: `max(${place.width}%, 3px)` }}
      title={`${task.name}: ${word}, ${formatDuration(until - from)}`}
    />
  );
}

interface AxisProps {
  readonly timeWindow: TimeWindow;
  readonly marksMax: number;
}

interface Mark {
  /** The distance from the origin. */
  readonly at: number;
  /** Its place, in percent of the width. */
  readonly left: number;
}

function placedMarks({ timeWindow, marksMax }: AxisProps): readonly Mark[] {
  const whole = timeWindow.to - timeWindow.from;
  const origin = timeWindow.origin ?? timeWindow.from;
  return marksOf(timeWindow, origin, marksMax).map((at) => ({
    at,
    left: ((origin + at - timeWindow.from) / whole) * 100,
  }));
}

/** Lines through all rows, below the marks of the axis. */
export function GridLines({ tracks, ...axis }: AxisProps & { readonly tracks: string }): ReactNode {
  return (
    <div className="table-row grid-lines" style={{ gridTemplateColumns: tracks }} aria-hidden="true">
      <span />
      <span className="bar-cell">
        {placedMarks(axis).map(({ at, left }) => (
          <span key={at} className="grid-line" style={{ left: `${left}%` }} />
        ))}
      </span>
    </div>
  );
}

/** Round distances from the start, above the bars. */
export function Axis(axis: AxisProps): ReactNode {
  return placedMarks(axis).map(({ at, left }) =>
    left > 92 ? null : (
      <span key={at} className="axis-mark" style={{ left: `${left}%` }} aria-hidden="true">
        {at === 0 ? "0" : formatDuration(at)}
      </span>
    ),
  );
}
