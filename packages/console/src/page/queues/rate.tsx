import type { ReactNode } from "react";
import type { Overview } from "../../protocol/index.ts";
import { useRead } from "../api/reading.ts";
import { formatCount } from "../parts/format.ts";
import "./queues.css";

/** The ready jobs of a queue over the last minutes, as a small line. */
export function Rate({ queue }: { readonly queue: string }): ReactNode {
  const { data } = useRead("/api/overview", {});
  const depths = depthsOf(data, queue);
  if (depths.length < 2) return <span className="faint">—</span>;
  const most = Math.max(...depths, 1);
  const points = depths
    .map((depth, index) => `${(index / (depths.length - 1)) * 100},${21 - (depth / most) * 19}`)
    .join(" ");
  const label = `Ready over the last minutes: from ${formatCount(depths[0] ?? 0)} to ${formatCount(depths.at(-1) ?? 0)}, at most ${formatCount(most)}`;
  return (
    <svg className="spark" viewBox="0 0 100 22" preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <polyline points={points} />
    </svg>
  );
}

function depthsOf(overview: Overview | undefined, queue: string): readonly number[] {
  return overview?.samples.slice(-60).map(({ queues }) => queues[queue]?.ready ?? 0) ?? [];
}
