import type { ReactNode } from "react";
import { Loading, Problem } from "./states.tsx";

interface LoadedProps<T> {
  readonly query: { readonly data: T | undefined; readonly error: Error | null; readonly refetch: () => unknown };
  /** What is loading, in words. */
  readonly label: string;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}

/** Shows what was read; until then that it loads, or why it cannot be read. */
export function Loaded<T>({ query: { data, error, refetch }, label, lines = 8, children }: LoadedProps<T>): ReactNode {
  if (data !== undefined) return children(data);
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  return <Loading label={label} lines={lines} />;
}
