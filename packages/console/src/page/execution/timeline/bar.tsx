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

/** Round distances from the start, above the bars. */
export function Axis({
  timeWindow,
  marksMax,
}: {
  readonly timeWindow: TimeWindow;
  readonly marksMax: number;
}): ReactNode {
  const whole = timeWindow.to - timeWindow.from;
  const origin = timeWindow.origin ?? timeWindow.from;
  return marksOf(timeWindow, origin, marksMax).map((mark) => {
    const left = ((origin + mark - timeWindow.from) / whole) * 100;
    return left > 92 ? null : (
      <span key={mark} className="axis-mark" style={{ left: `${left}%` }} aria-hidden="true">
        {mark === 0 ? "0" : formatDuration(mark)}
      </span>
    );
  });
}
