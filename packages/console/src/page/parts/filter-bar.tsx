import { SlidersHorizontal } from "lucide-react";
import type { ReactNode } from "react";
import { NARROW, useMedia } from "./scroller.tsx";

interface FilterBarProps {
  readonly label: string;
  /** How many of its filters are set. */
  readonly count?: number;
  readonly children: ReactNode;
}

/** Filters in a row; on a narrow screen, they are folded until they are asked for. */
export function FilterBar({ label, count = 0, children }: FilterBarProps): ReactNode {
  const isNarrow = useMedia(NARROW);
  const filters = (
    <div className="row" role="search" aria-label={label}>
      {children}
    </div>
  );
  if (!isNarrow) return filters;
  return (
    <details className="filter-fold">
      <summary className="button">
        <SlidersHorizontal size={14} aria-hidden="true" /> Filters{count === 0 ? "" : ` (${count})`}
      </summary>
      {filters}
    </details>
  );
}
