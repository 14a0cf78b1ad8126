import { type LucideIcon, RotateCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import "./states.css";

interface EmptyProps {
  readonly icon?: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Says that there is nothing, and what would make something. */
export function Empty({ icon: Icon, title, children }: EmptyProps): ReactNode {
  return (
    <div className="state">
      {Icon === undefined ? null : <Icon size={22} strokeWidth={1.6} aria-hidden="true" />}
      <p className="state-title">{title}</p>
      {children === undefined ? null : <p className="muted">{children}</p>}
    </div>
  );
}

interface ProblemProps {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}

/** Says what failed and offers to try again. */
export function Problem({ error, onRetry }: ProblemProps): ReactNode {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div className="state" role="alert">
      <TriangleAlert size={22} strokeWidth={1.6} aria-hidden="true" className="state-problem" />
      <p className="state-title">{message}</p>
      {onRetry === undefined ? null : (
        <button type="button" className="button" onClick={onRetry}>
          <RotateCw size={14} aria-hidden="true" /> Try again
        </button>
      )}
    </div>
  );
}

interface LoadingProps {
  readonly label: string;
  /** How many lines to hold the place of. */
  readonly lines?: number;
}

/** Holds the place of what is loading. */
export function Loading({ label, lines = 6 }: LoadingProps): ReactNode {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className="loading-line" style={{ width: `${92 - ((line * 37) % 46)}%` }} />
      ))}
    </div>
  );
}
